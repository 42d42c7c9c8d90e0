"""What people do with meetings: call one, and record that it was held."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings.events import MeetingHeld, MeetingScheduled
from cse_tracker.meetings.model import (
    PRESENT,
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
from cse_tracker.protocols import queries as protocols
from cse_tracker.rulebook.calendar import Unit
from cse_tracker.rulebook.document import MeetingType
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

LONDON: Final = ZoneInfo("Europe/London")
END_OF_DAY: Final = time(23, 59, 59)


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
    """Call a meeting about a case; every agency invited gets an invitation through its post."""
    require(work.actor, Permission.MEETING_SCHEDULE, case)
    again = work.session.get(Meeting, call.id)
    if again is not None and again.case_id == case.id:
        return again
    kind = _meeting_type(work, case, call.type_key)
    _check(work, call)
    meeting = Meeting(
        id=call.id,
        borough_gss=case.borough_gss,
        case_id=case.id,
        organiser_id=_organiser(work),
        starts_at=call.starts_at,
        ends_at=call.starts_at + timedelta(minutes=call.minutes),
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


def _organiser(work: Work) -> UUID:
    if work.actor.user_id is None:
        code = "meeting.organiser"
        raise RuleBroken(code, "A meeting is called by a person")
    return work.actor.user_id


def _meeting_type(work: Work, case: Case, key: str) -> MeetingType:
    try:
        return protocols.in_force(work, case.borough_gss).document.meeting_type(key)
    except LookupError:
        code = "meeting.type"
        raise RuleBroken(code, "Select the kind of meeting", field="type_key") from None


def _check(work: Work, call: Call) -> None:
    if call.starts_at <= work.now:
        code = "meeting.past"
        raise RuleBroken(code, "The meeting must be in the future", field="starts_on")
    if not call.agency_ids:
        code = "meeting.nobody"
        raise RuleBroken(code, "Select at least one agency to invite", field="agencies")


def _invite(work: Work, meeting: Meeting, agency_ids: tuple[UUID, ...], required: tuple[str, ...]) -> None:
    posts = identity.post_holders(work, borough_gss=meeting.borough_gss, kind=PostKind.MEETING_CONTACT)
    holders = {post.agency_id: post.holder_id for post in posts}
    kinds = {agency.id: agency.kind.value for agency in identity.agencies(work, agency_ids).values()}
    for agency_id in agency_ids:
        if agency_id not in holders:
            code = "meeting.no_post"
            raise RuleBroken(code, "One of the agencies has nobody in post to be invited", field="agencies")
        invitation = Invitation(
            meeting_id=meeting.id,
            agency_id=agency_id,
            invited_id=holders[agency_id],
            compartment_id=meeting.compartment_id,
        )
        invitation.body = InvitationBody(required=kinds[agency_id] in required)
        work.session.add(invitation)


def record_held(work: Work, meeting: Meeting, case: Case, record: Record) -> None:
    """Record who came, what was decided and who does what; a quorate meeting meets the duty that demanded it."""
    require(work.actor, Permission.MEETING_RECORD, meeting)
    # From the morning of its day: notes are typed while people sit together, and meetings begin early.
    if meeting.starts_at.astimezone(LONDON).date() > work.now.astimezone(LONDON).date():
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
    if meeting.state is MeetingState.HELD_QUORATE:
        duties.meet(work, case.id, f"meeting:{meeting.head.type_key}", note=f"Meeting {meeting.reference} was held")


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
    protocol = protocols.in_force(work, case.borough_gss)
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
    due_at = datetime.combine(agreed.due_on, END_OF_DAY, tzinfo=LONDON)
    if due_at <= work.now:
        code = "action.past"
        raise RuleBroken(code, "The date by which an action is due must be today or later", field="due_1")
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
