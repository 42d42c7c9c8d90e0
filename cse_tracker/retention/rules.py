"""When the records of a young person are due for review: the longest class that applies, counted as the rulebook says.

The years are those of the borough's protocol in force. Where it names none, the general ones stand in: looked after,
75 years from birth (Care Planning Regulations 2010, regulation 50); child protection, 35 years after closure; child
in need, 3 years after the 18th birthday or the closure, whichever is later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

BIRTH, CLOSING, EIGHTEENTH = "their birth", "the closing of the case", "their eighteenth birthday"


@dataclass(frozen=True)
class Rule:
    """One class of records: whole years from an event."""

    key: str
    label: str
    years: int
    counted_from: str


GENERAL: Final = (
    Rule("looked_after", "A young person who was looked after", 75, BIRTH),
    Rule("child_protection", "A child protection plan", 35, CLOSING),
    Rule("child_in_need", "A child in need only", 3, EIGHTEENTH),
)


@dataclass(frozen=True)
class Facts:
    """What the class depends on; `closed_on` is absent while a case is open."""

    born: date | None
    looked_after: bool
    protected: bool
    closed_on: date | None


@dataclass(frozen=True)
class Due:
    """Which class applies and from which day on the records may be reviewed for destruction."""

    rule: Rule
    on: date


def years_after(day: date, years: int) -> date:
    """Give the same day so many years later; the 29th of February becomes the 1st of March, so that none is early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def due(rules: Sequence[Rule], facts: Facts) -> Due | None:
    """Give when the records are due for review; nothing while a case is open, or where a rule cannot be counted.

    Of the classes that apply the longest counts. An unknown date of birth counts as born on the day of closing, so
    that nothing is destroyed too early.
    """
    if facts.closed_on is None:
        return None
    applying = [rule for rule in rules if _applies(rule, facts)]
    days = [(_counted(rule, facts), rule) for rule in applying]
    if not days or any(day is None for day, _ in days):
        return None
    on, rule = max(((day, rule) for day, rule in days if day is not None), key=lambda found: found[0])
    return Due(rule, on)


def _applies(rule: Rule, facts: Facts) -> bool:
    if rule.key == "looked_after":
        return facts.looked_after
    if rule.key == "child_protection":
        return facts.protected
    return True


def _counted(rule: Rule, facts: Facts) -> date | None:
    closed = facts.closed_on
    if closed is None:
        return None
    born = facts.born or closed
    starts = {BIRTH: born, CLOSING: closed, EIGHTEENTH: max(years_after(born, 18), closed)}
    start = starts.get(rule.counted_from)
    return None if start is None else max(years_after(start, rule.years), closed)
