"""What a protocol document leads to: the level suggested, the responses required, whether a meeting was quorate."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cse_tracker.rulebook.conditions import Situation, evidence, holds
from cse_tracker.rulebook.document import FloorRule, LevelRule, MeetingType, ProtocolDocument, Response
from cse_tracker.rulebook.terms import Certainty

__all__ = ["Certainty", "Suggestion", "quorum_met", "responses_for", "suggest_level"]

LOWEST = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A level number (None when nothing speaks for one), the sentences that lead to it, and the floor under it."""

    level: int | None
    reasons: tuple[str, ...]
    floor: int | None
    floor_reason: str | None


def suggest_level(
    document: ProtocolDocument, *, observed: frozenset[str], certainty: Certainty | None, age: int | None
) -> Suggestion:
    """Suggest a level from the indicators observed (keys), the certainty, and the age in whole years.

    The highest level of any rule that holds, and never below the highest floor that holds. An indicator that no rule
    heeds still suggests the lowest level. More indicators, more certainty, or learning an unknown age never lower it.
    Keys that the protocol does not know are not counted, and a reason says so.
    """
    situation = _situation(document, observed, certainty, age)
    met = [rule for rule in document.level_rules if holds(rule.when, situation)]
    floor = _highest(rule for rule in document.floor_rules if holds(rule.when, situation))
    by_rules = max((rule.level for rule in met), default=LOWEST if situation.observed else None)
    reasons = (
        *_rule_reasons(document, [rule for rule in met if rule.level == by_rules], situation),
        *_other_reasons(document, situation, by_rules=by_rules, any_rule=bool(met), floor=floor),
        *_unknown(document, observed),
    )
    level = max((number for number in (by_rules, floor.level if floor else None) if number), default=None)
    return Suggestion(level, reasons, floor.level if floor else None, floor.reason if floor else None)


def _situation(
    document: ProtocolDocument, observed: frozenset[str], certainty: Certainty | None, age: int | None
) -> Situation:
    known = frozenset(indicator.key for indicator in document.indicators)
    strong = frozenset(indicator.key for indicator in document.indicators if indicator.strong)
    return Situation(observed & known, observed & strong, certainty, age)


def _highest(floors: Iterable[FloorRule]) -> FloorRule | None:
    return max(floors, key=lambda rule: rule.level, default=None)


def _rule_reasons(document: ProtocolDocument, rules: Iterable[LevelRule], situation: Situation) -> Iterable[str]:
    for rule in rules:
        resting_on = evidence(rule.when, situation)
        texts = "; ".join(indicator.text for indicator in document.indicators if indicator.key in resting_on)
        observed = f" Observed: {texts}." if texts else ""
        yield f"{document.level(rule.level).label}: {rule.reason}{observed}"


def _other_reasons(
    document: ProtocolDocument, situation: Situation, *, by_rules: int | None, any_rule: bool, floor: FloorRule | None
) -> Iterable[str]:
    if by_rules is None:
        yield "Nothing has been observed that this protocol has a level for."
    elif not any_rule:
        texts = "; ".join(indicator.text for indicator in document.indicators if indicator.key in situation.observed)
        yield f"{document.level(LOWEST).label}: something has been observed. Observed: {texts}."
    if floor and (by_rules is None or by_rules < floor.level):
        yield f"Raised to {document.level(floor.level).label}: {floor.reason}"


def _unknown(document: ProtocolDocument, observed: frozenset[str]) -> Iterable[str]:
    unknown = observed - {indicator.key for indicator in document.indicators}
    if unknown:
        yield f"Not counted, because this protocol has no such indicator: {', '.join(sorted(unknown))}."


def responses_for(document: ProtocolDocument, level: int) -> tuple[Response, ...]:
    """Give the responses that the level requires; none for a number that is no level of the protocol."""
    return tuple(response for each in document.levels if each.number == level for response in each.responses)


def quorum_met(meeting_type: MeetingType, present_agency_kinds: Collection[str]) -> bool:
    """Say whether enough of the required kinds of agency were present; two people of one kind count once."""
    return len(frozenset(meeting_type.required_agencies) & frozenset(present_agency_kinds)) >= meeting_type.quorum
