"""What is done with actions in tests."""

from datetime import timedelta
from uuid import UUID

from cse_tracker.actions.commands import AgreedAction
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.commands import holding
from cse_tracker.meetings.model import Attendance, Meeting
from tests import people
from tests.integration.meetings.acts import schedule_now


def agency_of(service: Service, email: str) -> UUID:
    """The agency of a demo account."""
    with service.app.app_context():
        found = people.actor(service, email).agency_id
    assert found is not None
    return found


def held_meeting(service: Service) -> UUID:
    """Hold a meeting about a new case at which nothing was agreed yet; gives its id."""
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True)
        meeting = schedule_now(work, row.case, today=True)
        attendance = {each.id: (Attendance.ATTENDED, "") for each in meeting.invitations}
        told = holding.Record(attendance=attendance, decisions="Planned together.", actions=())
        holding.record_held(work, meeting, row.case, told)
        return meeting.id


def put(service: Service, meeting_id: UUID, owner: UUID, *, agreed: bool = True, days: int = 7) -> UUID:
    """Put something on an agency at a meeting that was held, due in so many days; gives the action's id."""
    with people.working(service, people.LEAD) as work:
        meeting = work.session.get_one(Meeting, meeting_id)
        assert meeting.case_id is not None
        case = cases.open_case(work, meeting.case_id).case
        ordinal = len(meetings.actions_of(work, [meeting])) + 1
        due_on = work.today + timedelta(days=days)
        asked = AgreedAction(text="Visit the address", owner_agency_id=owner, due_on=due_on, agreed=agreed)
        holding.agree(work, meeting, case, asked, ordinal=ordinal)
        return meetings.actions_of(work, [meeting])[-1].id
