"""The pages of the monthly statistics: protected figures only, to read, to approve and to download."""

import json
from collections.abc import Callable
from datetime import MAXYEAR, date
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.commands import check_revision
from cse_tracker.disclosure.release import Rule
from cse_tracker.identity import queries as identity
from cse_tracker.sheets import writing
from cse_tracker.statistics import commands, designs, preparing, queries
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import MonthlyRelease, PreparationState
from cse_tracker.statistics.periods import Period, month_of
from cse_tracker.statistics.publication import as_json, csvw, publication, tidy
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.wordings.numbered import today
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import attached, csv_file
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.statistics import APPROVE, RIGHT, DecisionForm, PrepareForm
from cse_tracker.web.statistics_story import story
from cse_tracker.work.errors import NotFound

bp = Blueprint("statistics", __name__, url_prefix="/statistics")
UNPROCESSABLE = 422


def month_named(text: str) -> date:
    """Read a month in an address, such as 2026-10; NotFound for anything else."""
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
        month, gss, reason = month_named(form.month.data or ""), form.borough.data or "", form.reason.data or ""
        rule, without = Rule(form.rule.data), bool(form.without_flows.data)
        asked = carried_out(
            work(),
            form,
            lambda: preparing.ask(
                work(), borough_gss=gss, month=month, rule=rule, reason=reason, without_flows=without
            ),
        )
        if asked is not None:
            return redirect(url_for("statistics.preparation", preparation_id=asked.id))
    allowed = scope(actor(), Permission.STATISTICS_VIEW).boroughs
    if not allowed:
        raise NotFound
    boroughs = [(borough, queries.released(work(), borough.gss)) for borough in identity.boroughs(work(), allowed)]
    page = render_template(
        "statistics/listing.html",
        form=form,
        boroughs=[
            (borough, rows, _offered(borough.gss, rows), _works(borough.gss), _asking(borough.gss))
            for borough, rows in boroughs
        ],
        periods=Period,
        under_way=preparing.under_way(work()),
        not_prepared=preparing.not_prepared(work()),
    )
    return page, status_of(form)


@bp.get("/preparing/<uuid:preparation_id>")
def preparation(preparation_id: UUID) -> ResponseReturnValue:
    """Show how far a month is that was asked for; it ends on the release, or on what went wrong."""
    found = preparing.shown(work(), preparation_id)
    if found.state is PreparationState.PREPARED:
        flash(f"The statistics for {Period(found.month).name} are prepared. The lead officer reviews them next")
        return redirect(url_for("statistics.show", gss=found.borough_gss, month=f"{found.month:%Y-%m}"))
    return render_template(
        "statistics/preparing.html",
        asked=found,
        period=Period(found.month),
        borough=identity.boroughs(work(), {found.borough_gss})[0],
    )


def _asking(gss: str) -> PrepareForm:
    return PrepareForm.asking(gss, commands.usual_rule(work(), gss))


def _works(gss: str) -> bool:
    return permits(actor(), Permission.STATISTICS_WORK, Subject(borough_gss=gss))


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
        version=designs.DESIGNS_VERSION,
        words=today(),
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
    found, form = queries.open_month(work(), gss, month_named(month)), DecisionForm()
    deciding = _deciding(found.record)
    form.offer(reviewing=deciding == "review")
    if form.is_submitted() and not deciding:
        form.stale = True
    elif form.validate_on_submit() and done(work(), form, lambda: _decided(found.record, form)):
        flash("Recorded" if form.answer.data != APPROVE else "The statistics are approved and frozen")
        return redirect(url_for("statistics.listing"))
    if not form.is_submitted():
        form.show(found.record.revision)
    page = render_template(
        "statistics/show.html", form=form, deciding=deciding, revising=_revising(found.record), **story(gss, found)
    )
    return page, UNPROCESSABLE if form.errors or form.form_errors or form.stale else 200


def _revising(record: MonthlyRelease) -> PrepareForm | None:
    if not record.approved or not permits(actor(), Permission.STATISTICS_PREPARE, record):
        return None
    return PrepareForm.asking(record.borough_gss, record.body.rule)


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


def _exported(gss: str, month: str, design: str) -> tuple[Month, Design]:
    try:
        wanted = Design(design)
    except ValueError:
        raise NotFound from None
    found = queries.open_month(work(), gss, month_named(month), exporting=True)
    if wanted not in found.tables:
        raise NotFound
    return found, wanted


@bp.get("/<gss>/<month>/<design>.csv")
def download(gss: str, month: str, design: str) -> ResponseReturnValue:
    """Give one protected table as CSV."""
    found, wanted = _exported(gss, month, design)
    columns, rows = tidy(wanted, found.tables[wanted], found.wording)
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
    found = queries.open_month(work(), gss, month_named(month), exporting=True)
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
    "ods": _book(writing.ods, writing.ODS),
    "xlsx": _book(writing.xlsx, writing.XLSX),
    "json": _json,
}
