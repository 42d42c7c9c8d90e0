"""The pages of a case's record: contacts, placements, legal frame, warnings and people."""

from collections.abc import Callable, Iterable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.queries import CaseRow
from cse_tracker.casework import commands, queries
from cse_tracker.casework.rules import Kind, Relation
from cse_tracker.identity import queries as identity
from cse_tracker.web import entry_words
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm, done
from cse_tracker.web.forms.casework import FORMS, EndForm, EntryForm, MistakeForm
from cse_tracker.work.errors import NotFound, RuleBroken

bp = Blueprint("casework", __name__, url_prefix="/cases/<uuid:case_id>/record")


def _row(case_id: UUID) -> CaseRow:
    return case_queries.open_case(work(), case_id, for_change=request.method == "POST")


@bp.get("/")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show the record, by kind, the latest first."""
    row = _row(case_id)
    found = queries.entries(work(), row.case)
    standing = queries.standing(found)
    today = work().today
    shown = [
        {"entry": entry, "words": entry_words.as_chapter(entry), "holds": entry.holds_on(today)} for entry in standing
    ]
    return render_template(
        "casework/show.html",
        row=row,
        shown=shown,
        kinds=Kind,
        names=identity.names(work(), {entry.body.recorded_by for entry in standing}),
        persistence=queries.persistence(found),
        others=_others(row, [entry.body.what for entry in standing]),
    )


@bp.route("/<kind>", methods=["GET", "POST"])
def enter(case_id: UUID, kind: str) -> ResponseReturnValue:
    """Enter something of one kind."""
    row = _row(case_id)
    if kind not in set(Kind):
        raise NotFound
    form = FORMS[Kind(kind)]()
    return _answer(row, form, lambda: _enter(row, form), f"casework/{kind}.html")


def _enter(row: CaseRow, form: EntryForm) -> None:
    cases.check_revision(row.case, form.revision.data or 0)
    entry = form.entry()
    if isinstance(entry, Relation) and entry.case_reference and not _others(row, [entry]):
        message = "There is no other case of this reference in your borough. Check it, or leave it empty"
        raise RuleBroken("relation.reference", message, field="case_reference")
    commands.enter(work(), row.case, entry)


def _others(row: CaseRow, entries: Iterable[object]) -> dict[str, UUID]:
    named = [each.case_reference for each in entries if isinstance(each, Relation) and each.case_reference]
    return case_queries.by_reference(work(), row.case, named) if named else {}


@bp.route("/<int:ordinal>/end", methods=["GET", "POST"])
def end(case_id: UUID, ordinal: int) -> ResponseReturnValue:
    """Enter when something ended."""
    row = _row(case_id)
    entry, form = queries.open_entry(work(), row.case, ordinal), EndForm()

    def act() -> None:
        cases.check_revision(row.case, form.revision.data or 0)
        if form.until.data is not None:
            commands.end(work(), row.case, entry, until=form.until.data)

    return _answer(row, form, act, "casework/end.html", words=entry_words.as_chapter(entry))


@bp.route("/<int:ordinal>/mistake", methods=["GET", "POST"])
def mistake(case_id: UUID, ordinal: int) -> ResponseReturnValue:
    """Say that an entry was a mistake."""
    row = _row(case_id)
    entry, form = queries.open_entry(work(), row.case, ordinal), MistakeForm()

    def act() -> None:
        cases.check_revision(row.case, form.revision.data or 0)
        commands.strike_out(work(), row.case, entry, reason=form.reason.data)

    return _answer(row, form, act, "casework/mistake.html", words=entry_words.as_chapter(entry))


def _answer(
    row: CaseRow, form: RevisionForm, act: Callable[[], object], template: str, **more: object
) -> ResponseReturnValue:
    if form.validate_on_submit() and done(work(), form, act):
        flash("Recorded")
        return redirect(url_for("casework.show", case_id=row.case.id))
    return form_page(template, form, row, **more)
