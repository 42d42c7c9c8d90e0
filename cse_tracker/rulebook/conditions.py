"""Conditions as data: what must have been observed, and of whom, for a protocol rule to hold."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cse_tracker.rulebook.terms import Certainty, Key

EMPTY: Final = "empty_condition"

Keys = Annotated[tuple[Key, ...], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=100)]


class Part(BaseModel):
    """A piece of a protocol document: unchangeable, and with no entries beyond those named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AtLeast(Part):
    """At least `count` of the indicators in `of`; without `of`, of all the protocol's indicators."""

    count: Count
    of: Keys | None = None


class Condition(Part):
    """All the tests given must hold together; an alternative is a second rule.

    There is no way to say "not" or "over this age": that is what makes every decision monotone. `certainty: indicated`
    also holds when exploitation is known. `age_under` is in years and does not hold when the age is unknown.
    """

    any_of: Keys | None = None
    all_of: Keys | None = None
    at_least: AtLeast | None = None
    strong_at_least: Count | None = None
    certainty: Certainty | None = None
    age_under: Annotated[int, Field(ge=1, le=25)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise PydanticCustomError(EMPTY, "Say what must hold; an empty condition would always hold.")
        return self

    def indicators_named(self) -> frozenset[str]:
        """Give the keys of the indicators that the condition names."""
        counted = self.at_least.of if self.at_least else None
        return frozenset((*(self.any_of or ()), *(self.all_of or ()), *(counted or ())))


@dataclass(frozen=True, slots=True)
class Situation:
    """What is before the decision: the observed indicators that the protocol knows, certainty, age in whole years."""

    observed: frozenset[str]
    strong: frozenset[str]
    certainty: Certainty | None
    age: int | None


def holds(condition: Condition, situation: Situation) -> bool:
    """Say whether every test given in the condition is met."""
    return _indicators_hold(condition, situation) and _circumstances_hold(condition, situation)


def _indicators_hold(condition: Condition, situation: Situation) -> bool:
    observed = situation.observed
    return (
        (condition.any_of is None or not observed.isdisjoint(condition.any_of))
        and (condition.all_of is None or observed.issuperset(condition.all_of))
        and (condition.at_least is None or len(_counted(condition.at_least, observed)) >= condition.at_least.count)
        and (condition.strong_at_least is None or len(situation.strong) >= condition.strong_at_least)
    )


def _circumstances_hold(condition: Condition, situation: Situation) -> bool:
    certain = condition.certainty is None or situation.certainty in {condition.certainty, Certainty.KNOWN}
    young = condition.age_under is None or (situation.age is not None and situation.age < condition.age_under)
    return certain and young


def _counted(at_least: AtLeast, observed: frozenset[str]) -> frozenset[str]:
    return observed if at_least.of is None else observed & frozenset(at_least.of)


def evidence(condition: Condition, situation: Situation) -> frozenset[str]:
    """Give the keys of the observed indicators that the condition rests on; empty where it asks for none."""
    named = situation.observed & condition.indicators_named()
    strong = situation.strong if condition.strong_at_least else frozenset()
    counted = _counted(condition.at_least, situation.observed) if condition.at_least else frozenset()
    return named | strong | counted
