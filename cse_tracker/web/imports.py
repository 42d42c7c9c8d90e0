"""The pages of imports: the template, the upload, the columns with what would come of them, and how far it has come."""

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity import queries as identity
from cse_tracker.imports import commands, queries
from cse_tracker.imports.model import Import, ImportState
from cse_tracker.imports.rules import COLUMNS, DateOrder
from cse_tracker.records.reference import reference
from cse_tracker.sheets.book import Book, Sheet
from cse_tracker.sheets.reading import Place, Unreadable, read
from cse_tracker.sheets.writing import ODS, XLSX, ods, xlsx
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import attached, csv_file
from cse_tracker.web.forms import imports as forms
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.work.errors import Conflict, NotFound, RuleBroken

bp = Blueprint("imports", __name__, url_prefix="/imports")
CONFLICT, UNPROCESSABLE = 409, 422
MOST_STAYING: Final = 100
OPEN = frozenset({ImportState.UPLOADED, ImportState.CHECKED})


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """List the imports, and take a file."""
    rows = queries.listing(work())
    form = forms.UploadForm()
    allowed = scope(actor(), Permission.IMPORT_RUN).boroughs
    form.borough.choices = [(each.gss, each.name) for each in identity.boroughs(work(), allowed)]
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: _upload(form))
        if made is not None:
            return redirect(url_for("imports.show", import_id=made.id))
    page = render_template("imports/listing.html", form=form, rows=rows)
    return page, status_of(form)


def _upload(form: forms.UploadForm) -> Import:
    require(actor(), Permission.IMPORT_RUN, Subject(borough_gss=form.borough.data))
    name = form.file.data.filename or ""
    try:
        sheet = read(name, form.file.data.stream.read())
    except Unreadable as problem:
        raise RuleBroken("import.unreadable", str(problem), field="file") from None
    return commands.upload(work(), sheet, file_name=name, borough_gss=form.borough.data)


@bp.get("/template/<kind>")
def template(kind: str) -> ResponseReturnValue:
    """Give the template to fill in, as CSV, XLSX or ODS."""
    require(actor(), Permission.IMPORT_RUN, Subject(borough_gss=_any_borough()))
    match kind:
        case "csv":
            return csv_file("cases-template.csv", commands.headings(), [])
        case "xlsx":
            return attached("cases-template.xlsx", xlsx(_book()), XLSX)
        case "ods":
            return attached("cases-template.ods", ods(_book()), ODS)
        case _:
            raise NotFound


def _any_borough() -> str | None:
    return next(iter(sorted(scope(actor(), Permission.IMPORT_RUN).boroughs)), None)


def _book() -> Book:
    hints = {place: column.hint for place, column in enumerate(COLUMNS.values()) if column.hint}
    return Book("Cases", "cse_tracker", [Sheet("Cases", columns=commands.headings(), hints=hints)])


@bp.route("/<uuid:import_id>", methods=["GET", "POST"])
def show(import_id: UUID) -> ResponseReturnValue:
    """Show an import; try it out with what its columns are said to be."""
    found = queries.open_import(work(), import_id, for_change=request.method == "POST")
    form = forms.mapping_form(found.head.headings)()
    if found.state in OPEN and form.validate_on_submit() and done(work(), form, lambda: _check(found, form)):
        return redirect(url_for("imports.show", import_id=import_id) + "#result")
    if not form.is_submitted():
        form.order.data = found.head.order.value
        for field, column in (found.head.columns or {}).items():
            form[field.value].data = str(column)
    if form.stale or not form.is_submitted():
        form.show(found.revision)
    page = render_template(
        "imports/show.html",
        batch=found,
        form=form if found.state in OPEN else None,
        mapping=form,
        begin=forms.BeginForm(),
        plain=forms.PlainForm(),
        columns=COLUMNS,
        place=Place,
        open=found.state in OPEN,
        reference=reference,
        stay=queries.staying(work(), found, MOST_STAYING) if found.state is ImportState.UNDONE else [],
    )
    return page, CONFLICT if form.stale else status_of(form)


def _check(found: Import, form: forms.MappingForm) -> None:
    if form.revision.data != found.revision:
        raise Conflict
    commands.check(work(), found, columns=form.columns(), order=DateOrder(form.order.data))


@bp.post("/<uuid:import_id>/begin")
def begin(import_id: UUID) -> ResponseReturnValue:
    """Begin to bring it in."""
    found = queries.open_import(work(), import_id, for_change=True)
    form = forms.BeginForm()
    if form.validate_on_submit():
        commands.begin(work(), found)
        flash("It has begun. This page shows how far it has come")
    else:
        flash("Confirm that you have looked at what would be brought in")
    return redirect(url_for("imports.show", import_id=import_id))


@bp.post("/<uuid:import_id>/take-back")
def take_back(import_id: UUID) -> ResponseReturnValue:
    """Begin to take it back."""
    found = queries.open_import(work(), import_id, for_change=True)
    commands.take_back(work(), found)
    flash("Everything that nobody has worked on since is being taken back")
    return redirect(url_for("imports.show", import_id=import_id))


@bp.post("/<uuid:import_id>/discard")
def discard(import_id: UUID) -> ResponseReturnValue:
    """Throw it away."""
    found = queries.open_import(work(), import_id, for_change=True)
    commands.discard(work(), found)
    flash("Thrown away. Nothing of the file is kept")
    return redirect(url_for("imports.listing"))
