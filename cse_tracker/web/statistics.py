"""The pages of the monthly statistics: protected figures only, to read, to approve and to download."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cse_tracker.access.decisions import permits, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.commands import check_revision
from cse_tracker.disclosure.model import GRAND_TOTAL, CellKey, cell_key, spoken
from cse_tracker.disclosure.release import Release
from cse_tracker.identity import queries as identity
from cse_tracker.statistics import commands, queries, rules
from cse_tracker.statistics.model import MonthlyRelease
from cse_tracker.statistics.publication import SHORTHAND, as_json, charted, csvw, publication, tidy
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.rules import HEADINGS, MEANINGS, NOT_HELD, QUARTERLY, Design, Period, month_of
from cse_tracker.web import spreadsheets, workbooks
from cse_tracker.web.charts.bars import Bar, lying
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import attached, csv_file
from cse_tracker.web.forms.answering import carried_out, done
from cse_tracker.web.forms.statistics import APPROVE, RIGHT, DecisionForm, PrepareForm
from cse_tracker.work.errors import NotFound

bp = Blueprint("statistics", __name__, url_prefix="/statistics")
UNPROCESSABLE = 422
TWO_WAY: Final = {
    Design.REFERRALS: ("outcome", rules.OUTCOME),
    Design.DUTIES: ("outcome", rules.DUTY_STANDING),
    Design.ATTENDANCE: ("attendance", rules.ATTENDED),
}


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound from None
    # The calendar ends with this year, so its last month has no month after it; and none is before the first.
    if found.year in {1, MAXYEAR}:
        raise NotFound
    return found


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """List the months that are released, and offer those that can be."""
    form = PrepareForm()
    if form.validate_on_submit():
        month, gss, reason = _month(form.month.data or ""), form.borough.data or "", form.reason.data or ""
        taken = carried_out(
            work(), form, lambda: commands.take_release(work(), borough_gss=gss, month=month, reason=reason)
        )
        if taken is not None:
            flash(f"The statistics for {Period(month).name} are prepared. The lead officer reviews them next")
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
    offered, month = [], month_of(work().now)
    for _ in range(3):
        month = month.before
        if not any(row.month == month.first for row in rows):
            offered.append(month)
    return offered


@bp.get("/definitions")
def definitions() -> ResponseReturnValue:
    """Say what every published number counts, and what is not published."""
    if not scope(actor(), Permission.STATISTICS_VIEW).boroughs:
        raise NotFound
    return render_template(
        "statistics/definitions.html",
        meanings=MEANINGS,
        version=rules.DESIGNS_VERSION,
        not_held=NOT_HELD,
        shorthand=SHORTHAND,
    )


@bp.get("/<gss>/register")
def register(gss: str) -> ResponseReturnValue:
    """Show every edition of every month, who reviewed and approved it, and what the audit found."""
    rows = queries.register_of(work(), gss)
    people = {person for row in rows for person in (row.body.reviewed_by, row.body.approved_by)}
    return render_template(
        "statistics/register.html",
        rows=rows,
        borough=identity.boroughs(work(), {gss})[0],
        names=identity.names(work(), people),
        periods=Period,
    )


@bp.route("/<gss>/<string(length=7):month>", methods=["GET", "POST"])
def show(gss: str, month: str) -> ResponseReturnValue:
    """Show a month's protected figures, and let a lead officer review and a manager approve them."""
    found, form = queries.open_month(work(), gss, _month(month)), DecisionForm()
    deciding = _deciding(found.record)
    form.offer(reviewing=deciding == "review")
    if form.is_submitted() and not deciding:
        form.stale = True
    elif form.validate_on_submit() and done(work(), form, lambda: _decided(found.record, form)):
        flash("Recorded" if form.answer.data != APPROVE else "The statistics are approved and frozen")
        return redirect(url_for("statistics.listing"))
    if not form.is_submitted():
        form.show(found.record.revision)
    page = render_template("statistics/show.html", form=form, deciding=deciding, **_story(gss, found))
    return page, UNPROCESSABLE if form.errors or form.form_errors or form.stale else 200


def _deciding(record: MonthlyRelease) -> str:
    if record.state.value == "prepared" and permits(actor(), Permission.STATISTICS_REVIEW, record):
        return "review"
    if record.state.value == "reviewed" and permits(actor(), Permission.STATISTICS_APPROVE, record):
        return "approve"
    return ""


def _decided(seen: MonthlyRelease, form: DecisionForm) -> None:
    record = queries.waiting(work(), seen.id)
    check_revision(record, form.revision.data or 0)
    if form.answer.data == APPROVE:
        commands.approve(work(), record)
    elif form.answer.data == RIGHT:
        commands.review(work(), record)
    else:
        commands.send_back(work(), record, note=form.note.data or "")


def _story(gss: str, found: Month) -> dict[str, object]:
    before = queries.month_before(work(), gss, found.record.month)
    year = queries.year_before(work(), gss, found.record.month)
    people = found.tables[Design.YOUNG_PEOPLE]
    flagged = [spoken(key) for key in people.whole_in_one()]
    return {
        "month": found,
        "before": before,
        "year": year,
        "borough": identity.boroughs(work(), {gss})[0],
        "total": _in_words(people),
        "total_before": _total(before),
        "total_year": _total(year),
        "trend": _trend(people, before),
        "breakdowns": _breakdowns(people, before, year),
        "parts": [_part(design, table) for design, table in found.tables.items() if design is not Design.YOUNG_PEOPLE],
        "meanings": MEANINGS,
        "designs": Design,
        "quarterly": QUARTERLY,
        "rule": people.rule,
        "flagged": flagged,
        "not_held": NOT_HELD,
        "shorthand": SHORTHAND,
    }


def _in_words(table: Release) -> str:
    shown = table.value(GRAND_TOTAL)
    if shown is None:
        return f"Fewer than {table.base}"
    if table.reach:
        return f"About {shown}" if shown else f"Fewer than {table.base}"
    return str(shown)


def _total(month: Month | None) -> str:
    return month.tables[Design.YOUNG_PEOPLE].text(GRAND_TOTAL) if month else "[x]"


def _trend(people: Release, before: Month | None) -> str:
    now = people.value(GRAND_TOTAL)
    then = before.tables[Design.YOUNG_PEOPLE].value(GRAND_TOTAL) if before else None
    if before is None or now is None or then is None:
        return ""
    words = "about as many as" if now == then else "more than" if now > then else "fewer than"
    return f"{words} in {before.period.name} ({before.tables[Design.YOUNG_PEOPLE].text(GRAND_TOTAL)})"


@dataclass(frozen=True)
class Breakdown:
    """One way of dividing the young people counted, with its chart, the month before and the year before."""

    heading: str
    chart: Markup
    rows: list[tuple[str, str, int | None, str, str]]


def _breakdowns(release: Release, before: Month | None, year: Month | None) -> list[Breakdown]:
    out = []
    for dimension in dict.fromkeys(key[0][0] for key in release.shown if len(key) == 1):
        heading, cells = HEADINGS[dimension], charted(release, dimension)
        chart = _chart(f"Young people with an open case by {heading.lower()}", dimension, cells)
        rows = []
        for label, _, text in cells:
            key = cell_key((dimension, label))
            rows.append((label, text, release.percent(key, GRAND_TOTAL), _then(before, key), _then(year, key)))
        out.append(Breakdown(heading, chart, rows))
    return out


def _chart(title: str, name: str, cells: Sequence[tuple[str, int | None, str]]) -> Markup:
    telling = Telling(f"chart-{name}", title, "; ".join(f"{label} {text}" for label, _, text in cells))
    return lying(telling, [Bar(label, value, text) for label, value, text in cells])


def _then(month: Month | None, key: CellKey) -> str:
    table = month.tables.get(Design.YOUNG_PEOPLE) if month else None
    return table.text(key) if table is not None and key in table.shown else "[x]"


@dataclass(frozen=True)
class Part:
    """One further table as it is shown: its design, headings and lines; `chart` where one way is counted."""

    design: Design
    headings: list[str]
    lines: list[tuple[str, list[str]]]
    chart: Markup | None = None


def _part(design: Design, table: Release) -> Part:
    if design in TWO_WAY:
        return _two_way(design, table, *TWO_WAY[design])
    dimension = next((key[0][0] for key in table.shown if key), "")
    cells = charted(table, dimension) if dimension else []
    lines = [(label, [text]) for label, _, text in cells]
    if GRAND_TOTAL in table.shown:
        lines.append(("All", [table.text(GRAND_TOTAL)]))
    heading = HEADINGS.get(dimension, "Counted")
    chart = _chart(MEANINGS[design].title, design.value, cells) if cells else None
    return Part(design, [heading, MEANINGS[design].unit], lines, chart)


def _two_way(design: Design, table: Release, dimension: str, columns: tuple[str, ...]) -> Part:
    names = [key[0][1] for key in table.shown if len(key) == 1 and key[0][0] == "agency"]
    lines = []
    for name in names:
        cells = [table.text(cell_key(("agency", name), (dimension, each))) for each in columns]
        lines.append((name, [*cells, table.text(cell_key(("agency", name)))]))
    totals = [*(table.text(cell_key((dimension, each))) for each in columns), table.text(GRAND_TOTAL)]
    return Part(design, ["Agency", *columns, "All"], [*lines, ("Total", totals)])


def _exported(gss: str, month: str, design: str) -> tuple[Month, Design]:
    try:
        wanted = Design(design)
    except ValueError:
        raise NotFound from None
    found = queries.open_month(work(), gss, _month(month), exporting=True)
    if wanted not in found.tables:
        raise NotFound
    return found, wanted


@bp.get("/<gss>/<month>/<design>.csv")
def download(gss: str, month: str, design: str) -> ResponseReturnValue:
    """Give one protected table as CSV."""
    found, wanted = _exported(gss, month, design)
    columns, rows = tidy(found.tables[wanted], MEANINGS[wanted].unit)
    return csv_file(f"{design}-{gss}-{month}.csv", columns, rows)


@bp.get("/<gss>/<month>/<design>.csv-metadata.json")
def metadata(gss: str, month: str, design: str) -> ResponseReturnValue:
    """Describe a CSV file for machines."""
    found, wanted = _exported(gss, month, design)
    text = json.dumps(csvw(found, wanted, f"{design}-{gss}-{month}.csv"), indent=2, ensure_ascii=False)
    return attached(f"{design}-{gss}-{month}.csv-metadata.json", text, "application/csvm+json; charset=utf-8")


@bp.get("/<gss>/<month>/release.<kind>")
def whole(gss: str, month: str, kind: str) -> ResponseReturnValue:
    """Give the whole release as ODS, XLSX or JSON."""
    if kind not in WHOLE:
        raise NotFound
    found = queries.open_month(work(), gss, _month(month), exporting=True)
    made, content_type = WHOLE[kind](found)
    return attached(f"statistics-{gss}-{month}.{kind}", made, content_type)


def _json(found: Month) -> tuple[bytes, str]:
    text = json.dumps(as_json(found, found.record.borough_gss), indent=2, ensure_ascii=False)
    return text.encode(), "application/json; charset=utf-8"


def _book(write: Callable[..., bytes], content_type: str) -> Callable[[Month], tuple[bytes, str]]:
    def made(found: Month) -> tuple[bytes, str]:
        borough = identity.boroughs(work(), {found.record.borough_gss})[0].name
        return write(publication(found, borough)), content_type

    return made


WHOLE: Final[dict[str, Callable[[Month], tuple[bytes, str]]]] = {
    "ods": _book(spreadsheets.ods, workbooks.ODS),
    "xlsx": _book(spreadsheets.xlsx, workbooks.XLSX),
    "json": _json,
}
