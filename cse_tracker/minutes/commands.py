"""Drafts minutes, keeps what is written on them, and sends them when the chair agrees."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.actions.model import Action
from cse_tracker.agenda import rules as words
from cse_tracker.agenda.queries import Told
from cse_tracker.agenda.rules import Handling, may_see
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.commands import ending
from cse_tracker.meetings.model import JUST_HELD, Meeting, MeetingState
from cse_tracker.minutes import rules
from cse_tracker.minutes.events import MinutesDrafted, MinutesSent, MinutesWritten
from cse_tracker.minutes.model import MinuteSection, MinutesState, MinuteVersion, SectionBody, VersionBody
from cse_tracker.records.keys import unlock
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.sharing import commands as sharing
from cse_tracker.sharing.model import Footing
from cse_tracker.work.errors import Conflict, RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class Drafted:
    """A section before it is sealed: its case, where it has one, its heading and text, and who gets it."""

    case: Case | None
    body: SectionBody


def draft(
    work: Work, meeting: Meeting, told: Sequence[Told], actions: Sequence[Action], about: Sequence[Case]
) -> MinuteVersion:
    """Draft a version from what was recorded; the agreed ones before it are kept as they are."""
    require(work.actor, Permission.MEETING_MINUTE, meeting)
    if meeting.state is MeetingState.MINUTES_DRAFT:
        code = "minutes.draft"
        raise RuleBroken(code, "A draft is being worked on already")
    if meeting.state not in JUST_HELD | {MeetingState.MINUTES_AGREED}:
        code = "minutes.not_held"
        raise RuleBroken(code, "Record the meeting first: minutes are drafted from what was recorded")
    meeting.move_to(MeetingState.MINUTES_DRAFT)
    last = work.session.scalar(select(func.max(MinuteVersion.ordinal)).where(MinuteVersion.meeting_id == meeting.id))
    version = MinuteVersion(meeting_id=meeting.id, ordinal=(last or 0) + 1, compartment_id=meeting.compartment_id)
    version.body = VersionBody(work.now, work.actor.user_id)
    work.session.add(version)
    work.session.flush()
    for ordinal, section in enumerate(_sections(work, meeting, told, actions, about), 1):
        row = MinuteSection(
            version_id=version.id,
            case_id=section.case.id if section.case else None,
            ordinal=ordinal,
            compartment_id=section.case.compartment_id if section.case else meeting.compartment_id,
        )
        row.body = section.body
        work.session.add(row)
    work.record(MinutesDrafted(subject_id=meeting.id, borough_gss=meeting.borough_gss, version=version.ordinal))
    return version


def _sections(
    work: Work, meeting: Meeting, told: Sequence[Told], actions: Sequence[Action], about: Sequence[Case]
) -> list[Drafted]:
    agencies = identity.agencies(work, [each.agency_id for each in meeting.invitations])
    by_case = {case.id: case for case in about}
    came = [(agencies[each.agency_id].name, each.body.attendance, each.body.reason) for each in meeting.invitations]
    chair = identity.names(work, [meeting.chair_id])
    lines = [
        f"{meeting.head.type_label}, {meeting.reference}, held on {rules.day(meeting.starts_at)}.",
        f"Chaired by {chair.get(meeting.chair_id, 'the lead officer')}." if meeting.chair_id else "",
        meeting.body.chair_note,
        rules.attendance(came),
        "There was a quorum." if meeting.quorate else "There was no quorum.",
    ]
    found = [Drafted(None, SectionBody("The meeting", "\n".join(line for line in lines if line)))]
    alone = by_case.get(meeting.case_id) if meeting.case_id else None
    if meeting.body.decisions.strip():
        found.append(Drafted(alone, SectionBody("What was decided", meeting.body.decisions)))
    names = {agency_id: agency.name for agency_id, agency in identity.agencies(work).items()}
    for each in told:
        case = by_case.get(each.item.case_id) if each.item.case_id else None
        found += _under(meeting, each, case, names, {a: x.kind.value for a, x in agencies.items()})
    for case_id in dict.fromkeys(action.case_id for action in actions):
        said = [
            f"{names.get(a.owner_agency_id, 'An agency')}: {a.body.text} (by {a.body.due_on.day} {a.body.due_on:%B %Y})"
            for a in actions
            if a.case_id == case_id
        ]
        case = by_case.get(case_id) if case_id else None
        title = f"Actions, case {case.reference}" if case else "Actions"
        found.append(Drafted(case, SectionBody(title, "\n".join(said))))
    return found


def _under(
    meeting: Meeting, told: Told, case: Case | None, names: dict[UUID, str], kinds: dict[UUID, str]
) -> list[Drafted]:
    title = told.item.body.title
    parts = [told.notes.body.text] if told.notes and told.notes.body.text.strip() else []
    for number, each in enumerate(told.decisions, 1):
        body = each.body
        text = body.text
        if body.level_label:
            text += f" ({body.level_label}{', to be signed by a second person' if body.proposed else ''})"
        parts.append(
            rules.decision(
                number, text, agreed=body.agreed, disagreed=body.disagreed, why_not=body.why_not, names=names
            )
        )
    found = [Drafted(case, SectionBody(title, "\n\n".join(parts)))] if parts else []
    for handling in Handling:
        for agency_id in dict.fromkeys(g.agency_id for g in told.given if g.body.handling is handling):
            said = [g.body.text for g in told.given if g.body.handling is handling and g.agency_id == agency_id]
            only = tuple(
                each.agency_id
                for each in meeting.invitations
                if may_see(handling, giver=each.agency_id == agency_id, kind=kinds.get(each.agency_id, ""))
            )
            heading = f"{title}: shared by {names.get(agency_id, 'an agency')}"
            everybody = handling is Handling.EVERYBODY
            found.append(Drafted(case, SectionBody(heading, "\n".join(said), () if everybody else only)))
    return found


def write(work: Work, meeting: Meeting, section: MinuteSection, *, text: str, seen_revision: int) -> None:
    """Change the text of a section of a draft; raises Conflict where somebody else changed it since."""
    require(work.actor, Permission.MEETING_MINUTE, meeting)
    version = work.session.get_one(MinuteVersion, section.version_id)
    if version.state is not MinutesState.DRAFT or meeting.state is not MeetingState.MINUTES_DRAFT:
        code = "minutes.agreed"
        raise RuleBroken(code, "These minutes are agreed. Draft a new version to correct them")
    text = words.plain(text)
    if len(text) > rules.LONGEST_SECTION:
        code = "minutes.long"
        extra = len(text) - rules.LONGEST_SECTION
        message = f"A section must be {rules.LONGEST_SECTION:,} characters or less: take out {extra:,}"
        raise RuleBroken(code, message, field="text")
    if section.body.text == text:
        return
    if section.revision != seen_revision:
        raise Conflict
    section.body = replace(section.body, text=text)
    work.record(
        MinutesWritten(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            version=version.ordinal,
            section=section.ordinal,
        )
    )


def agree(work: Work, meeting: Meeting, version: MinuteVersion, *, note: str = "") -> None:
    """Agree the minutes as the chair and send each agency its sections; for one who cannot, a lead officer may.

    Raises RuleBroken for anybody else while the chair is here.
    """
    require(work.actor, Permission.MEETING_MINUTE, meeting)
    chair = meetings.chair_at_hand(work, meeting)
    if chair is not None and work.actor.user_id != chair:
        code = "minutes.chair"
        raise RuleBroken(code, "The chair of the meeting agrees its minutes")
    if version.state is not MinutesState.DRAFT:
        code = "minutes.agreed"
        raise RuleBroken(code, "These minutes are agreed already")
    meeting.move_to(MeetingState.MINUTES_AGREED)
    version.state = MinutesState.AGREED
    version.body = replace(
        version.body, agreed_at=work.now, agreed_by=work.actor.user_id, note=note or ("" if chair else CHAIR_GONE)
    )
    reminders.withdraw(work, ReminderJob.MINUTES, meeting.id, borough_gss=meeting.borough_gss)
    done = f"Minutes of {meeting.reference} were agreed and sent"
    duties.meet(work, meeting.case_id or meeting.id, meeting.minuting, note=done)
    sections = _all_of(work, version)
    _share(work, meeting, version, sections)
    work.record(
        MinutesSent(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            version=version.ordinal,
            sections=len(sections),
        )
    )


def _all_of(work: Work, version: MinuteVersion) -> list[MinuteSection]:
    wanted = select(MinuteSection).where(MinuteSection.version_id == version.id).order_by(MinuteSection.ordinal)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


CHAIR_GONE = "The chair has left or changed agency; agreed by a lead officer in their place"


def _share(work: Work, meeting: Meeting, version: MinuteVersion, sections: Sequence[MinuteSection]) -> None:
    """Enter into the ledger of each case which agencies were sent which of its sections."""
    invited = identity.agencies(work, [each.agency_id for each in meeting.invitations])
    wanted = select(Case).where(Case.id.in_({each.case_id for each in sections if each.case_id}))
    for case in work.session.scalars(wanted):
        for agency_id, agency in invited.items():
            own = [each for each in sections if each.case_id == case.id]
            theirs = [each for each in own if not each.body.only or agency_id in each.body.only]
            if not theirs:
                continue
            paper = sharing.SharingForm(
                recipient="Whoever was invited",
                organisation=agency.name,
                purpose=f"Minutes of meeting {meeting.reference}, version {version.ordinal}",
                footing=Footing.SAFEGUARDING,
                asked="",
            )
            what = "; ".join(each.body.heading for each in theirs)
            # The chair may be from another agency: that they send is the protocol's wish, so the matrix asked above.
            sharing.enter(work, case, paper, what=what, chapters=len(theirs))


def finish(work: Work, meeting: Meeting, about: Sequence[Case]) -> Meeting | None:
    """Put forward the meeting that follows, where the protocol names one."""
    return ending.propose_next(work, meeting, about)
