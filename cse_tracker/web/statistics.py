"""The pages of the monthly statistics: protected figures only, to read and to download."""

from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import HiddenField
from wtforms.validators import InputRequired

from cse_tracker.access.decisions import permits, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key
from cse_tracker.disclosure.release import Release
from cse_tracker.identity import queries as identity
from cse_tracker.statistics import commands, queries, rules
from cse_tracker.statistics.model import MonthlyRelease
from cse_tracker.statistics.rules import MEANINGS, Design, Period, month_of
from cse_tracker.web.charts.bars import Bar, lying
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import csv_file
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.work.errors import NotFound

bp = Blueprint("statistics", __name__, url_prefix="/statistics")
HEADINGS = {"certainty": "Certainty", "level": "Level", "sex": "Sex", "age": "Age"}
UNPROCESSABLE = 422


class PrepareForm(FlaskForm):  # type: ignore[misc]
    """Which borough and month to take."""

    borough = HiddenField(validators=[InputRequired()])
    month = HiddenField(validators=[InputRequired()])


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound from None
    # The calendar ends with this year, so its last month has no month after it.
    if found.year == MAXYEAR:
        raise NotFound
    return found


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """List the months that are released, and offer those that can be."""
    form = PrepareForm()
    if form.validate_on_submit():
        month, gss = _month(form.month.data or ""), form.borough.data or ""
        taken = carried_out(work(), form, lambda: commands.take_release(work(), borough_gss=gss, month=month))
        if taken is not None:
            flash(f"The statistics for {Period(month).name} are prepared")
            return redirect(url_for("statistics.show", gss=gss, month=f"{month:%Y-%m}"))
    allowed = scope(actor(), Permission.STATISTICS_VIEW).boroughs
    if not allowed:
        raise NotFound
    boroughs = [(borough, queries.released(work(), borough.gss)) for borough in identity.boroughs(work(), allowed)]
    page = render_template(
        "statistics/listing.html",
        form=form,
        boroughs=[(borough, rows, _offered(borough.gss, rows)) for borough, rows in boroughs],
        periods=Period,
    )
    return page, UNPROCESSABLE if form.errors or form.form_errors else 200


def _offered(gss: str, rows: list[MonthlyRelease]) -> list[Period]:
    if not permits(actor(), Permission.STATISTICS_PREPARE, Subject(borough_gss=gss)):
        return []
    running = month_of(work().now)
    offered = [running]
    before = running
    for _ in range(3):
        before = Period((before.first - timedelta(days=1)).replace(day=1))
        if not any(row.month == before.first and row.final for row in rows):
            offered.append(before)
    return offered


@dataclass(frozen=True)
class Breakdown:
    """One way of dividing the young people counted, with its chart and the month before."""

    heading: str
    chart: Markup
    rows: list[tuple[str, int, int | None, int | None]]


@bp.get("/<gss>/<month>")
def show(gss: str, month: str) -> ResponseReturnValue:
    """Show a month's protected figures."""
    found = queries.open_month(work(), gss, _month(month))
    before = queries.month_before(work(), gss, found.record.month)
    people = found.tables[Design.YOUNG_PEOPLE]
    earlier = before.tables[Design.YOUNG_PEOPLE] if before else None
    return render_template(
        "statistics/show.html",
        month=found,
        before=before,
        borough=identity.boroughs(work(), {gss})[0],
        total=people.value(GRAND_TOTAL),
        total_before=earlier.value(GRAND_TOTAL) if earlier else None,
        breakdowns=_breakdowns(people, earlier),
        referrals=_two_way(found.tables[Design.REFERRALS], "agency", "outcome", rules.OUTCOME),
        attendance=_two_way(found.tables[Design.ATTENDANCE], "agency", "attendance", rules.ATTENDED),
        held=found.tables[Design.MEETINGS].value(GRAND_TOTAL),
        outcomes=rules.OUTCOME,
        attended=rules.ATTENDED,
        meanings=MEANINGS,
        designs=Design,
        rule=people.rule,
    )


def _breakdowns(release: Release, earlier: Release | None) -> list[Breakdown]:
    out = []
    for dimension, heading in HEADINGS.items():
        keys = [key for key, _ in release if len(key) == 1 and key[0][0] == dimension]
        bars = [Bar(key[0][1], release.value(key), str(release.value(key))) for key in keys]
        telling = Telling(
            f"chart-{dimension}",
            f"Young people with an open case by {heading.lower()}",
            "; ".join(f"{bar.label} {bar.shown}" for bar in bars),
        )
        rows = [
            (
                key[0][1],
                release.value(key),
                release.percent(key, GRAND_TOTAL),
                earlier.shown.get(key) if earlier else None,
            )
            for key in keys
        ]
        out.append(Breakdown(heading, lying(telling, bars), rows))
    return out


def _two_way(release: Release, row: str, column: str, columns: tuple[str, ...]) -> list[tuple[str, list[int]]]:
    names = [key[0][1] for key, _ in release if len(key) == 1 and key[0][0] == row]
    lines = [
        (
            name,
            [
                *(release.value(cell_key((row, name), (column, each))) for each in columns),
                release.value(cell_key((row, name))),
            ],
        )
        for name in names
    ]
    totals = [*(release.value(cell_key((column, each))) for each in columns), release.value(GRAND_TOTAL)]
    return [*lines, ("Total", totals)]


@bp.get("/<gss>/<month>/<design>.csv")
def download(gss: str, month: str, design: str) -> ResponseReturnValue:
    """Give one protected table as CSV."""
    try:
        wanted = Design(design)
    except ValueError:
        raise NotFound from None
    found = queries.open_month(work(), gss, _month(month), exporting=True)
    release = found.tables[wanted]
    rows = release.to_rows()
    dimensions = [name for name in rows[0] if name != "count"]
    status = "final" if found.record.final else "provisional [p]"
    header = ["month", "borough_code", "table", "status", *dimensions, "count", "note"]
    lines = [
        [month, gss, MEANINGS[wanted].title, status, *(row[name] for name in dimensions), row["count"], release.rule]
        for row in rows
    ]
    return csv_file(f"{design}-{gss}-{month}.csv", header, lines)
