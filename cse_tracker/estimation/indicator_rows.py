"""The long table of indicators turned into one record per indicator, checked as it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cse_tracker.estimation import cells
from cse_tracker.estimation.inputs import Unit
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.tables import AREA, Row, Table

INDICATORS = "indicators.csv"


@dataclass
class Indicator:
    """One indicator: its unit, and by area the row it stands in and its value, None where that is missing."""

    unit: Unit
    rows: dict[str, Row] = field(default_factory=dict)
    values: dict[str, float | None] = field(default_factory=dict)

    def gap(self, name: str, area: str) -> str:
        """In words, what is missing of this indicator for the area; an empty text if nothing is."""
        if area not in self.rows:
            return f"{name} (no row)"
        return f"{name} (row {self.rows[area].number})" if self.values[area] is None else ""


@dataclass(frozen=True)
class IndicatorTable:
    """Every indicator by name and every area's first row by code, both in the file's order."""

    indicators: Mapping[str, Indicator]
    areas: Mapping[str, Row]

    def gaps(self, area: str) -> str:
        """In words, all that is missing for the area; an empty text if nothing is."""
        found = (indicator.gap(name, area) for name, indicator in self.indicators.items())
        return ", ".join(gap for gap in found if gap)

    def values(self, area: str) -> tuple[float, ...]:
        """The area's present values in the order of the indicators."""
        found = (indicator.values.get(area) for indicator in self.indicators.values())
        return tuple(value for value in found if value is not None)


def gather(table: Table) -> IndicatorTable:
    """The rows by indicator and by area.

    Raises InputProblem for an empty file, a second row of one area and indicator, an unknown unit, two units within
    one indicator, a negative count, or a value that is neither a finite number nor a symbol for a missing one.
    """
    if not table.rows:
        raise InputProblem(INDICATORS, None, None, "the file has no rows under its header")
    indicators: dict[str, Indicator] = {}
    for row in table.rows:
        _add(indicators, row)
    return IndicatorTable(indicators, _first_rows(table.rows))


def _add(indicators: dict[str, Indicator], row: Row) -> None:
    area, name, unit = row.required_text(AREA), row.required_text("indicator"), _unit(row)
    indicator = indicators.setdefault(name, Indicator(unit))
    if area in indicator.rows:
        earlier = indicator.rows[area].number
        raise row.problem("indicator", f"{area} has a row for {name} already, row {earlier}")
    if indicator.unit is not unit:
        raise row.problem("unit", f"{name} is a {unit} here and a {indicator.unit} further up")
    indicator.rows[area] = row
    is_count = unit is Unit.COUNT
    indicator.values[area] = row.count_or_none("value") if is_count else row.number_or_none("value")


def _unit(row: Row) -> Unit:
    word = row.text("unit").casefold()
    try:
        return Unit(word) if word else Unit.COUNT
    except ValueError:
        raise row.problem("unit", f"{cells.quoted(row.text('unit'))} is neither count nor rate") from None


def _first_rows(rows: Iterable[Row]) -> dict[str, Row]:
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.text(AREA), row)
    return first
