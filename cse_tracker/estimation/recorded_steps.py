"""Steps recorded beside the figures (`steps.csv`) and the periods of a year (`parts.csv`), taken on reading."""

from collections.abc import Iterator
from typing import Final

from cse_tracker.estimation import cells
from cse_tracker.estimation.indicator_rows import Indicator, IndicatorTable
from cse_tracker.estimation.inputs import Unit
from cse_tracker.estimation.steps import Step, StepKind, annualised, year_from_periods
from cse_tracker.estimation.tables import AREA, Row, Table

STEPS: Final = "steps.csv"
PARTS: Final = "parts.csv"
STEPS_NEED: Final = ("indicator", "step")
PARTS_NEED: Final = (AREA, "indicator", "period", "value")


def taken(table: IndicatorTable, parts: Table | None, steps: Table | None) -> tuple[Step, ...]:
    """Fill and change the values of the table as recorded, and give every step with what it was.

    First missing values are added up from their periods, then steps are taken in the order of their rows. Raises
    InputProblem for an unknown area or indicator, a value that cannot be used, a neighbour without a figure, or a
    figure from a neighbour where the area has one of its own.
    """
    found = list(_from_parts(table, parts)) if parts is not None else []
    if steps is not None:
        found += [_step(table, row) for row in steps.rows]
    return tuple(found)


def _from_parts(table: IndicatorTable, parts: Table) -> Iterator[Step]:
    periods: dict[str, list[str]] = {}
    values: dict[tuple[str, str], dict[str, float | None]] = {}
    for row in parts.rows:
        area, name = _area(table, row), row.required_text("indicator")
        period = row.required_text("period")
        _indicator(table, row)
        if period not in periods.setdefault(name, []):
            periods[name].append(period)
        given = values.setdefault((area, name), {})
        if period in given:
            raise row.problem("period", f"{area} has a row for {name} in {period} already")
        given[period] = row.count_or_none("value")
        if table.indicators[name].unit is not Unit.COUNT:
            raise row.problem("indicator", f"{name} is a rate, and rates of periods do not add up to a year's")
    for (area, name), given in values.items():
        indicator = table.indicators[name]
        if indicator.values.get(area) is not None:
            continue
        ordered = [given.get(period) for period in periods[name]]
        year = year_from_periods(ordered)
        if year is None:
            continue
        _put(indicator, table, area, year)
        missing = [period for period, value in zip(periods[name], ordered, strict=True) if value is None]
        if missing:
            detail = f"no figure for {', '.join(missing)}"
            yield Step(StepKind.MEAN_OF_OTHERS, name, area, applied=False, detail=detail)


def _step(table: IndicatorTable, row: Row) -> Step:
    indicator = _indicator(table, row)
    name, word = row.required_text("indicator"), row.required_text("step").casefold()
    try:
        kind = StepKind(word)
    except ValueError:
        known = ", ".join(kind.value for kind in StepKind)
        raise row.problem("step", f"{cells.quoted(word)} is none of {known}") from None
    area = _area(table, row) if row.text(AREA) else ""
    source = row.text("from_gss_code")
    if source and source not in table.areas:
        raise row.problem("from_gss_code", f"{source} is not an area in indicators.csv")
    applied = row.text("applied") == "" or row.yes("applied")
    step = Step(
        kind, name, area, source, row.number_or_none("months"), row.number_or_none("share"), applied, row.text("detail")
    )
    if not applied:
        _take(table, indicator, step, row)
    return step


def _take(table: IndicatorTable, indicator: Indicator, step: Step, row: Row) -> None:
    if step.kind is StepKind.NEIGHBOUR:
        _copy(table, indicator, step, row)
    elif step.kind is StepKind.ANNUALISED:
        for area in [step.gss_code] if step.gss_code else list(indicator.values):
            value = indicator.values.get(area)
            if value is None:
                continue
            try:
                indicator.values[area] = annualised(
                    value,
                    months=12.0 if step.months is None else step.months,
                    share=1.0 if step.share is None else step.share,
                )
            except ValueError as error:
                raise row.problem("months", str(error)) from None
    elif step.kind is StepKind.MEAN_OF_OTHERS:
        raise row.problem("applied", f"give the periods in {PARTS}; the mean is then taken by itself")


def _copy(table: IndicatorTable, indicator: Indicator, step: Step, row: Row) -> None:
    if not step.gss_code:
        raise row.problem(AREA, "a figure from a neighbour needs the area that it is for")
    if not step.source:
        raise row.problem("from_gss_code", "a figure from a neighbour needs the neighbour")
    if indicator.values.get(step.gss_code) is not None:
        raise row.problem(AREA, f"{step.gss_code} has a figure of its own for {step.indicator}")
    value = indicator.values.get(step.source)
    if value is None:
        raise row.problem("from_gss_code", f"{step.source} has no figure for {step.indicator} either")
    _put(indicator, table, step.gss_code, value)


def _put(indicator: Indicator, table: IndicatorTable, area: str, value: float) -> None:
    indicator.values[area] = value
    indicator.rows.setdefault(area, table.areas[area])


def _area(table: IndicatorTable, row: Row) -> str:
    area = row.required_text(AREA)
    if area not in table.areas:
        raise row.problem(AREA, f"{area} is not an area in indicators.csv")
    return area


def _indicator(table: IndicatorTable, row: Row) -> Indicator:
    name = row.required_text("indicator")
    if name not in table.indicators:
        raise row.problem("indicator", f"{name} is not an indicator in indicators.csv")
    return table.indicators[name]
