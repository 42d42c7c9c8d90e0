"""Gives the estimate to those who may see it, recorded as seen."""

from functools import lru_cache
from pathlib import Path

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.estimates.events import EstimateViewed
from cse_tracker.estimates.rules import Shown, shown
from cse_tracker.estimation import reading
from cse_tracker.estimation.study import Study, study
from cse_tracker.estimation.tables import read_table
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@lru_cache(maxsize=4)
def run(folder: Path) -> Study:
    """Run the method and all beside it on a folder; raises InputProblem or CannotEstimate."""
    return study(reading.read_directory(folder))


@lru_cache(maxsize=4)
def indicator_labels(folder: Path) -> dict[str, str]:
    """Give what each indicator is called in words, by its key; raises InputProblem."""
    table = read_table(folder, "indicator_definitions.csv", ("indicator", "label"))
    return {row.required_text("indicator"): row.required_text("label") for row in table.rows}


def open_estimate(work: Work, folder: Path, *, exporting: bool = False) -> Shown:
    """Give the estimate to a manager or lead officer of any borough, recorded as seen."""
    boroughs = sorted({borough for _, borough in work.actor.roles})
    if not any(permits(work.actor, Permission.ESTIMATE_VIEW, Subject(borough_gss=gss)) for gss in boroughs):
        raise NotFound
    work.record(EstimateViewed(subject_id=None, exported=exporting))
    return shown(run(folder), seed=b"made-up figures are not rounded")
