"""The pages on a request to see what is held: asked, agreed, searched, judged line by line, handed out."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.oversight.model import Handout
from cse_tracker.subject_access import commands, queries
from cse_tracker.subject_access.model import ASKERS, Asker, SubjectRequest
from cse_tracker.subject_access.queries import Held
from cse_tracker.subject_access.rules import CHOICES, Choice, Entry, Review, handed_out
from cse_tracker.web import bundles
from cse_tracker.web.context import work
from cse_tracker.web.downloads import attached_bytes
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.oversight import RecipientForm
from cse_tracker.web.forms.subject_access import AnswerForm, AskForm, ReviewForm, SearchForm
from cse_tracker.web.oversight import recipient

bp = Blueprint("subject_access", __name__, url_prefix="/subject-access")


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the requests, those that wait first."""
    return render_template("subject_access/listing.html", requests=queries.requests(work()), asker_words=ASKERS)


@bp.route("/cases/<uuid:case_id>/ask", methods=["GET", "POST"])
def ask(case_id: UUID) -> ResponseReturnValue:
    """Record a request about the young person behind a case."""
    case, form = queries.case_to_ask_for(work(), case_id), AskForm()
    if form.validate_on_submit():
        paper = commands.AccessForm(
            asker=Asker(form.asker.data),
            requester=form.requester.data,
            identity_checked=form.identity_checked.data,
            received_on=form.received_on.data or date.max,
        )
        standing = queries.standing_for(work(), case.person_id)
        made = carried_out(work(), form, lambda: commands.ask(work(), case, paper, standing=standing))
        if made is not None:
            flash("Request recorded. A lead officer is to agree before the records are opened")
            return redirect(url_for("subject_access.show", request_id=made.id))
    return _page("subject_access/ask.html", form, case=case)


def _page(
    template: str, form: RecipientForm | AskForm | AnswerForm | ReviewForm, **more: object
) -> ResponseReturnValue:
    page = render_template(template, form=form, **more)
    return page, status_of(form)


@bp.get("/<uuid:request_id>")
def show(request_id: UUID) -> ResponseReturnValue:
    """Show where a request stands, and what is to be done next."""
    row = queries.open_request(work(), request_id)
    return render_template("subject_access/show.html", request_row=row, asker_words=ASKERS, form=SearchForm())


@bp.route("/<uuid:request_id>/answer", methods=["GET", "POST"])
def answer(request_id: UUID) -> ResponseReturnValue:
    """Let a lead officer agree or refuse."""
    row, form = queries.request_to_answer(work(), request_id, for_change=request.method == "POST"), AnswerForm()
    if form.validate_on_submit():
        agree, opinion = form.decision.data == "agree", form.opinion.data
        if done(work(), form, lambda: commands.answer(work(), row, agree=agree, opinion=opinion)):
            flash("Saved")
            return redirect(url_for("subject_access.show", request_id=row.id))
    return _page("subject_access/answer.html", form, request_row=row)


@bp.post("/<uuid:request_id>/search")
def search(request_id: UUID) -> ResponseReturnValue:
    """Search the borough's other records for the young person's name."""
    row = queries.request_to_fill(work(), request_id, for_change=True)
    commands.note_mentions(work(), row, queries.mentions(work(), row))
    flash("Searched")
    return redirect(url_for("subject_access.review", request_id=row.id))


@bp.route("/<uuid:request_id>/review", methods=["GET", "POST"])
def review(request_id: UUID) -> ResponseReturnValue:
    """Show everything, and take what is left out."""
    row = queries.request_to_fill(work(), request_id, for_change=request.method == "POST")
    held, form = queries.held(work(), row), ReviewForm()
    if form.validate_on_submit():
        chosen = _chosen(held, form)
        if done(work(), form, lambda: commands.keep_review(work(), row, held.sheets, chosen)):
            flash("Saved. Look at what will be handed out")
            return redirect(url_for("subject_access.preview", request_id=row.id))
    if not form.is_submitted():
        form.phrases.data = "\n".join(row.body.review.phrases)
        form.colleagues.data = row.body.review.colleagues
    return _page("subject_access/review.html", form, request_row=row, chapters=bundles.to_judge(held), choices=CHOICES)


def _chosen(held: Held, form: ReviewForm) -> Review:
    """Read what was chosen, and nothing for a record or line that is not there."""
    known = {str(sheet.row_id) for sheet in held.sheets}
    picked = {row_id: request.form.get(f"choice-{row_id}", "") for row_id in known}
    choices = {row_id: Choice(value) for row_id, value in picked.items() if value in set(Choice)}
    shown = tuple(sorted(key for key in set(request.form.getlist("show")) if key.partition(":")[0] in known))
    phrases = tuple(line.strip() for line in form.phrases.data.splitlines() if line.strip())
    return Review(choices=choices, shown=shown, phrases=phrases, colleagues=bool(form.colleagues.data))


@bp.get("/<uuid:request_id>/preview")
def preview(request_id: UUID) -> ResponseReturnValue:
    """Show what will be handed out, exactly."""
    row = queries.request_to_fill(work(), request_id)
    held = queries.held(work(), row)
    entries = handed_out(held.sheets, row.body.review, held.person.head)
    return render_template("subject_access/preview.html", request_row=row, chapters=bundles.to_read(entries), about={})


@bp.route("/<uuid:request_id>/hand-out", methods=["GET", "POST"])
def hand_out(request_id: UUID) -> ResponseReturnValue:
    """Hand it out to somebody, recorded with what for and by what right."""
    row, form = queries.request_to_fill(work(), request_id, for_change=request.method == "POST"), RecipientForm()
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: _hand_out(row, form))
        if made is not None:
            return attached_bytes(f"subject-access-{made[0].id}.zip", made[1], "application/zip")
    return _page("subject_access/hand_out.html", form, request_row=row)


def _hand_out(row: SubjectRequest, form: RecipientForm) -> tuple[Handout, bytes]:
    held, whom = queries.held(work(), row), recipient(form)

    def write(entries: Sequence[Entry]) -> bytes:
        return bundles.write(work(), held, entries, whom)

    return commands.hand_out(work(), row, held.sheets, whom, write)
