"""What others did since a lead officer last looked: their borough's, told once for each record, their own left out."""

from datetime import timedelta

from cse_tracker.app import Service
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.oversight.queries import News, changes_since
from tests import people
from tests.people import DEPUTY, HACKNEY, LEAD, OTHER_LEAD
from tests.store import Clock


def news(service: Service, clock: Clock, email: str, most: int = 20) -> dict[str, News]:
    with people.working(service, email, reading=True) as work:
        found = changes_since(work, HACKNEY, clock.now - timedelta(days=14), most=most)
    assert len({each.what + str(each.object_id) for each in found}) == len(found)
    assert list(found) == sorted(found, key=lambda each: each.at, reverse=True)
    return {each.what: each for each in found}


def test_duties_whose_time_passed_are_told_in_one_line(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    clock.advance(days=90)
    with service.app.app_context():
        passed = breach_duties(service.tools)
    assert passed > 1
    heard = news(service, clock, LEAD)["A duty's time passed with nothing done"]
    assert (heard.times, heard.object_id, heard.at) == (passed, None, clock.now)
    # However many there were, they leave room for the rest.
    clock.advance(minutes=1)
    people.refer(service, first_name="Ana", last_name="Other")
    assert len(news(service, clock, LEAD, most=2)) == 2


def test_ones_own_doing_and_another_boroughs_are_no_news(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    mine, others = news(sqlite_service, clock, LEAD), news(sqlite_service, clock, DEPUTY)
    assert {each.object_id for each in others.values()} >= {case.id}
    assert case.id not in {each.object_id for each in mine.values()}
    assert news(sqlite_service, clock, OTHER_LEAD) == {}
