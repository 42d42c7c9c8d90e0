"""What lead officers do with meetings in tests."""

from datetime import timedelta
from uuid import UUID, uuid4

from cse_tracker.actions.commands import AgreedAction
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings.commands import calling, holding
from cse_tracker.meetings.model import Attendance, Meeting
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.unit import Work

PLANNING = "multi_agency_planning"
REQUIRED = frozenset({AgencyKind.SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HEALTH, AgencyKind.EDUCATION})


def invited_to(work: Work, borough_gss: str) -> tuple[UUID, ...]:
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    found = identity.agencies(work, [post.agency_id for post in posts])
    return tuple(agency.id for agency in found.values() if agency.kind in REQUIRED)


def schedule_now(work: Work, case: Case, *, today: bool = False, days: int = 7) -> Meeting:
    """Call a planning meeting: a week from now, or in an hour."""
    call = calling.Call(
        id=uuid4(),
        type_key=PLANNING,
        starts_at=work.now + (timedelta(hours=1) if today else timedelta(days=days)),
        minutes=60,
        place="Room 4",
        purpose="Plan together",
        agency_ids=invited_to(work, case.borough_gss),
    )
    return calling.schedule(work, case, call)


def hold_now(work: Work, meeting: Meeting, case: Case, *, owner: UUID) -> Meeting:
    """Record that everybody came, with one action."""
    attendance = {each.id: (Attendance.ATTENDED, "") for each in meeting.invitations}
    agreed = AgreedAction(text="Visit the clinic", owner_agency_id=owner, due_on=work.now.date())
    told = holding.Record(attendance=attendance, decisions="Planned together.", actions=(agreed,))
    holding.record_held(work, meeting, case, told)
    return meeting
