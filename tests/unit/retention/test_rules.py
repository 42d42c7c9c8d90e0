"""When records are due for review."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.retention.rules import GENERAL, Due, Facts, Rule, due, years_after

CLOSED = date(2026, 11, 20)


def when(**changes: object) -> Due | None:
    facts = {"born": date(2012, 3, 3), "looked_after": False, "protected": False, "closed_on": CLOSED, **changes}
    return due(GENERAL, Facts(**facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "key", "on"),
    [
        ({}, "child_in_need", date(2033, 3, 3)),
        ({"protected": True}, "child_protection", date(2061, 11, 20)),
        ({"looked_after": True}, "looked_after", date(2087, 3, 3)),
        ({"looked_after": True, "protected": True}, "looked_after", date(2087, 3, 3)),
        ({"born": date(1950, 1, 1), "looked_after": True, "protected": True}, "child_protection", date(2061, 11, 20)),
        ({"born": date(2000, 1, 1)}, "child_in_need", date(2029, 11, 20)),
        ({"born": None}, "child_in_need", date(2047, 11, 20)),
        ({"born": date(2008, 2, 29)}, "child_in_need", date(2029, 11, 20)),
    ],
)
def test_the_longest_class_that_applies_counts(changes: dict[str, object], key: str, on: date) -> None:
    found = when(**changes)
    assert found is not None
    assert (found.rule.key, found.on) == (key, on)


def test_nothing_is_due_while_a_case_is_open_or_where_a_rule_cannot_be_counted() -> None:
    assert when(closed_on=None) is None
    strange = Rule("local", "Local", 10, "the full moon")
    assert due([*GENERAL, strange], Facts(date(2012, 3, 3), False, False, CLOSED)) is None  # noqa: FBT003


@given(st.dates(date(1990, 1, 1), date(2026, 1, 1)), st.booleans(), st.booleans(), st.dates(CLOSED, date(2040, 1, 1)))
def test_nothing_is_due_before_it_was_closed_or_earlier_for_more_reasons(
    born: date,
    looked_after: bool,  # noqa: FBT001
    protected: bool,  # noqa: FBT001
    closed: date,
) -> None:
    found = due(GENERAL, Facts(born, looked_after, protected, closed))
    least = due(GENERAL, Facts(born, False, False, closed))  # noqa: FBT003
    assert found is not None
    assert least is not None
    assert found.on >= least.on > closed


def test_the_29th_of_february_is_never_early() -> None:
    assert years_after(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert years_after(date(2008, 2, 29), 20) == date(2028, 2, 29)
