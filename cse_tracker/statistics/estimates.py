"""Runs the estimate on a folder of figures and keeps the result: the same files always give the same figures."""

from functools import lru_cache
from pathlib import Path

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.estimation import estimate, reading
from cse_tracker.estimation.parallel import chance_eigenvalues
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.tables import read_table
from cse_tracker.statistics.events import EstimateViewed
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@lru_cache(maxsize=4)
def run(folder: Path) -> Estimate:
    """Run the multiple-indicator method; raises InputProblem or CannotEstimate."""
    return estimate.run(reading.read_directory(folder))


@lru_cache(maxsize=4)
def indicator_labels(folder: Path) -> dict[str, str]:
    """Give what each indicator is called in words, by its key; raises InputProblem."""
    table = read_table(folder, "indicator_definitions.csv", ("indicator", "label"))
    return {row.required_text("indicator"): row.required_text("label") for row in table.rows}


@lru_cache(maxsize=4)
def by_chance(areas: int, indicators: int) -> tuple[float, ...]:
    """Give the eigenvalues that random data of the same size would show (95th centile)."""
    return chance_eigenvalues(areas, indicators)


def open_estimate(work: Work, folder: Path, *, exporting: bool = False) -> Estimate:
    """Give the estimate to a manager or lead officer of any borough, recorded as seen."""
    boroughs = sorted({borough for _, borough in work.actor.roles})
    if not any(permits(work.actor, Permission.ESTIMATE_VIEW, Subject(borough_gss=gss)) for gss in boroughs):
        raise NotFound
    work.record(EstimateViewed(subject_id=None, exported=exporting))
    return run(folder)
