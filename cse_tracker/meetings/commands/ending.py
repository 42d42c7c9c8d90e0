"""After the meeting: what follows it, its closing, and the end of what the agencies invited may read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.actions.model import Action
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import OPEN, Duty
from cse_tracker.meetings import rules
from cse_tracker.meetings.commands import calling, terms
from cse_tracker.meetings.events import (
    MeetingClosed,
    MeetingProposed,
    MeetingWindowClosed,
)
from cse_tracker.meetings.model import (
    READ_FOR,
    Meeting,
    MeetingState,
)
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import new_compartment
from cse_tracker.rulebook.calendar import due
from cse_tracker.rulebook.terms import MeetingScope
from cse_tracker.work.unit import Work


def propose_next(work: Work, meeting: Meeting, about: Sequence[Case]) -> Meeting | None:
    """Put the meeting forward that the protocol lets follow this one; None where it names none or one was put forward.

    At the same hour on the last working day in time. Nobody is invited until a lead officer confirms it.
    """
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    protocol = terms.protocol_of(work, about, meeting.borough_gss)
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
    following.body = replace(terms.body_of(kind, f"Follows meeting {meeting.reference}."), demanded_at=work.now)
    work.session.add(following)
    work.session.flush()
    calling.fill_agenda(work, following, [case for case in about if case.is_open], ())
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
