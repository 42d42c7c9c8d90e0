"""When a coming eighteenth birthday asks for something."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.cases.rules import HAND_ON_ACT, PLAN_ACT, birthday, eighteenth_alerts, months_before
from cse_tracker.people.rules import Identity

BORN = st.dates(date(1990, 1, 1), date(2030, 12, 31))


@given(born=BORN, days=st.integers(-900, 400))
def test_what_is_asked_for_is_due_before_the_birthday_and_nothing_after_it(born: date, days: int) -> None:
    eighteenth = birthday(born, 18)
    today = eighteenth + timedelta(days=days)
    alerts = eighteenth_alerts(born, today)
    assert bool(alerts) == (months_before(eighteenth, 6) <= today < eighteenth)
    assert (HAND_ON_ACT in {alert.act for alert in alerts}) == (months_before(eighteenth, 3) <= today < eighteenth)
    assert all(today <= alert.due_on < eighteenth for alert in alerts)
    if today == months_before(eighteenth, 6):
        assert [(alert.act, alert.due_on) for alert in alerts] == [(PLAN_ACT, months_before(eighteenth, 3))]


@given(born=BORN)
def test_the_birthday_is_the_first_day_on_which_somebody_is_eighteen(born: date) -> None:
    identity = Identity(first_name="A", last_name="B", date_of_birth=born)
    day = birthday(born, 18)
    assert identity.age_on(day) == 18
    assert identity.age_on(day - timedelta(days=1)) == 17


def test_a_month_that_is_shorter_ends_sooner() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 3) == date(2025, 10, 15)
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)
