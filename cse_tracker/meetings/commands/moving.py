"""Between calling a meeting and holding it: moved, cancelled, taken over by another lead officer."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.meetings import rules
from cse_tracker.meetings.commands import inviting, terms
from cse_tracker.meetings.events import (
    MeetingCancelled,
    MeetingMoved,
    MeetingTakenOver,
)
from cse_tracker.meetings.model import (
    Ending,
    Meeting,
    MeetingState,
    Move,
)
from cse_tracker.protocols import queries as protocols
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


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


def move(work: Work, meeting: Meeting, new: NewTime) -> bool:
    """Move a meeting to another time or place, for a reason; gives whether the change is material.

    A material one raises the calendar's sequence, asks everybody invited again, and takes the reminders along.
    """
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    meeting.require_open()
    terms.check_time(work, new.starts_at)
    terms.check_way(new.format, new.place, new.link, terms.type_in_force(work, meeting))
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
    inviting.remind(work, meeting)
    if material:
        inviting.chase_replies(work, meeting, protocols.in_force(work, meeting.borough_gss))
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
    inviting.forget(work, meeting)
    work.record(
        MeetingCancelled(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            sequence=meeting.calendar_sequence,
            before=before,
        )
    )


def take_over(work: Work, meeting: Meeting) -> None:
    """Organise the meeting from now on: its organiser has left, or is away."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    before, organiser = meeting.organiser_id, terms.organiser(work)
    if before == organiser:
        return
    meeting.organiser_id = organiser
    if meeting.chair_id == before and not meeting.is_held:
        meeting.chair_id = organiser
    work.record(MeetingTakenOver(subject_id=meeting.id, borough_gss=meeting.borough_gss, from_id=before))
