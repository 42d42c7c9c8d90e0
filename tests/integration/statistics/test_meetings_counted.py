"""What a month's figures say of meetings: who came, whether there was a quorum, how soon, and what was done after."""

from datetime import date

from cse_tracker.actions import commands as actions
from cse_tracker.actions import queries as action_queries
from cse_tracker.actions.commands import AgreedAction
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.disclosure.model import GRAND_TOTAL, CountTable, cell_key
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import holding
from cse_tracker.meetings.model import Attendance
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.statistics import categories, responses
from cse_tracker.statistics.periods import Period
from tests import people
from tests.integration.meetings.acts import schedule_now
from tests.people import HACKNEY, LEAD, POLICE
from tests.store import Clock

OCTOBER, NOVEMBER = (Period(date(2026, month, 1)) for month in (10, 11))
CAME = {
    AgencyKind.SOCIAL_CARE: (Attendance.ATTENDED, ""),
    AgencyKind.POLICE: (Attendance.DEPUTY, ""),
    AgencyKind.HEALTH: (Attendance.APOLOGIES, "Court"),
    AgencyKind.EDUCATION: (Attendance.ABSENT, ""),
}
POLICE_ROW = categories.AGENCY_KINDS[AgencyKind.POLICE]


def some(table: CountTable) -> dict[object, int]:
    """Everything that is counted at all, without the totals of rows and columns."""
    most = max(len(key) for key in table.cells)
    return {tuple(each for _, each in key): count for key, count in table.cells.items() if count and len(key) == most}


def test_who_came_by_agency_the_quorum_the_wait_and_actions_in_time(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 10, 5, 10)
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    with people.working(sqlite_service, LEAD) as work:
        meeting_id = schedule_now(work, cases.open_case(work, case.id, for_change=True).case).id
    clock.advance(days=7, hours=2)
    with people.working(sqlite_service, LEAD) as work:
        kinds = {agency.id: agency.kind for agency in identity.agencies(work).values()}
        (police,) = (each for each, kind in kinds.items() if kind is AgencyKind.POLICE)
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        told = holding.Record(
            attendance={each.id: CAME[kinds[each.agency_id]] for each in meeting.invitations},
            decisions="Planned together.",
            actions=tuple(
                AgreedAction(text=f"Visit {place}", owner_agency_id=police, due_on=date(2026, 10, 14))
                for place in ("the clinic", "the school")
            ),
        )
        holding.record_held(work, meeting, cases.open_case(work, case.id).case, told)
    clock.advance(days=5)
    with people.working(sqlite_service, POLICE) as work:
        late = next(iter(action_queries.in_sight(work)))
        actions.finish(
            work, action_queries.open_action(work, late.id, for_change=True), evidence="Seen", done_on=work.today
        )
    clock.set(2026, 11, 16, 10)
    with people.working(sqlite_service, reading=True) as work:
        attendance = some(responses.attendance(work, HACKNEY, OCTOBER))
        held = responses.meetings_held(work, HACKNEY, OCTOBER)
        due = some(responses.actions_due(work, HACKNEY, OCTOBER))
        duties = responses.duties(work, HACKNEY, OCTOBER)
        later = [each(work, HACKNEY, NOVEMBER) for each in (responses.attendance, responses.actions_due)]
    names = {kind: categories.AGENCY_KINDS[kind] for kind in CAME}
    assert attendance == {(names[kind], categories.ATTENDANCE[came]): 1 for kind, (came, _) in CAME.items()}
    assert due == {(POLICE_ROW, "Done late"): 1, (POLICE_ROW, "Not done"): 1}
    assert held.cells[GRAND_TOTAL] == 1
    # Two of four came: fewer than the protocol's three.
    assert some(held) == {("Without a quorum",): 1, ("2 to 5 working days",): 1}
    assert not duties.cells[cell_key(("agency", POLICE_ROW))], "an action is counted once, as an action"
    assert [table.cells[GRAND_TOTAL] for table in later] == [0, 0]


def test_the_wait_is_told_in_bands() -> None:
    bands = [categories.demand_to_meeting(days) for days in (None, 0, 1, 2, 5, 6, 15, 16)]
    first, second, third, longer, never = categories.DEMANDED
    assert bands == [never, first, first, second, second, third, third, longer]
