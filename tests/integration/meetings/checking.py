"""Whether the store holds of a meeting what is known of it: its rows, invitations, reminders, letters and duties."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.duties.model import OPEN, Duty
from cse_tracker.meetings.model import HELD, Attendance, Meeting, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.minutes.model import MinuteSection, MinutesState, MinuteVersion
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.records.keys import unlock
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.work.actor import Actor
from cse_tracker.work.unit import Work
from tests.integration.meetings.known import Known
from tests.people import DEPUTY, LEAD

K, S = MessageKind, MeetingState
LETTERS: Final = (K.MEETING_INVITATION, K.MEETING_MOVED, K.MEETING_CANCELLED, K.MINUTES_READY)
CHASES: Final = (K.MEETING_REMINDER, K.MEETING_REPLY_WANTED)


def check(work: Work, known: Known, who: Mapping[str, Actor], *, clock_ran: bool) -> None:
    """Everything about one meeting. `clock_ran` says that what was due has been given since anybody did anything."""
    meeting = work.session.get_one(Meeting, known.id)
    unlock(work.session, [meeting.compartment_id])
    assert (meeting.state, meeting.starts_at, len(meeting.body.moves)) == (known.state, known.starts, known.moves)
    assert (meeting.calendar_sequence, meeting.chair_id) == (known.sequence, who[known.chair].user_id)
    assert (meeting.ends_at - meeting.starts_at).total_seconds() == known.minutes * 60
    _check_invitations(meeting, known, who)
    _check_letters(work, known, who)
    _check_reminders(work, meeting, known, clock_ran=clock_ran)
    _check_minutes(work, known)
    seen = {email for email, actor in who.items() if permits(actor, Permission.MEETING_VIEW, meeting)}
    assert seen == {LEAD, DEPUTY, *known.invited}


def _check_invitations(meeting: Meeting, known: Known, who: Mapping[str, Actor]) -> None:
    by_agency = {who[email].agency_id: email for email in known.invited}
    assert sorted(by_agency[each.agency_id] for each in meeting.invitations) == sorted(known.invited)
    for each in meeting.invitations:
        email = by_agency[each.agency_id]
        assert each.invited_id == who[email].user_id
        assert each.body.reply is known.replies[email]
        assert each.body.attendance is known.came.get(email, Attendance.NOT_RECORDED)


def _check_letters(work: Work, known: Known, who: Mapping[str, Actor]) -> None:
    rows = select(OutgoingMessage.kind, OutgoingMessage.recipient_id).where(
        OutgoingMessage.about_id == known.id, OutgoingMessage.kind.in_(LETTERS)
    )
    told = Counter((kind, recipient) for kind, recipient in work.session.execute(rows))
    asked = {(kind, who[email].user_id): number for kind, number in known.letters.items() for email in known.invited}
    assert told == Counter(asked)


def reminded(work: Work, known: Known) -> int:
    """How many reminders and chases of a meeting were put into the outbox."""
    rows = select(func.count()).where(OutgoingMessage.about_id == known.id, OutgoingMessage.kind.in_(CHASES))
    return work.session.scalar(rows) or 0


def _check_reminders(work: Work, meeting: Meeting, known: Known, *, clock_ran: bool) -> None:
    rows = select(Reminder.due_at).where(Reminder.job == ReminderJob.MEETING, Reminder.about_id == known.id)
    waiting = set(work.session.scalars(rows.where(Reminder.state == ReminderState.WAITING)))
    asked = {each.id for each in meeting.invitations if each.body.reply is Reply.NONE}
    chased = select(Reminder).where(Reminder.job == ReminderJob.REPLY, Reminder.state == ReminderState.WAITING)
    chases = work.session.scalars(chased.where(Reminder.about_id.in_([each.id for each in meeting.invitations]))).all()
    if known.state is not S.SCHEDULED:
        assert (waiting, list(chases)) == (set(), [])
        # Nobody hears of it again once it was held or cancelled.
        assert reminded(work, known) == known.reminded
        return
    assert {at for at in waiting if at > work.now} == {at for at in known.reminders() if at > work.now}
    assert {each.about_id for each in chases} <= asked
    assert len(chases) <= len(asked)
    assert not clock_ran or all(at > work.now for at in (*waiting, *(each.due_at for each in chases)))


def _check_minutes(work: Work, known: Known) -> None:
    rows = select(MinuteVersion).where(MinuteVersion.meeting_id == known.id).order_by(MinuteVersion.ordinal)
    assert [each.state for each in work.session.scalars(rows)] == known.versions


def check_duties(work: Work, case_id: UUID, owed: set[str], meetings: Sequence[Known]) -> None:
    """A meeting is owed until one with a quorum was held, and minutes from then on until they were first sent."""
    rows = [each for each in work.session.scalars(select(Duty).where(Duty.about_id == case_id)) if each.state in OPEN]
    unlock(work.session, {each.compartment_id for each in rows})
    acts = Counter(each.body.satisfied_by for each in rows)
    assert {act: number for act, number in acts.items() if act.startswith("meeting:")} == {
        f"meeting:{kind}": 1 for kind in owed
    }
    unsent = {
        f"minutes:{known.id}": 1
        for known in meetings
        if known.state in HELD and MinutesState.AGREED not in known.versions
    }
    assert {act: number for act, number in acts.items() if act.startswith("minutes:")} == unsent


def newest(work: Work, meeting: Meeting) -> MinuteVersion:
    """The newest version of a meeting's minutes."""
    rows = select(MinuteVersion).where(MinuteVersion.meeting_id == meeting.id).order_by(MinuteVersion.ordinal.desc())
    return work.session.scalars(rows.limit(1)).one()


def sections(work: Work, version: MinuteVersion) -> list[MinuteSection]:
    """The sections of a version, opened."""
    work.session.flush()
    rows = select(MinuteSection).where(MinuteSection.version_id == version.id).order_by(MinuteSection.ordinal)
    found = list(work.session.scalars(rows))
    unlock(work.session, {each.compartment_id for each in found})
    return found
