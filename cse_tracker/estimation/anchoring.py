"""Which areas are anchors: those named by the caller, or those the proactivity survey picks (report, appendix I)."""

from collections.abc import Collection, Mapping, Sequence

from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.tables import AREA, Row, Table

PROACTIVITY = "proactivity.csv"
IDENTIFIED = "identified.csv"


def anchors_given(codes: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """The caller's own choice; raises InputProblem for a code that is no area of the data."""
    wanted = tuple(code.strip() for code in codes)
    for code in wanted:
        if code not in known:
            raise InputProblem("anchors", None, AREA, f"{code or 'a blank code'} is not an area in indicators.csv")
    return wanted


def anchors_surveyed(
    proactivity: Table, identified: Table, figures: Mapping[str, Row], known: Collection[str]
) -> tuple[str, ...]:
    """The areas the survey marks: column `anchor` if there is one, else proactive with reliable data (report, step 3).

    `figures` are the rows of `identified` by area. Every area needs a row in the survey, since one fallen out of the
    file would change the line for all areas without a word. Raises InputProblem.
    """
    survey = proactivity.by_area()
    refuse_strangers(survey, known)
    for area in known:
        if area not in survey:
            raise InputProblem(PROACTIVITY, None, AREA, f"there is no row for {area}, which indicators.csv has")
    if "anchor" in proactivity.columns:
        return tuple(area for area, row in survey.items() if row.yes("anchor"))
    proactivity.require_column("group")
    identified.require_column("data_reliable")
    return tuple(area for area, row in survey.items() if _proactive_and_reliable(row, figures.get(area)))


def refuse_strangers(rows: Mapping[str, Row], known: Collection[str]) -> None:
    """Raise InputProblem at a row whose area is not one of the data: most likely a mistyped code."""
    for area, row in rows.items():
        if area not in known:
            raise row.problem(AREA, f"{area} is not an area in indicators.csv")


def _proactive_and_reliable(survey: Row, figures: Row | None) -> bool:
    if figures is None or not figures.yes("data_reliable"):
        return False
    # "Some" or "numerous" in place of a figure is the report's own example of data that are not reliable.
    return survey.text("group").casefold() == "proactive" and figures.count_or_none("identified") is not None
