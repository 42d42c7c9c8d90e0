"""What people do with meetings: call one, and record that it was held."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import OPEN, About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, PostKind
from cse_tracker.meetings.events import MeetingHeld, MeetingScheduled, MeetingWindowClosed
from cse_tracker.meetings.model import (
    PRESENT,
    READ_FOR,
    Action,
    ActionBody,
    Attendance,
    Invitation,
    InvitationBody,
    Meeting,
    MeetingBody,
    MeetingHead,
    MeetingState,
)
from cse_tracker.rulebook.calendar import LONDON, Unit, end_of_day
from cse_tracker.rulebook.document import MeetingType
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

# Beyond it a mistyped year is likelier than a plan.
LONGEST_AHEAD: Final = timedelta(days=366)


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


@dataclass(frozen=True, kw_only=True, repr=False)
class AgreedAction:
    """An action as it was agreed."""

    text: str
    owner_agency_id: UUID
    due_on: date


@dataclass(frozen=True, kw_only=True, repr=False)
class Record:
    """The paper form for what happened at a meeting."""

    attendance: Mapping[UUID, tuple[Attendance, str]]
    decisions: str
    actions: tuple[AgreedAction, ...]


def schedule(work: Work, case: Case, call: Call) -> Meeting:
    """Call a meeting about a case; every agency invited gets an invitation through its post.

    Raises RuleBroken where an agency that the protocol requires has somebody in post and is left out.
    """
    require(work.actor, Permission.MEETING_SCHEDULE, case)
    again = _called_already(work, case, call)
    if again is not None:
        return again
    case.require_open()
    kind = _meeting_type(work, case, call.type_key)
    _check(work, call)
    # In UTC, because minutes added to a London time would be minutes of the wall clock.
    starts_at = call.starts_at.astimezone(UTC)
    meeting = Meeting(
        id=call.id,
        borough_gss=case.borough_gss,
        case_id=case.id,
        organiser_id=_organiser(work),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=call.minutes),
        compartment_id=case.compartment_id,
    )
    meeting.head = MeetingHead(kind.key, kind.label, call.place)
    required = tuple(each.value for each in kind.required_agencies)
    meeting.body = MeetingBody(purpose=call.purpose, quorum=kind.quorum, required_kinds=required)
    work.session.add(meeting)
    work.session.flush()
    _invite(work, meeting, call.agency_ids, required)
    work.session.flush()
    work.session.refresh(meeting, ["invitations"])
    work.record(
        MeetingScheduled(
            subject_id=meeting.id, borough_gss=meeting.borough_gss, case_id=case.id, starts_at=meeting.starts_at
        )
    )
    return meeting


def _called_already(work: Work, case: Case, call: Call) -> Meeting | None:
    found = work.session.get(Meeting, call.id)
    if found is not None and found.case_id != case.id:
        code = "meeting.once"
        raise RuleBroken(code, "This form belongs to another case. Go back to the case and call the meeting again")
    return found


def _organiser(work: Work) -> UUID:
    if work.actor.user_id is None:
        code = "meeting.organiser"
        raise RuleBroken(code, "A meeting is called by a person")
    return work.actor.user_id


def _meeting_type(work: Work, case: Case, key: str) -> MeetingType:
    try:
        return cases.protocol_of(work, case).document.meeting_type(key)
    except LookupError:
        code = "meeting.type"
        raise RuleBroken(code, "Select the kind of meeting", field="type_key") from None


def _check(work: Work, call: Call) -> None:
    if call.starts_at <= work.now:
        code = "meeting.past"
        raise RuleBroken(code, "The meeting must be in the future", field="starts_on")
    if call.starts_at > work.now + LONGEST_AHEAD:
        code = "meeting.far"
        raise RuleBroken(code, "The meeting must be within a year from today: check the year", field="starts_on")
    if not call.agency_ids:
        code = "meeting.nobody"
        raise RuleBroken(code, "Select at least one agency to invite", field="agencies")


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
        invitation.body = InvitationBody(required=in_post[agency_id].kind.value in required)
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


def record_held(work: Work, meeting: Meeting, case: Case, record: Record) -> list[Duty]:
    """Record who came, what was decided and who does what; gives the duties that a quorate meeting has met."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    if meeting.case_id != case.id:
        raise NotFound
    # From the morning of its day: notes are typed while people sit together, and meetings begin early.
    if meeting.starts_at.astimezone(LONDON).date() > work.today:
        code = "meeting.not_yet"
        raise RuleBroken(code, "This meeting has not taken place yet", field="decisions")
    present = _mark_attendance(work, meeting, record)
    # The quorum is the one under which the meeting was called; the protocol may have changed since.
    required = meeting.body.required_kinds
    meeting.hold(quorate=len(present.intersection(required)) >= meeting.body.quorum)
    meeting.body = replace(
        meeting.body, decisions=record.decisions, recorded_at=work.now, recorded_by=work.actor.user_id
    )
    for ordinal, action in enumerate(record.actions, 1):
        _agree(work, meeting, case, action, ordinal)
    work.record(
        MeetingHeld(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            case_id=case.id,
            state=meeting.state,
            present=len(present),
            actions=len(record.actions),
        )
    )
    if meeting.state is not MeetingState.HELD_QUORATE:
        return []
    # By the time at which it was held: writing it up late makes nothing late.
    held_at = min(meeting.starts_at, work.now)
    return duties.meet(work, case.id, meeting.act, note=f"Meeting {meeting.reference} was held", done_at=held_at)


def _mark_attendance(work: Work, meeting: Meeting, record: Record) -> set[str]:
    agencies = identity.agencies(work, [invitation.agency_id for invitation in meeting.invitations])
    present: set[str] = set()
    for invitation in meeting.invitations:
        attendance, reason = record.attendance.get(invitation.id, (Attendance.NOT_RECORDED, ""))
        if attendance is Attendance.NOT_RECORDED:
            code = "meeting.attendance"
            message = f"Select whether {agencies[invitation.agency_id].name} attended"
            raise RuleBroken(code, message, field=f"attendance_{invitation.id.hex}")
        invitation.body = replace(invitation.body, attendance=attendance, reason=reason)
        if attendance in PRESENT:
            present.add(agencies[invitation.agency_id].kind.value)
    return present


def _agree(work: Work, meeting: Meeting, case: Case, agreed: AgreedAction, ordinal: int) -> None:
    protocol = cases.protocol_of(work, case)
    deadline = protocol.document.deadline("ACTION_DEFAULT")
    demand = duties.Demand(
        rule_key=deadline.key,
        label=f"Action: {agreed.text}",
        satisfied_by=f"action:{meeting.id}:{ordinal}",
        amount=deadline.amount,
        unit=Unit.WORKING_DAYS,
        trigger=deadline.trigger,
        happened="agreed",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    bearer = duties.Bearer(
        borough_gss=case.borough_gss,
        owner_agency_id=agreed.owner_agency_id,
        about=About.CASE,
        about_id=case.id,
        compartment_id=case.compartment_id,
    )
    due_at = end_of_day(agreed.due_on)
    if due_at <= work.now:
        code = "action.past"
        raise RuleBroken(code, "The date by which an action is due must be today or later", field=f"due_{ordinal}")
    day = f"{agreed.due_on.day} {agreed.due_on:%B %Y}"
    sentence = f"Agreed at meeting {meeting.reference}, to be done by the end of {day}."
    duty = duties.open_duty_by(work, bearer, demand, due_at=due_at, sentence=sentence)
    action = Action(
        meeting_id=meeting.id,
        owner_agency_id=agreed.owner_agency_id,
        duty_id=duty.id,
        ordinal=ordinal,
        compartment_id=meeting.compartment_id,
    )
    action.body = ActionBody(agreed.text, agreed.due_on, work.now)
    work.session.add(action)


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
