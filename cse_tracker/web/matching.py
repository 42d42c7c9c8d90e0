"""The pages between boroughs: asking whether anybody knows a young person, and answering."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import queries as cases
from cse_tracker.identity import queries as identity
from cse_tracker.matching import commands, queries
from cse_tracker.matching.model import AnswerState
from cse_tracker.people.rules import Identity
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.matching import AnswerForm, AskForm

bp = Blueprint("matching", __name__, url_prefix="/matching")
TOO_MANY = 429


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List what other boroughs ask of us, and what we asked."""
    found = queries.overview(work())
    return render_template("matching/listing.html", overview=found, boroughs=_borough_names())


def _borough_names() -> dict[str, str]:
    return {each.gss: each.name for each in identity.boroughs(work())}


@bp.route("/ask", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask all other boroughs whether they know a young person."""
    mine = identity.boroughs(work(), queries.boroughs_to_ask_for(work()))
    form = AskForm()
    form.borough.choices = options([(each.gss, each.name) for each in mine])
    limited = False
    if form.validate_on_submit():
        limited = commands.too_often(work(), form.borough.data)
        enquiry = carried_out(
            work(), form, lambda: commands.ask(work(), _question(form), borough_gss=form.borough.data)
        )
        if enquiry is not None:
            return redirect(url_for("matching.enquiry", enquiry_id=enquiry.id))
    page = render_template("matching/ask.html", form=form, mine=mine)
    return page, TOO_MANY if limited else status_of(form)


def _question(form: AskForm) -> commands.Question:
    named = Identity(
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        also_known_as=form.also_known_as.data or "",
        date_of_birth=form.born.data,
        nhs_number=form.nhs_number.data or "",
    )
    return commands.Question(identity=named, contact=form.contact.data or "", reason=form.reason.data)


@bp.get("/enquiries/<uuid:enquiry_id>")
def enquiry(enquiry_id: UUID) -> ResponseReturnValue:
    """Say which boroughs hold a record, whom to contact there, and who it is where they agreed."""
    exchange = queries.open_enquiry(work(), enquiry_id)
    return render_template(
        "matching/enquiry.html",
        enquiry=exchange.enquiry,
        asked=exchange.enquiry.body,
        answers=exchange.answers,
        boroughs=_borough_names(),
        contacts={
            gss: identity.lead_officers_to_contact(work(), gss)
            for gss in {answer.borough_gss for answer in exchange.answers}
        },
        names=identity.names(work(), [exchange.enquiry.asked_by]),
    )


@bp.route("/questions/<uuid:answer_id>", methods=["GET", "POST"])
def question(answer_id: UUID) -> ResponseReturnValue:
    """Compare whom another borough asks about with whom we know, and answer."""
    found = queries.open_question(work(), answer_id, for_change=request.method == "POST")
    form = AnswerForm()
    if form.validate_on_submit() and done(work(), form, lambda: _answer(found, form)):
        flash("Your answer is sent")
        return redirect(url_for("matching.question", answer_id=answer_id))
    page = render_template(
        "matching/question.html",
        form=form,
        answer=found.answer,
        enquiry=found.enquiry,
        asked=found.enquiry.body,
        person=found.person,
        case=next(iter(cases.open_cases_of(work(), [found.person.id]).values()), None),
        borough=_borough_names()[found.enquiry.borough_gss],
        askers=identity.users(work(), [found.enquiry.asked_by]),
        today=work().today,
        waiting=found.answer.state is AnswerState.WAITING,
    )
    return page, status_of(form)


def _answer(found: queries.Question, form: AnswerForm) -> None:
    act = commands.accept if form.answer.data == "accept" else commands.decline
    act(work(), found.answer, note=form.note.data or "")
