"""What people do at the table: type notes, share information, decide, and hand out packs before."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.agenda import rules
from cse_tracker.agenda.events import DecisionTaken, InformationGiven, NotesSaved, PackBegun, PackReady
from cse_tracker.agenda.model import (
    DecisionBody,
    Given,
    GivenBody,
    Ingredients,
    MeetingDecision,
    Notes,
    NotesBody,
    Pack,
    PackPart,
    PackState,
)
from cse_tracker.agenda.rules import Handling
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments.model import LevelDecision
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import HELD, AgendaItem, ItemBody, Meeting, MeetingState, Topic
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.terms import AgencyKind, PackSection
from cse_tracker.sharing import commands as sharing
from cse_tracker.sharing.model import Footing
from cse_tracker.work.errors import Conflict, RuleBroken
from cse_tracker.work.unit import Work

WRITABLE: Final = HELD - {MeetingState.MINUTES_AGREED, MeetingState.CLOSED} | {MeetingState.SCHEDULED}


def set_out(work: Work, meeting: Meeting, case: Case | None) -> None:
    """Put the one case of a meeting on its agenda, where it was called before meetings had one."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    if case is None or case.id != meeting.case_id or meeting.state is MeetingState.CANCELLED:
        return
    if work.session.scalar(select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id)) is not None:
        return
    item = AgendaItem(meeting_id=meeting.id, case_id=case.id, ordinal=1, compartment_id=case.compartment_id)
    item.body = ItemBody(topic=Topic.YOUNG_PERSON, title=f"Case {case.reference}")
    work.session.add(item)
    work.session.flush()


def _require_writable(work: Work, meeting: Meeting) -> None:
    require(work.actor, Permission.MEETING_RECORD, meeting)
    if meeting.state not in WRITABLE:
        code = "meeting.over"
        raise RuleBroken(code, "The minutes are agreed, or the meeting is cancelled, so nothing can be added")


def save_notes(work: Work, meeting: Meeting, item: AgendaItem, *, text: str, seen_revision: int) -> Notes:
    """Save what was typed so far under an item; raises Conflict where somebody else saved since.

    Sending the same text again, as a poor connection makes a browser do, is no conflict.
    """
    _require_writable(work, meeting)
    text = rules.plain(text)
    if len(text) > rules.LONGEST_NOTES:
        code = "notes.long"
        extra = len(text) - rules.LONGEST_NOTES
        message = f"Notes must be {rules.LONGEST_NOTES:,} characters or less: take out {extra:,}"
        raise RuleBroken(code, message, field="text")
    notes = work.session.scalar(select(Notes).where(Notes.item_id == item.id).with_for_update())
    if notes is None:
        if seen_revision != 0:
            raise Conflict
        notes = Notes(item_id=item.id, compartment_id=item.compartment_id)
        notes.body = NotesBody(text, work.now, work.actor.user_id)
        work.session.add(notes)
    else:
        unlock(work.session, [notes.compartment_id])
        if notes.body.text == text:
            return notes
        if notes.revision != seen_revision:
            raise Conflict
        notes.body = NotesBody(text, work.now, work.actor.user_id)
    work.session.flush()
    work.record(
        NotesSaved(subject_id=meeting.id, borough_gss=meeting.borough_gss, item_id=item.id, case_id=item.case_id)
    )
    return notes


def give(work: Work, meeting: Meeting, item: AgendaItem, *, agency_id: UUID, text: str, handling: Handling) -> Given:
    """Record one thing that an agency shared under an item, and how far it may go."""
    _require_writable(work, meeting)
    if agency_id not in {each.agency_id for each in meeting.invitations}:
        code = "given.agency"
        raise RuleBroken(code, "Select an agency that was invited", field="agency")
    if not text.strip():
        code = "given.text"
        raise RuleBroken(code, "Enter what was shared", field="text")
    last = work.session.scalar(select(func.max(Given.ordinal)).where(Given.item_id == item.id))
    given = Given(item_id=item.id, agency_id=agency_id, ordinal=(last or 0) + 1, compartment_id=item.compartment_id)
    given.body = GivenBody(rules.plain(text).strip(), handling, work.now, work.actor.user_id)
    work.session.add(given)
    work.record(
        InformationGiven(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            item_id=item.id,
            agency_id=agency_id,
            handling=handling,
        )
    )
    return given


@dataclass(frozen=True, kw_only=True, repr=False)
class Deciding:
    """The paper form for one decision. `level` with `override_reason` decides the case's level at the meeting."""

    text: str
    agreed: tuple[UUID, ...]
    disagreed: tuple[UUID, ...]
    why_not: str = ""
    level: int | None = None
    override_reason: str = ""


def decide(work: Work, meeting: Meeting, item: AgendaItem, case: Case | None, form: Deciding) -> MeetingDecision:
    """Record a decision with who agreed and who did not; one on the level decides it, by the rules of every level."""
    _require_writable(work, meeting)
    _check_decision(meeting, item, case, form)
    label, proposed = "", False
    if form.level is not None and case is not None:
        level = assessments.LevelForm(
            level=form.level,
            reason=f"{form.text}\nDecided at meeting {meeting.reference}.",
            override_reason=form.override_reason,
        )
        outcome = assessments.decide_level(work, case, level)
        label, proposed = outcome.body.level_label, not isinstance(outcome, LevelDecision)
    last = work.session.scalar(select(func.max(MeetingDecision.ordinal)).where(MeetingDecision.item_id == item.id))
    decision = MeetingDecision(item_id=item.id, ordinal=(last or 0) + 1, compartment_id=item.compartment_id)
    decision.body = DecisionBody(
        text=rules.plain(form.text).strip(),
        agreed=form.agreed,
        disagreed=form.disagreed,
        why_not=form.why_not.strip(),
        at=work.now,
        by=work.actor.user_id,
        level=form.level,
        level_label=label,
        proposed=proposed,
    )
    work.session.add(decision)
    work.record(
        DecisionTaken(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            item_id=item.id,
            case_id=item.case_id,
            agreed=len(form.agreed),
            disagreed=len(form.disagreed),
            level=form.level is not None,
        )
    )
    return decision


def _check_decision(meeting: Meeting, item: AgendaItem, case: Case | None, form: Deciding) -> None:
    code = "decision.words"
    invited = {each.agency_id for each in meeting.invitations}
    if not form.text.strip():
        raise RuleBroken(code, "Enter what was decided", field="text")
    if not invited.issuperset({*form.agreed, *form.disagreed}) or set(form.agreed) & set(form.disagreed):
        raise RuleBroken(code, "Select for each agency whether it agreed", field="agreed")
    if form.disagreed and not form.why_not.strip():
        raise RuleBroken(code, "Enter why an agency did not agree", field="why_not")
    if not form.agreed:
        raise RuleBroken(code, "Select at least one agency that agreed", field="agreed")
    if form.level is not None and (case is None or case.id != item.case_id):
        raise RuleBroken(code, "A level is decided for a case", field="level")


def begin_pack(work: Work, meeting: Meeting, *, agency_id: UUID) -> Pack:
    """Begin to put an agency's pack together; one that is being put together already is given back."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    if meeting.state is not MeetingState.SCHEDULED:
        code = "pack.over"
        raise RuleBroken(code, "Packs are handed out before a meeting that is to be held")
    if agency_id not in {each.agency_id for each in meeting.invitations}:
        code = "pack.agency"
        raise RuleBroken(code, "Select an agency that is invited", field="agency")
    mine = select(Pack).where(Pack.meeting_id == meeting.id, Pack.agency_id == agency_id).order_by(Pack.ordinal)
    before = list(work.session.scalars(mine))
    if before and before[-1].state is PackState.BEGUN:
        return before[-1]
    total = work.session.scalar(select(func.count()).select_from(AgendaItem).where(AgendaItem.meeting_id == meeting.id))
    pack = Pack(
        meeting_id=meeting.id,
        borough_gss=meeting.borough_gss,
        agency_id=agency_id,
        ordinal=len(before) + 1,
        total=total or 0,
        compartment_id=meeting.compartment_id,
    )
    pack.body = Pack.Body(asked_at=work.now, asked_by=work.actor.user_id)
    work.session.add(pack)
    work.session.flush()
    work.record(
        PackBegun(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            pack_id=pack.id,
            agency_id=agency_id,
            items=pack.total,
        )
    )
    return pack


def sections_of(protocol: InForce, meeting: Meeting, kind: AgencyKind) -> tuple[PackSection, ...]:
    """Give the parts of a case that a kind of agency is told; none where the protocol knows the meeting no more."""
    try:
        return protocol.document.meeting_type(meeting.head.type_key).sections_for(kind)
    except LookupError:
        return (PackSection.IDENTITY,)


def add_parts(work: Work, pack: Pack, meeting: Meeting, found: Ingredients, sections: tuple[PackSection, ...]) -> bool:
    """Add the next parts to a pack, each recorded as shared; gives whether more are to come."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    if pack.state is PackState.READY:
        return False
    agency = identity.agency(work, pack.agency_id)
    holder = next(each.invited_id for each in meeting.invitations if each.agency_id == pack.agency_id)
    recipient = identity.names(work, [holder])[holder]
    for item, case, body in found.items:
        part = PackPart(pack_id=pack.id, item_id=item.id, ordinal=item.ordinal, compartment_id=item.compartment_id)
        part.body = body
        work.session.add(part)
        pack.done += 1
        if case is not None:
            paper = sharing.SharingForm(
                recipient=recipient,
                organisation=agency.name,
                purpose=f"To prepare meeting {meeting.reference} (pack {pack.reference})",
                footing=Footing.SAFEGUARDING,
                asked="",
            )
            what = ", ".join(section.value for section in sections)
            sharing.share(work, case, paper, what=what, chapters=len(body.lines))
    # An item that ended with its case since the pack was begun never comes.
    if pack.done >= pack.total or not found.items:
        pack.total = pack.done
        pack.state = PackState.READY
        pack.body = replace(pack.body, ready_at=work.now)
        work.record(
            PackReady(subject_id=meeting.id, borough_gss=meeting.borough_gss, pack_id=pack.id, agency_id=pack.agency_id)
        )
        return False
    return True
