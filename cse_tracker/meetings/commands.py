"""What people do with meetings: call one, move it, cancel it, and record that it was held."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.actions import commands as actions
from cse_tracker.actions.commands import AgreedAction
from cse_tracker.actions.model import Action
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import OPEN, About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, PostKind
from cse_tracker.meetings import rules
from cse_tracker.meetings.events import (
    MeetingCancelled,
    MeetingClosed,
    MeetingHeld,
    MeetingMoved,
    MeetingProposed,
    MeetingScheduled,
    MeetingTakenOver,
    MeetingWindowClosed,
)
from cse_tracker.meetings.model import (
    PRESENT,
    READ_FOR,
    AgendaItem,
    Attendance,
    Ending,
    Invitation,
    InvitationBody,
    ItemBody,
    Meeting,
    MeetingBody,
    MeetingHead,
    MeetingState,
    Move,
    Topic,
)
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import new_compartment
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.commands import Planned
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.rulebook.calendar import LONDON, Unit, due
from cse_tracker.rulebook.document import MeetingType
from cse_tracker.rulebook.terms import AgencyKind, MeetingFormat, MeetingScope
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

__all__ = ["AgreedAction", "Call", "Record"]

# Beyond it a mistyped year is likelier than a plan.
LONGEST_AHEAD: Final = timedelta(days=366)
MOST_CASES: Final = 200


@dataclass(frozen=True, kw_only=True, repr=False)
class Subjectless:
    """Something on a panel's agenda that is no case: a person of concern, a place or a theme."""

    topic: Topic
    title: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Call:
    """The paper form for calling a meeting. `id` is made with the form, so that a double click calls one meeting."""

    id: UUID
    type_key: str
    starts_at: datetime
    minutes: int
    place: str
    purpose: str
    agency_ids: tuple[UUID, ...]
    link: str = ""
    format: MeetingFormat = MeetingFormat.IN_PERSON
    chair_id: UUID | None = None
    topics: tuple[Subjectless, ...] = ()
    # A second meeting of the kind about the same case is asked about first: two clicks on two pages are one mistake.
    another: bool = True


@dataclass(frozen=True, kw_only=True, repr=False)
class Record:
    """The paper form for what happened at a meeting."""

    attendance: Mapping[UUID, tuple[Attendance, str]]
    decisions: str
    actions: tuple[AgreedAction, ...]
    chair_id: UUID | None = None
    chair_note: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class NewTime:
    """The paper form for moving a meeting. `asked_by` is the agency that asked, None where it was the organiser."""

    starts_at: datetime
    minutes: int
    place: str
    link: str
    format: MeetingFormat
    reason: str
    asked_by: UUID | None = None


def schedule(work: Work, case: Case, call: Call) -> Meeting:
    """Call a meeting about one case; every agency invited gets an invitation through its post.

    Raises RuleBroken where an agency that the protocol requires has somebody in post and is left out.
    """
    return schedule_about(work, [case], call, borough_gss=case.borough_gss)


def schedule_about(work: Work, about: Sequence[Case], call: Call, *, borough_gss: str) -> Meeting:
    """Call a meeting about these cases, or about none where its kind takes other subjects."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=borough_gss))
    for case in about:
        require(work.actor, Permission.MEETING_SCHEDULE, case)
    again = _called_already(work, about, call)
    if again is not None:
        return again
    for case in about:
        case.require_open()
    protocol = _protocol(work, about, borough_gss)
    kind = _meeting_type(protocol, call.type_key)
    _check(work, call, kind)
    _check_about(about, call, kind, borough_gss)
    for case in about:
        _refuse_second(work, case, kind, call)
    meeting = _new(work, about, call, kind, borough_gss)
    _fill_agenda(work, meeting, about, call.topics)
    _invite(work, meeting, call.agency_ids, tuple(each.value for each in kind.required_agencies))
    work.session.flush()
    work.session.refresh(meeting, ["invitations"])
    _meet_booking(work, meeting, about)
    _announce(work, meeting, protocol)
    return meeting


def _protocol(work: Work, about: Sequence[Case], borough_gss: str) -> InForce:
    return cases.protocol_of(work, about[0]) if len(about) == 1 else protocols.in_force(work, borough_gss)


def _called_already(work: Work, about: Sequence[Case], call: Call) -> Meeting | None:
    found = work.session.get(Meeting, call.id)
    if found is not None and len(about) == 1 and found.case_id != about[0].id:
        code = "meeting.once"
        raise RuleBroken(code, "This form belongs to another case. Go back to the case and call the meeting again")
    return found


def _organiser(work: Work) -> UUID:
    if work.actor.user_id is None:
        code = "meeting.organiser"
        raise RuleBroken(code, "A meeting is called by a person")
    return work.actor.user_id


def _meeting_type(protocol: InForce, key: str) -> MeetingType:
    try:
        return protocol.document.meeting_type(key)
    except LookupError:
        code = "meeting.type"
        raise RuleBroken(code, "Select the kind of meeting", field="type_key") from None


def _check(work: Work, call: Call, kind: MeetingType) -> None:
    _check_time(work, call.starts_at)
    if not call.agency_ids:
        code = "meeting.nobody"
        raise RuleBroken(code, "Select at least one agency to invite", field="agencies")
    _check_format(call.format, call.place, call.link, kind)


def _check_time(work: Work, starts_at: datetime) -> None:
    if starts_at <= work.now:
        code = "meeting.past"
        raise RuleBroken(code, "The meeting must be in the future", field="starts_on")
    if starts_at > work.now + LONGEST_AHEAD:
        code = "meeting.far"
        raise RuleBroken(code, "The meeting must be within a year from today: check the year", field="starts_on")


def _check_format(way: MeetingFormat, place: str, link: str, kind: MeetingType | None) -> None:
    code = "meeting.format"
    if kind is not None and way not in kind.ways:
        raise RuleBroken(
            code, "The protocol does not allow this kind of meeting to be held in that way", field="format"
        )
    if way in {MeetingFormat.IN_PERSON, MeetingFormat.BOTH} and not place.strip():
        raise RuleBroken(code, "Enter the place", field="place")
    if way in {MeetingFormat.VIDEO, MeetingFormat.BOTH} and not link.strip():
        raise RuleBroken(code, "Enter the video link", field="link")


def _check_about(about: Sequence[Case], call: Call, kind: MeetingType, borough_gss: str) -> None:
    code = "meeting.about"
    if len({case.id for case in about}) != len(about) or len(about) > MOST_CASES:
        raise RuleBroken(code, f"Select each case once, and at most {MOST_CASES}", field="cases")
    if any(case.borough_gss != borough_gss for case in about):
        raise NotFound
    if kind.about is MeetingScope.ONE and len(about) != 1:
        raise RuleBroken(code, "This kind of meeting is about one young person", field="cases")
    if kind.about is MeetingScope.GROUP and len(about) < 2:
        raise RuleBroken(code, "Select at least two cases: this meeting is about a group", field="cases")
    if kind.about is not MeetingScope.PANEL and call.topics:
        raise RuleBroken(code, "Only a panel speaks of places, themes and people of concern", field="topics")
    if not about and not call.topics:
        raise RuleBroken(code, "Put at least one case or subject on the agenda", field="cases")


def _refuse_second(work: Work, case: Case, kind: MeetingType, call: Call) -> None:
    if call.another or kind.about is not MeetingScope.ONE:
        return
    called = work.session.scalars(
        select(Meeting).where(Meeting.case_id == case.id, Meeting.state == MeetingState.SCHEDULED)
    )
    if any(each.head.type_key == kind.key for each in called):
        code = "meeting.second"
        message = "A meeting of this kind is called for this case already. Move that one, or say that you want another"
        raise RuleBroken(code, message, field="another")


def _new(work: Work, about: Sequence[Case], call: Call, kind: MeetingType, borough_gss: str) -> Meeting:
    # In UTC, because minutes added to a London time would be minutes of the wall clock.
    starts_at = call.starts_at.astimezone(UTC)
    alone = about[0] if len(about) == 1 and kind.about is MeetingScope.ONE else None
    organiser = _organiser(work)
    meeting = Meeting(
        id=call.id,
        borough_gss=borough_gss,
        case_id=alone.id if alone else None,
        organiser_id=organiser,
        chair_id=_chair(work, call.chair_id, borough_gss, call.agency_ids) or organiser,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=call.minutes),
        compartment_id=alone.compartment_id if alone else new_compartment(work.session, "borough", borough_gss),
    )
    meeting.head = MeetingHead(
        kind.key, kind.label, call.place.strip(), link=call.link.strip(), format=call.format, scope=kind.about
    )
    meeting.body = replace(_body(kind, call.purpose), called_at=work.now)
    work.session.add(meeting)
    work.session.flush()
    return meeting


def _body(kind: MeetingType, purpose: str) -> MeetingBody:
    """What the protocol asks of the kind of meeting when it is called: a later version changes nothing about it."""
    return MeetingBody(
        purpose=purpose,
        quorum=kind.quorum,
        required_kinds=tuple(each.value for each in kind.required_agencies),
        deputies_count=kind.takes_deputies,
        inquorate_counts=kind.inquorate_counts is True,
        chair_kind=kind.chair.value,
    )


def _chair(work: Work, chair_id: UUID | None, borough_gss: str, agency_ids: Iterable[UUID]) -> UUID | None:
    """Give who is to chair: a lead officer of the borough or somebody invited; raises RuleBroken for anybody else."""
    if chair_id is None:
        return None
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    able = {post.holder_id for post in posts if post.agency_id in set(agency_ids)}
    if chair_id not in able | identity.lead_officers(work, borough_gss):
        code = "meeting.chair"
        raise RuleBroken(code, "Select a lead officer or somebody who is invited to chair", field="chair")
    return chair_id


def _fill_agenda(work: Work, meeting: Meeting, about: Sequence[Case], topics: Sequence[Subjectless]) -> None:
    items: list[tuple[Case | None, ItemBody]] = [
        (case, ItemBody(topic=Topic.YOUNG_PERSON, title=f"Case {case.reference}")) for case in about
    ]
    items += [(None, ItemBody(topic=each.topic, title=each.title)) for each in topics]
    for ordinal, (case, body) in enumerate(items, 1):
        item = AgendaItem(
            meeting_id=meeting.id,
            case_id=case.id if case else None,
            ordinal=ordinal,
            compartment_id=case.compartment_id if case else meeting.compartment_id,
        )
        item.body = body
        work.session.add(item)


def _invite(work: Work, meeting: Meeting, agency_ids: Sequence[UUID], required: Sequence[str]) -> None:
    posts = identity.post_holders(work, borough_gss=meeting.borough_gss, kind=PostKind.MEETING_CONTACT)
    holders = {post.agency_id: post.holder_id for post in posts}
    in_post = identity.agencies(work, holders)
    chosen = dict.fromkeys(agency_ids)
    if not chosen.keys() <= in_post.keys():
        code = "meeting.no_post"
        raise RuleBroken(code, "One of the agencies has nobody in post to be invited", field="agencies")
    _check_required(required, in_post, chosen)
    for agency_id in chosen:
        invitation = Invitation(
            meeting_id=meeting.id,
            agency_id=agency_id,
            invited_id=holders[agency_id],
            compartment_id=meeting.compartment_id,
        )
        required_here = in_post[agency_id].kind.value in required
        invitation.body = InvitationBody(required=required_here, invited_at=work.now)
        work.session.add(invitation)


def _check_required(required: Sequence[str], in_post: Mapping[UUID, Agency], chosen: Collection[UUID]) -> None:
    for kind in required:
        able = {agency_id: agency.name for agency_id, agency in in_post.items() if agency.kind.value == kind}
        # A kind of agency with nobody in post cannot be invited; the page says so, and the meeting goes ahead.
        if able and not able.keys() & set(chosen):
            code = "meeting.required"
            whom = "it" if len(able) == 1 else "one of them"
            message = f"Select {' or '.join(able.values())}: the protocol requires {whom} at this kind of meeting"
            raise RuleBroken(code, message, field="agencies")


def _meet_booking(work: Work, meeting: Meeting, about: Sequence[Case]) -> None:
    """Keep since when the meeting was demanded: the time from demand to meeting is a figure."""
    demanded = [duty.body.started_at for case in about for duty in duties.standing(work, case.id, [meeting.act])]
    if demanded:
        meeting.body = replace(meeting.body, demanded_at=min(demanded))


def _announce(work: Work, meeting: Meeting, protocol: InForce) -> None:
    remind(work, meeting)
    _chase_replies(work, meeting, protocol)
    work.record(
        MeetingScheduled(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            case_id=meeting.case_id,
            starts_at=meeting.starts_at,
        )
    )


def remind(work: Work, meeting: Meeting) -> None:
    """Plan the reminders of a meeting that is to be held, and withdraw those of one that is not."""
    wanted = [
        Planned(period=each.period, due_at=each.due_at, lapses_at=meeting.starts_at)
        for each in (rules.reminders(meeting.starts_at, work.now) if meeting.is_open else ())
    ]
    reminders.plan(work, ReminderJob.MEETING, meeting.id, wanted, borough_gss=meeting.borough_gss)


def _chase_replies(work: Work, meeting: Meeting, protocol: InForce) -> None:
    """Ask again for a reply when the protocol's time for it has passed, while the meeting is still to come."""
    try:
        limit = protocol.document.deadline("INV_RESPONSE")
        at = due(work.now, limit.amount, limit.unit).at
    except LookupError:
        # A protocol that sets no time gives our own default, two working days.
        at = due(work.now, 2, Unit.WORKING_DAYS).at
    begins = f"{meeting.starts_at:%Y%m%dT%H%MZ}"
    wanted = [Planned(period=f"reply@{begins}", due_at=at, lapses_at=meeting.starts_at)] if meeting.is_open else []
    for invitation in meeting.invitations:
        reminders.plan(work, ReminderJob.REPLY, invitation.id, wanted, borough_gss=meeting.borough_gss)


def confirm(work: Work, meeting: Meeting, call: Call) -> Meeting:
    """Call a meeting that was put forward: at the time proposed or another, with these agencies invited."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    protocol = protocols.in_force(work, meeting.borough_gss)
    kind = _meeting_type(protocol, meeting.head.type_key)
    _check(work, call, kind)
    meeting.move_to(MeetingState.SCHEDULED)
    meeting.organiser_id = _organiser(work)
    meeting.chair_id = _chair(work, call.chair_id, meeting.borough_gss, call.agency_ids) or meeting.organiser_id
    meeting.starts_at = call.starts_at.astimezone(UTC)
    meeting.ends_at = meeting.starts_at + timedelta(minutes=call.minutes)
    meeting.head = replace(meeting.head, place=call.place.strip(), link=call.link.strip(), format=call.format)
    meeting.body = replace(meeting.body, purpose=call.purpose or meeting.body.purpose, called_at=work.now)
    _invite(work, meeting, call.agency_ids, tuple(each.value for each in kind.required_agencies))
    work.session.flush()
    work.session.refresh(meeting, ["invitations"])
    _announce(work, meeting, protocol)
    return meeting


def move(work: Work, meeting: Meeting, new: NewTime) -> bool:
    """Move a meeting to another time or place, for a reason; gives whether the change is material.

    A material one raises the calendar's sequence, asks everybody invited again, and takes the reminders along.
    """
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    meeting.require_open()
    _check_time(work, new.starts_at)
    _check_format(new.format, new.place, new.link, _type_of(work, meeting))
    starts_at = new.starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=new.minutes)
    head = replace(meeting.head, place=new.place.strip(), link=new.link.strip(), format=new.format)
    before = (meeting.starts_at, meeting.ends_at, meeting.head.where)
    material = rules.is_material(before, (starts_at, ends_at, head.where))
    if material and not new.reason.strip():
        code = "meeting.reason"
        raise RuleBroken(code, "Enter why the meeting is moved", field="reason")
    if material:
        moved = Move(meeting.starts_at, starts_at, new.reason.strip(), new.asked_by, work.now, work.actor.user_id)
        meeting.body = replace(meeting.body, moves=(*meeting.body.moves, moved))
        meeting.starts_at, meeting.ends_at = starts_at, ends_at
        meeting.calendar_sequence += 1
        for invitation in meeting.invitations:
            # An answer was to the old time: it says nothing about the new one.
            invitation.body = replace(
                invitation.body, reply=rules.Reply.NONE, reply_note="", deputy="", replied_at=None, invited_at=work.now
            )
    meeting.head = head
    work.session.flush()
    remind(work, meeting)
    if material:
        _chase_replies(work, meeting, protocols.in_force(work, meeting.borough_gss))
    work.record(
        MeetingMoved(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            starts_at=meeting.starts_at,
            sequence=meeting.calendar_sequence,
            material=material,
        )
    )
    return material


def _type_of(work: Work, meeting: Meeting) -> MeetingType | None:
    """Give what the protocol says of such meetings; None where it knows them no more."""
    try:
        return protocols.in_force(work, meeting.borough_gss).document.meeting_type(meeting.head.type_key)
    except LookupError:
        return None


def cancel(work: Work, meeting: Meeting, *, reason: str) -> None:
    """Cancel a meeting, with the reason; the duty to hold it stays, because nothing has been held."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    if not reason.strip():
        code = "meeting.reason"
        raise RuleBroken(code, "Enter why the meeting is cancelled", field="reason")
    before = meeting.state
    meeting.move_to(MeetingState.CANCELLED)
    meeting.body = replace(meeting.body, cancelled=Ending(reason.strip(), work.now, work.actor.user_id))
    meeting.calendar_sequence += 1
    _forget(work, meeting)
    work.record(
        MeetingCancelled(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            sequence=meeting.calendar_sequence,
            before=before,
        )
    )


def _forget(work: Work, meeting: Meeting) -> None:
    reminders.withdraw(work, ReminderJob.MEETING, meeting.id, borough_gss=meeting.borough_gss)
    for invitation in meeting.invitations:
        reminders.withdraw(work, ReminderJob.REPLY, invitation.id, borough_gss=meeting.borough_gss)


def take_over(work: Work, meeting: Meeting) -> None:
    """Organise the meeting from now on: its organiser has left, or is away."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    before, organiser = meeting.organiser_id, _organiser(work)
    if before == organiser:
        return
    meeting.organiser_id = organiser
    if meeting.chair_id == before and not meeting.is_held:
        meeting.chair_id = organiser
    work.record(MeetingTakenOver(subject_id=meeting.id, borough_gss=meeting.borough_gss, from_id=before))


def record_held(work: Work, meeting: Meeting, about: Case | Sequence[Case] | None, record: Record) -> list[Duty]:
    """Record who came, what was decided and who does what; gives the duties that a quorate meeting has met."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    spoken_of = [about] if isinstance(about, Case) else list(about or ())
    if meeting.case_id is not None and [case.id for case in spoken_of] != [meeting.case_id]:
        raise NotFound
    meeting.require_next(MeetingState.HELD_QUORATE)
    # From the morning of its day: notes are typed while people sit together, and meetings begin early.
    if meeting.starts_at.astimezone(LONDON).date() > work.today:
        code = "meeting.not_yet"
        raise RuleBroken(code, "This meeting has not taken place yet", field="decisions")
    present = _mark_attendance(work, meeting, record)
    _mark_chair(work, meeting, record)
    # The quorum is the one under which the meeting was called; the protocol may have changed since.
    body = meeting.body
    quorate = rules.enough(present, body.required_kinds, body.quorum, deputies_count=body.deputies_count)
    meeting.move_to(MeetingState.HELD_QUORATE if quorate else MeetingState.HELD_INQUORATE)
    meeting.body = replace(
        meeting.body,
        decisions=record.decisions,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
        quorate=quorate,
    )
    came = sum(1 for each in present.values() if each in PRESENT)
    _agree_all(work, meeting, spoken_of, record.actions)
    _forget(work, meeting)
    _demand_minutes(work, meeting, spoken_of)
    work.record(
        MeetingHeld(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            case_id=meeting.case_id,
            state=meeting.state,
            present=came,
            actions=len(record.actions),
        )
    )
    if not quorate and not body.inquorate_counts:
        return []
    # By the time at which it was held: writing it up late makes nothing late.
    held_at = min(meeting.starts_at, work.now)
    note = f"Meeting {meeting.reference} was held"
    return [duty for case in spoken_of for duty in duties.meet(work, case.id, meeting.act, note=note, done_at=held_at)]


def _mark_attendance(work: Work, meeting: Meeting, record: Record) -> dict[str, Attendance]:
    agencies = identity.agencies(work, [invitation.agency_id for invitation in meeting.invitations])
    present: dict[str, Attendance] = {}
    for invitation in meeting.invitations:
        attendance, reason = record.attendance.get(invitation.id, (Attendance.NOT_RECORDED, ""))
        if attendance is Attendance.NOT_RECORDED:
            code = "meeting.attendance"
            message = f"Select whether {agencies[invitation.agency_id].name} attended"
            raise RuleBroken(code, message, field=f"attendance_{invitation.id.hex}")
        invitation.body = replace(invitation.body, attendance=attendance, reason=reason)
        kind = agencies[invitation.agency_id].kind.value
        # Where two agencies of a kind were invited, the better attendance counts for the kind.
        if present.get(kind) is not Attendance.ATTENDED and (attendance in PRESENT or kind not in present):
            present[kind] = attendance
    return present


def _mark_chair(work: Work, meeting: Meeting, record: Record) -> None:
    """Keep who chaired; raises RuleBroken where the chair's agency was not there and nobody else is named."""
    absent = {each.invited_id: each.agency_id for each in meeting.invitations if each.body.attendance not in PRESENT}
    chair = record.chair_id or meeting.chair_id
    if chair in absent:
        code = "meeting.chair_absent"
        message = "The chair was not there. Select who chaired instead"
        raise RuleBroken(code, message, field="chair")
    if record.chair_id is not None and record.chair_id != meeting.chair_id:
        there = [each.agency_id for each in meeting.invitations if each.body.attendance in PRESENT]
        meeting.chair_id = _chair(work, record.chair_id, meeting.borough_gss, there)
        note = record.chair_note.strip() or "Somebody else chaired than was planned"
        meeting.body = replace(meeting.body, chair_note=note)


def _agree_all(work: Work, meeting: Meeting, about: Sequence[Case], agreed: Sequence[AgreedAction]) -> None:
    by_id = {case.id: case for case in about}
    for ordinal, action in enumerate(agreed, 1):
        case = by_id.get(action.case_id) if action.case_id else by_id.get(meeting.case_id) if meeting.case_id else None
        if action.case_id is not None and case is None:
            raise NotFound
        agree(work, meeting, case, action, ordinal=ordinal)


def agree(work: Work, meeting: Meeting, case: Case | None, agreed: AgreedAction, *, ordinal: int) -> None:
    """Put an action that was agreed at the meeting on its agency."""
    protocol = cases.protocol_of(work, case) if case else protocols.in_force(work, meeting.borough_gss)
    origin = actions.Origin(
        meeting_id=meeting.id,
        meeting_reference=meeting.reference,
        borough_gss=meeting.borough_gss,
        case_id=case.id if case else None,
        compartment_id=case.compartment_id if case else meeting.compartment_id,
        protocol=protocol,
        ordinal=ordinal,
    )
    actions.agree(work, origin, agreed)


def _demand_minutes(work: Work, meeting: Meeting, about: Sequence[Case]) -> None:
    """Open the duty to send the minutes: about its case, or about the meeting where there are several."""
    case = about[0] if meeting.case_id is not None else None
    protocol = cases.protocol_of(work, case) if case else protocols.in_force(work, meeting.borough_gss)
    deadline = protocol.document.deadline("MINUTES")
    demand = duties.Demand.by(
        deadline,
        protocol,
        satisfied_by=meeting.minuting,
        happened="held",
        label=f"{deadline.label}: {meeting.head.type_label}",
    )
    bearer = duties.Bearer(
        borough_gss=meeting.borough_gss,
        owner_agency_id=identity.agency_of_kind(work, AgencyKind.SOCIAL_CARE, meeting.borough_gss).id,
        about=About.CASE if case else About.MEETING,
        about_id=case.id if case else meeting.id,
        compartment_id=case.compartment_id if case else meeting.compartment_id,
    )
    duty = duties.open_duty(work, bearer, demand, started_at=min(meeting.starts_at, work.now))
    morning = duty.due_at - timedelta(days=1)
    wanted = [Planned(period="due", due_at=morning), Planned(period="late", due_at=duty.due_at)]
    reminders.plan(work, ReminderJob.MINUTES, meeting.id, wanted, borough_gss=meeting.borough_gss)


def propose_next(work: Work, meeting: Meeting, about: Sequence[Case]) -> Meeting | None:
    """Put the meeting forward that the protocol lets follow this one; None where it names none or one was put forward.

    At the same hour on the last working day in time. Nobody is invited until a lead officer confirms it.
    """
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    protocol = _protocol(work, about, meeting.borough_gss)
    then = next((kind.then for kind in protocol.document.meeting_types if kind.key == meeting.head.type_key), None)
    if then is None or not meeting.is_held:
        return None
    # Minutes that are agreed a second time put nothing forward a second time.
    if work.session.scalar(select(Meeting.id).where(Meeting.follows_id == meeting.id)) is not None:
        return None
    kind, limit = protocol.document.meeting_type(then.meeting_type), protocol.document.deadline(then.deadline)
    if kind.about is MeetingScope.ONE and len(about) > 1:
        # A review is about one young person: each case of a group gets its own when it is called.
        return None
    starts = rules.last_working_moment(meeting.starts_at, due(meeting.starts_at, limit.amount, limit.unit).at)
    alone = about[0] if meeting.case_id is not None and about else None
    following = Meeting(
        borough_gss=meeting.borough_gss,
        case_id=alone.id if alone else None,
        organiser_id=meeting.organiser_id,
        chair_id=meeting.chair_id,
        follows_id=meeting.id,
        starts_at=starts,
        ends_at=starts + (meeting.ends_at - meeting.starts_at),
        state=MeetingState.PROPOSED,
        compartment_id=alone.compartment_id if alone else new_compartment(work.session, "borough", meeting.borough_gss),
    )
    following.head = replace(meeting.head, type_key=kind.key, type_label=kind.label, scope=kind.about)
    following.body = replace(_body(kind, f"Follows meeting {meeting.reference}."), demanded_at=work.now)
    work.session.add(following)
    work.session.flush()
    _fill_agenda(work, following, [case for case in about if case.is_open], ())
    work.record(
        MeetingProposed(
            subject_id=following.id,
            borough_gss=following.borough_gss,
            case_id=following.case_id,
            follows_id=meeting.id,
        )
    )
    _demand_next(work, following, about, protocol, limit_key=then.deadline, started_at=meeting.starts_at)
    return following


def _demand_next(
    work: Work, following: Meeting, about: Sequence[Case], protocol: InForce, *, limit_key: str, started_at: datetime
) -> None:
    """Open the duty to hold what follows, unless the case has one that the meeting would meet anyway."""
    if following.case_id is None or not about or not about[0].is_open:
        return
    case = about[0]
    if duties.standing(work, case.id, [following.act]):
        return
    limit = protocol.document.deadline(limit_key)
    demand = duties.Demand.by(
        limit, protocol, satisfied_by=following.act, happened="held", label=following.head.type_label
    )
    kind = protocol.document.meeting_type(following.head.type_key)
    duties.open_duty(work, cases.bearer(work, case, kind.chair), demand, started_at=started_at)


def close(work: Work, meeting: Meeting) -> None:
    """Close a meeting whose minutes were agreed and sent."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    meeting.move_to(MeetingState.CLOSED)
    work.record(MeetingClosed(subject_id=meeting.id, borough_gss=meeting.borough_gss))


def close_window(work: Work, meeting_id: UUID) -> bool:
    """Close a meeting to the agencies invited, four weeks after it; False while an action is open. Run by the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    meeting = work.session.get(Meeting, meeting_id, with_for_update=True)
    if meeting is None or meeting.closed_to_agencies_at is not None or work.now < meeting.ends_at + READ_FOR:
        return False
    owed = select(Action.id).join(Duty, Duty.id == Action.duty_id).where(Action.meeting_id == meeting_id)
    if work.session.scalar(owed.where(Duty.state.in_(OPEN)).limit(1)) is not None:
        return False
    meeting.closed_to_agencies_at = work.now
    work.record(MeetingWindowClosed(subject_id=meeting.id, borough_gss=meeting.borough_gss))
    return True
