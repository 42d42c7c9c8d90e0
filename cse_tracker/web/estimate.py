"""The pages of the estimate: how many are still unseen, how sure that is, and the files to take away."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker import demo
from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.estimates import commands, queries
from cse_tracker.estimates.queries import Opened
from cse_tracker.estimates.rules import MEANING, PROTECTED, Shown, coarse
from cse_tracker.sheets import writing
from cse_tracker.web import estimate_files, estimate_pictures
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import attached, csv_file
from cse_tracker.web.estimate_forms import AnswerForm
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.work.errors import NotFound

bp = Blueprint("estimate", __name__, url_prefix="/estimate")
LONDON_2003: Final = Path(demo.__file__).parent / "london_2003"


def _open(*, exporting: bool = False) -> Opened:
    asked = request.args.get("run")
    try:
        run_id = UUID(asked) if asked else None
    except ValueError:
        raise NotFound from None
    return queries.open_estimate(work(), LONDON_2003, run_id, exporting=exporting)


def _sentence(found: Shown) -> str:
    total = found.total
    text = (
        f"About {total.estimate:,.0f} young people would be identified in the {len(found.rows)} areas if every one "
        f"worked like the {len(found.anchors)} anchors"
    )
    text += f"; services have identified {found.known:,}." if found.known is not None else "."
    return f"{text} With 95% confidence the line gives between {total.ci_low:,.0f} and {total.ci_high:,.0f}."


@bp.get("/")
def show() -> ResponseReturnValue:
    """The page for a manager: the sentence, the map, the table of the most unseen first."""
    opened = _open()
    made = opened.made
    return render_template(
        "estimate/show.html",
        **_common(opened),
        tiles=estimate_pictures.tiles(opened.found),
        answers=queries.answers(work(), made) if made else [],
        may_answer=made is not None and permits(actor(), Permission.ESTIMATE_ANSWER, made),
        change=queries.explained(work(), made) if made else None,
        coarse=coarse,
    )


@bp.route("/answer/<uuid:run_id>", methods=["GET", "POST"])
def answer(run_id: UUID) -> ResponseReturnValue:
    """Say, as a lead officer, whether a run's estimate looks right."""
    opened = queries.open_estimate(work(), LONDON_2003, run_id)
    made = opened.made
    if made is None or not permits(actor(), Permission.ESTIMATE_ANSWER, made):
        raise NotFound
    form = AnswerForm()
    if form.validate_on_submit():
        kept = carried_out(
            work(),
            form,
            lambda: commands.answer_estimate(work(), made, looks=form.looks.data, why=form.why.data or ""),
        )
        if kept is not None:
            flash("Your answer stands beside the estimate")
            return redirect(url_for("estimate.show", run=made.id))
    own = next((row for row in opened.found.rows if row.code == made.borough_gss), None)
    page = render_template("estimate/answer.html", **_common(opened), form=form, own=own)
    return page, status_of(form)


def _common(opened: Opened) -> dict[str, Any]:
    """What every page of the estimate is given; `run` keeps the pages on the run that was asked for."""
    made = opened.made
    return {
        "found": opened.found,
        "cautions": opened.found.cautions(opened.labels),
        "made": made,
        "repeats": opened.repeats,
        "series": opened.series,
        "run": made.id if made is not None and request.args.get("run") else None,
        "meaning": MEANING,
        "protected": PROTECTED,
    }


@bp.get("/method")
def method() -> ResponseReturnValue:
    """The page for a statistician: every diagnostic and picture."""
    opened = _open()
    found, pictures = opened.found, estimate_pictures
    return render_template(
        "estimate/method.html",
        **_common(opened),
        study=found.study,
        result=found.study.estimate,
        labels=opened.labels,
        names={row.code: row.name for row in found.rows},
        scree=pictures.scree_plot(found),
        line=pictures.anchors_line(found),
        intervals=pictures.interval_plot(found),
        influence=pictures.influence_bars(found),
        coarse=coarse,
    )


@bp.get("/explained")
def explained() -> ResponseReturnValue:
    """The method in plain words, with the report's own cautions."""
    return render_template("estimate/explained.html", **_common(_open()))


@bp.get("/estimate.csv")
def download_csv() -> ResponseReturnValue:
    """Give the estimate as CSV, meaning and warning in every row."""
    found = _open(exporting=True).found
    header = [*estimate_files.header(found), "meaning", "warning"]
    told = " ".join(filter(None, (found.warning, PROTECTED if found.protected else "")))
    rows = [["" if value is None else value for value in row] + [MEANING, told] for row in estimate_files.rows(found)]
    return csv_file(estimate_files.name_of(found, "csv"), header, rows)


@bp.get("/estimate.json")
def download_json() -> ResponseReturnValue:
    """Give the run as JSON: at full precision where the figures are made up."""
    opened = _open(exporting=True)
    found = opened.found
    text = json.dumps(estimate_files.document(found, opened.labels), indent=2, allow_nan=False)
    return attached(estimate_files.name_of(found, "json"), text, "application/json")


@bp.get("/estimate.xlsx")
def download_xlsx() -> ResponseReturnValue:
    """Give the estimate as a workbook for Excel."""
    opened = _open(exporting=True)
    made = writing.xlsx(estimate_files.book(opened.found, opened.labels))
    return attached(estimate_files.name_of(opened.found, "xlsx"), made, writing.XLSX)


@bp.get("/estimate.ods")
def download_ods() -> ResponseReturnValue:
    """Give the estimate as an OpenDocument workbook."""
    opened = _open(exporting=True)
    made = writing.ods(estimate_files.book(opened.found, opened.labels))
    return attached(estimate_files.name_of(opened.found, "ods"), made, writing.ODS)


@bp.get("/estimate.pdf")
def download_pdf() -> ResponseReturnValue:
    """Give the manager's page as a PDF."""
    opened = _open(exporting=True)
    found = opened.found
    made = estimate_files.pdf(found, opened.labels, _sentence(found), estimate_pictures.tiles(found))
    response = Response(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{estimate_files.name_of(found, "pdf")}"'
    return response
