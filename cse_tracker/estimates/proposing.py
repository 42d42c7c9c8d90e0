"""Which areas are proposed as anchors: the most proactive with reliable numbers (report, appendix I, step 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.estimates.model import EstimateData, ProactivityReview
from cse_tracker.estimates.own_numbers import LEAST_FOR_AN_ANCHOR
from cse_tracker.estimates.proactivity import GROUPS, group, score
from cse_tracker.estimation import anchoring, sheets
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.tables import Table
from cse_tracker.records.keys import unlock
from cse_tracker.work.unit import Work

PROACTIVE = GROUPS[0][1]


@dataclass(frozen=True)
class Reviewed:
    """A borough's newest review with its score of 0 to 9 and its group."""

    review: ProactivityReview
    score: int
    group: str


@dataclass(frozen=True)
class Proposal:
    """Codes proposed, or None where nothing says how proactive any area is.

    `reviewed` are the areas whose place rests on a review kept in the tracker. `too_small` are those whose number was
    counted here and is so small that the line through it would give it away.
    """

    codes: tuple[str, ...] | None
    reviewed: Mapping[str, Reviewed] = field(default_factory=dict)
    too_small: tuple[str, ...] = ()


def proposal(work: Work, data: EstimateData) -> Proposal:
    """Give what the data's survey and the tracker's own reviews propose; a review counts before the survey."""
    tables = sheets.tables_from(data.body.texts)
    known = {row.text("gss_code"): row for row in tables.indicators.rows}
    surveyed = _surveyed(tables.survey, tables.identified, known)
    reviewed = {gss: found for gss, found in newest(work).items() if gss in known}
    small = tuple(each.borough_gss for each in data.body.counted if each.number < LEAST_FOR_AN_ANCHOR)
    if surveyed is None and not reviewed:
        return Proposal(None, {}, small)
    figures = tables.identified.by_area()
    chosen = [code for code in surveyed or () if code not in reviewed]
    for code, found in reviewed.items():
        row = figures.get(code)
        reliable = "data_reliable" not in tables.identified.columns or (row is not None and row.yes("data_reliable"))
        if found.group == PROACTIVE and reliable and row is not None and row.count_or_none("identified") is not None:
            chosen.append(code)
    return Proposal(tuple(code for code in known if code in chosen and code not in small), reviewed, small)


def _surveyed(survey: Table | None, identified: Table, known: Mapping[str, object]) -> tuple[str, ...] | None:
    if survey is None:
        return None
    try:
        return anchoring.anchors_surveyed(survey, identified, identified.by_area(), known.keys())
    except InputProblem:
        return None


def newest(work: Work) -> dict[str, Reviewed]:
    """Give the newest review of each of the actor's boroughs: of the latest year, and of that the latest."""
    allowed = scope(work.actor, Permission.PROACTIVITY_REVIEW).boroughs
    wanted = select(ProactivityReview).where(ProactivityReview.borough_gss.in_(allowed))
    rows = list(work.session.scalars(wanted.order_by(ProactivityReview.year, ProactivityReview.number)))
    unlock(work.session, {row.compartment_id for row in rows})
    found = {}
    for row in rows:
        points = score(row.body.answers)
        found[row.borough_gss] = Reviewed(row, points, group(points))
    return found
