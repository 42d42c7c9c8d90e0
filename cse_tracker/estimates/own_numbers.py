"""The tracker's own number identified as an input of a run: exact for the method, protected for every reader."""

import csv
import io
from collections.abc import Mapping
from typing import Final

from cse_tracker.disclosure.model import GRAND_TOTAL, single
from cse_tracker.disclosure.release import protect
from cse_tracker.estimates import counting
from cse_tracker.estimates.model import Counted
from cse_tracker.estimates.years import Year
from cse_tracker.estimation.sheets import Series
from cse_tracker.records.keys import seed
from cse_tracker.work.unit import Work

TABLE: Final = "identified"
LEAST_FOR_AN_ANCHOR: Final = 10
SOURCE: Final = (
    "This tracker: young people with an open case in these months for whom exploitation was recorded as known or "
    "indicated. Exact in the calculation, rounded wherever it is shown."
)
_HEADER: Final = ("gss_code", "identified", "data_reliable")


def count(work: Work, borough_gss: str, year: Year) -> Counted:
    """Count a borough's young people of a year, with the number that may be shown.

    The shown number hangs on the borough, the year and the count alone, so that taking it again, with other data
    beside it, gives the same and can not be averaged.
    """
    number = counting.identified(work, borough_gss, year)
    rounding = seed(work.session, f"identified/{borough_gss}", year.ends_at)
    release = protect(single(f"identified {borough_gss}, {year.last_month:%Y-%m}", number), seed=rounding)
    return Counted(borough_gss, year.last_month, number, release.number(GRAND_TOTAL))


def put_into(texts: Mapping[str, str], counted: Counted) -> dict[str, str]:
    """The tables with the counted number in the row of its area, in place of whatever was given there.

    A table of numbers identified is made where none was given, and a row where the area has none.
    """
    rows = [row for row in csv.reader(io.StringIO(texts.get(TABLE, ""), newline="")) if row] or [list(_HEADER)]
    header = [cell.strip().casefold() for cell in rows[0]]
    values = {_HEADER[0]: counted.borough_gss, TABLE: str(counted.number), _HEADER[2]: "yes", "synthetic": "no"}
    if _HEADER[0] not in header or TABLE not in header:
        return dict(texts)  # the reader says what is missing
    at = header.index(_HEADER[0])
    own = next((row for row in rows[1:] if len(row) > at and row[at].strip() == counted.borough_gss), None)
    if own is None:
        own = [""] * len(header)
        rows.append(own)
    for place, name in enumerate(header[: len(own)]):
        own[place] = values.get(name, own[place])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return {**texts, TABLE: out.getvalue()}


def series(counted: Counted, name: str) -> Series:
    """Where the number is from and which period it is about."""
    return Series(f"{TABLE} in {name}", Year(counted.last_month).words, SOURCE, f"Young people identified in {name}")
