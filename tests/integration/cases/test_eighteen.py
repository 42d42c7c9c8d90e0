"""The clock asks for a hand-on plan six and three months before a birthday, once each, and changes nothing else."""

from datetime import date

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.duties import queries as duties
from cse_tracker.jobs.deadlines import alert_eighteenth_birthdays
from cse_tracker.notifications.model import MessageKind
from tests import people
from tests.integration.closings import acts
from tests.integration.referrals.acts import messages
from tests.store import Clock


def test_each_is_asked_for_once_and_the_level_stays(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service, born=date(2009, 6, 1))
    people.open_case(sqlite_service, first_name="Leon", born=None)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    acts.close(sqlite_service, acts.ready_case(sqlite_service, first_name="Ana", born=date(2009, 6, 1)))
    before = messages(sqlite_service, MessageKind.CASE_NOTICE)

    def run() -> int:
        with sqlite_service.app.app_context():
            return alert_eighteenth_birthdays(sqlite_service.tools)

    clock.set(2026, 11, 30)
    assert run() == 0
    clock.set(2026, 12, 1)
    assert (run(), run()) == (1, 0)
    clock.set(2027, 3, 1)
    assert (run(), run()) == (1, 0)
    clock.set(2027, 6, 1)
    assert run() == 0
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = [each for each in duties.about(work, case.id) if each.body.rule_key == "TURN_18_ALERT"]
        assert [duty.due_at.date() for duty in found] == [date(2027, 3, 1), date(2027, 5, 31)]
        assert case_queries.open_case(work, case.id).case.head.level == 2
    # Two alerts, and two lead officers.
    assert messages(sqlite_service, MessageKind.CASE_NOTICE) == before + 4
