"""At the meeting: who came, who chaired, what was decided and who does what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.actions import commands as actions
from cse_tracker.actions.commands import AgreedAction
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import rules
from cse_tracker.meetings.commands import inviting, terms
from cse_tracker.meetings.events import (
    MeetingHeld,
)
from cse_tracker.meetings.model import (
    PRESENT,
    Attendance,
    Meeting,
    MeetingState,
)
from cse_tracker.protocols import queries as protocols
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.commands import Planned
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True, repr=False)
class Record:
    """The paper form for what happened at a meeting."""

    attendance: Mapping[UUID, tuple[Attendance, str]]
    decisions: str
    actions: tuple[AgreedAction, ...]
    chair_id: UUID | None = None
    chair_note: str = ""


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
    inviting.forget(work, meeting)
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
        meeting.chair_id = terms.chosen_chair(work, record.chair_id, meeting.borough_gss, there)
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
        owner_agency_id=identity.bearing_agency(work, AgencyKind.SOCIAL_CARE, meeting.borough_gss),
        about=About.CASE if case else About.MEETING,
        about_id=case.id if case else meeting.id,
        compartment_id=case.compartment_id if case else meeting.compartment_id,
    )
    duty = duties.open_duty(work, bearer, demand, started_at=min(meeting.starts_at, work.now))
    morning = duty.due_at - timedelta(days=1)
    wanted = [Planned(period="due", due_at=morning), Planned(period="late", due_at=duty.due_at)]
    reminders.plan(work, ReminderJob.MINUTES, meeting.id, wanted, borough_gss=meeting.borough_gss)
