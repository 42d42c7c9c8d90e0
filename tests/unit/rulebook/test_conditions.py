"""Each test that a condition can make, alone and together, and what it rests on."""

import pytest
from pydantic import ValidationError

from cse_tracker.rulebook.conditions import AtLeast, Condition, Situation, evidence, holds
from cse_tracker.rulebook.terms import Certainty


def situation(
    *observed: str, strong: tuple[str, ...] = (), certainty: Certainty | None = None, age: int | None = None
) -> Situation:
    return Situation(frozenset((*observed, *strong)), frozenset(strong), certainty, age)


@pytest.mark.parametrize(
    ("condition", "observed", "expected"),
    [
        (Condition(any_of=("a", "b")), ("a",), True),
        (Condition(any_of=("a", "b")), ("c",), False),
        (Condition(all_of=("a", "b")), ("a", "b", "c"), True),
        (Condition(all_of=("a", "b")), ("a", "c"), False),
        (Condition(at_least=AtLeast(count=2)), ("a",), False),
        (Condition(at_least=AtLeast(count=2)), ("a", "b"), True),
        (Condition(at_least=AtLeast(count=2)), ("a", "b", "c"), True),
        (Condition(at_least=AtLeast(count=2, of=("a", "b", "c"))), ("a", "c"), True),
        (Condition(at_least=AtLeast(count=2, of=("a", "b", "c"))), ("a", "d", "e"), False),
    ],
)
def test_indicators_are_counted_as_the_condition_says(
    *, condition: Condition, observed: tuple[str, ...], expected: bool
) -> None:
    assert holds(condition, situation(*observed)) is expected


@pytest.mark.parametrize(("count", "expected"), [(1, True), (2, True), (3, False)])
def test_only_strong_indicators_count_as_strong(*, count: int, expected: bool) -> None:
    assert holds(Condition(strong_at_least=count), situation("a", "b", strong=("c", "d"))) is expected


@pytest.mark.parametrize(
    ("asked", "certainty", "expected"),
    [
        (Certainty.INDICATED, None, False),
        (Certainty.INDICATED, Certainty.INDICATED, True),
        (Certainty.INDICATED, Certainty.KNOWN, True),
        (Certainty.KNOWN, None, False),
        (Certainty.KNOWN, Certainty.INDICATED, False),
        (Certainty.KNOWN, Certainty.KNOWN, True),
    ],
)
def test_what_is_known_is_also_indicated(*, asked: Certainty, certainty: Certainty | None, expected: bool) -> None:
    assert holds(Condition(certainty=asked), situation(certainty=certainty)) is expected


@pytest.mark.parametrize(("age", "expected"), [(12, True), (13, False), (None, False)])
def test_under_an_age_excludes_that_age_and_an_unknown_one(*, age: int | None, expected: bool) -> None:
    assert holds(Condition(age_under=13), situation(age=age)) is expected


def test_all_the_tests_of_a_condition_must_hold_together() -> None:
    condition = Condition(any_of=("a",), strong_at_least=1, certainty=Certainty.KNOWN, age_under=16)
    known = Certainty.KNOWN
    assert holds(condition, situation("a", strong=("s",), certainty=known, age=15))
    assert not holds(condition, situation(strong=("s",), certainty=known, age=15))
    assert not holds(condition, situation("a", certainty=known, age=15))
    assert not holds(condition, situation("a", strong=("s",), certainty=Certainty.INDICATED, age=15))
    assert not holds(condition, situation("a", strong=("s",), certainty=known, age=16))


def test_a_condition_that_asks_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="an empty condition would always hold"):
        Condition()


def test_a_condition_rests_on_the_observed_indicators_it_speaks_of() -> None:
    seen = situation("a", "b", strong=("s",), age=12)
    assert evidence(Condition(any_of=("a", "z")), seen) == {"a"}
    assert evidence(Condition(strong_at_least=1), seen) == {"s"}
    assert evidence(Condition(at_least=AtLeast(count=1)), seen) == {"a", "b", "s"}
    assert evidence(Condition(at_least=AtLeast(count=1, of=("b", "s"))), seen) == {"b", "s"}
    assert evidence(Condition(age_under=13), seen) == frozenset()
