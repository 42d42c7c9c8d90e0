"""A directory of comma-separated files turned into the inputs of the method, or a problem that names its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cse_tracker.estimation import anchoring, indicator_rows, recorded_steps
from cse_tracker.estimation.anchoring import IDENTIFIED, PROACTIVITY
from cse_tracker.estimation.indicator_rows import INDICATORS, IndicatorTable
from cse_tracker.estimation.inputs import EstimationInputs, LeftOut, Unit
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.recorded_steps import PARTS, PARTS_NEED, STEPS, STEPS_NEED
from cse_tracker.estimation.steps import Step
from cse_tracker.estimation.tables import AREA, Row, Table, read_table

__all__ = ["EstimationInputs", "InputProblem", "LeftOut", "Unit", "read_directory"]

POPULATION = "population.csv"


@dataclass(frozen=True)
class Tables:
    """Everything that is read before it is put together; `survey`, `parts` and `steps` may not be there."""

    indicators: Table
    population: Table
    identified: Table
    survey: Table | None = None
    parts: Table | None = None
    steps: Table | None = None

    def every(self) -> tuple[Table | None, ...]:
        """The tables, None for one that is not there."""
        return (self.indicators, self.population, self.identified, self.survey, self.parts, self.steps)


def read_directory(directory: Path, *, anchors: Sequence[str] | None = None) -> EstimationInputs:
    """Read `indicators.csv`, `population.csv`, `identified.csv` and, unless anchors are given, `proactivity.csv`.

    `steps.csv` (steps recorded with the figures) and `parts.csv` (the periods of a year) are read where they are there.
    `anchors` are area codes. Areas and indicators keep the order in which `indicators.csv` first names them. An area
    with a missing indicator is left out and named; so is an anchor, from the line only, if no number was identified
    there, as in the report. Raises InputProblem.
    """
    tables = Tables(
        indicators=read_table(directory, INDICATORS, (AREA, "indicator", "value")),
        population=read_table(directory, POPULATION, (AREA, "population")),
        identified=read_table(directory, IDENTIFIED, (AREA, "identified")),
        survey=None if anchors is not None else read_table(directory, PROACTIVITY, (AREA,)),
        parts=_if_there(directory, PARTS, PARTS_NEED),
        steps=_if_there(directory, STEPS, STEPS_NEED),
    )
    return put_together(tables, anchors=anchors)


def put_together(tables: Tables, *, anchors: Sequence[str] | None = None) -> EstimationInputs:
    """The inputs that the tables hold; raises InputProblem, as `read_directory` does."""
    table = indicator_rows.gather(tables.indicators)
    people = tables.population.by_area()
    _refuse_different_areas(table.areas, people)
    figures = tables.identified.by_area()
    anchoring.refuse_strangers(figures, table.areas)
    steps = recorded_steps.taken(table, tables.parts, tables.steps)
    if anchors is not None or tables.survey is None:
        chosen = anchoring.anchors_given(anchors or (), table.areas)
    else:
        chosen = anchoring.anchors_surveyed(tables.survey, tables.identified, figures, table.areas)
    return _inputs(table, people, figures, chosen, synthetic=_any_synthetic(tables.every()), steps=steps)


def _if_there(directory: Path, file: str, needed: Sequence[str]) -> Table | None:
    return read_table(directory, file, needed) if (directory / file).exists() else None


def _any_synthetic(tables: Iterable[Table | None]) -> bool:
    return any(table is not None and table.synthetic for table in tables)


def _refuse_different_areas(areas: Mapping[str, Row], people: Mapping[str, Row]) -> None:
    for area, row in areas.items():
        if area not in people:
            where = f"which {INDICATORS} has in row {row.number}"
            raise InputProblem(POPULATION, None, AREA, f"there is no row for {_called(area, row)}, {where}")
    for area, row in people.items():
        if area not in areas:
            where = f"which {POPULATION} has in row {row.number}"
            raise InputProblem(INDICATORS, None, AREA, f"there is no row for {_called(area, row)}, {where}")


def _called(area: str, *rows: Row) -> str:
    name = next((row.area_name for row in rows if row.area_name), "")
    return f"{area} ({name})" if name else area


def _inputs(
    table: IndicatorTable,
    people: Mapping[str, Row],
    figures: Mapping[str, Row],
    chosen: Sequence[str],
    *,
    synthetic: bool,
    steps: tuple[Step, ...],
) -> EstimationInputs:
    names = {area: people[area].area_name or row.area_name or area for area, row in table.areas.items()}
    gaps = {area: gap for area in table.areas if (gap := table.gaps(area))}
    used = tuple(area for area in table.areas if area not in gaps)
    identified = {area: row.count_or_none("identified") for area, row in figures.items()}
    numberless = _anchors_without_number([area for area in chosen if area not in gaps], figures, identified)
    reasons = {area: _reason(gap, is_anchor=area in chosen) for area, gap in gaps.items()} | numberless
    population = {area: row.count_or_none("population") for area, row in people.items()}
    return EstimationInputs(
        indicators=tuple(table.indicators),
        units=tuple(indicator.unit for indicator in table.indicators.values()),
        areas=used,
        names=names,
        values=tuple(table.values(area) for area in used),
        population=tuple(_residents(people[area], population[area]) for area in used),
        identified=tuple(identified.get(area) for area in used),
        anchors=tuple(area for area in used if area in chosen and area not in numberless),
        left_out=tuple(LeftOut(area, names[area], reason) for area, reason in reasons.items()),
        synthetic=synthetic,
        steps=steps,
    )


def _reason(gap: str, *, is_anchor: bool) -> str:
    return f"no value in {INDICATORS} for {gap}" + ("; it would have been an anchor" if is_anchor else "")


def _anchors_without_number(
    chosen: Iterable[str], figures: Mapping[str, Row], identified: Mapping[str, float | None]
) -> dict[str, str]:
    """Reasons by area. A blank or "some" is an answer; a row that is not there at all is more likely a slip."""
    reasons: dict[str, str] = {}
    for area in chosen:
        if area not in figures:
            raise InputProblem(IDENTIFIED, None, AREA, f"there is no row for {area}, which is an anchor")
        if identified[area] is None:
            place = f"{IDENTIFIED} row {figures[area].number}"
            reasons[area] = f"estimated, but not used as an anchor: {place} gives no number"
    return reasons


def _residents(row: Row, population: float | None) -> float:
    if not population:
        raise row.problem("population", "an area that is to be estimated needs a number of residents above 0")
    return population
