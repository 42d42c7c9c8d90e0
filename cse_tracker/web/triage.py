"""The pages on which a referral goes its way to a decision: claims, questions, advice, withdrawal, other boroughs."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require, require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Referral
from cse_tracker.triage import commands, queries
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import done
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.referrals import SaveForm
from cse_tracker.web.forms.triage import (
    AS_AGENCY,
    AdviceForm,
    AnswerForm,
    OfferForm,
    PassOnForm,
    QuestionForm,
    ReceiveForm,
)
from cse_tracker.web.referral_page import referral_page
from cse_tracker.work.errors import NotFound

bp = Blueprint("triage", __name__, url_prefix="/referrals")


def _opened(referral_id: UUID, permission: Permission) -> Referral:
    referral = referral_queries.open_referral(work(), referral_id, for_change=request.method == "POST")
    require(work().actor, permission, referral)
    return referral


def _back(referral: Referral, told: str) -> ResponseReturnValue:
    flash(told)
    return redirect(url_for("referrals.show", referral_id=referral.id))


@bp.post("/<uuid:referral_id>/claim")
def claim(referral_id: UUID) -> ResponseReturnValue:
    """Claim a referral, or take it over."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    form = SaveForm()
    if done(work(), form, lambda: referrals.hold(work(), referral)):
        return _back(referral, f"Referral {referral.reference} is yours to decide. Others see that you have claimed it")
    return _back(referral, "Somebody else has claimed this referral, or it has been decided: see below")


@bp.post("/<uuid:referral_id>/release")
def release(referral_id: UUID) -> ResponseReturnValue:
    """Give a claimed referral back to the inbox."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    if done(work(), SaveForm(), lambda: commands.release(work(), referral)):
        return _back(referral, f"Referral {referral.reference} is back in the inbox")
    return _back(referral, "This referral is not yours to give back: see below")


@bp.route("/<uuid:referral_id>/question", methods=["GET", "POST"])
def ask(referral_id: UUID) -> ResponseReturnValue:
    """Ask the referrer something."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    form = QuestionForm()
    if form.validate_on_submit() and done(work(), form, lambda: commands.ask(work(), referral, form.question.data)):
        return _back(referral, "Your question is sent. The time limit for the decision runs on")
    return referral_page("triage/ask.html", form, referral)


@bp.route("/<uuid:referral_id>/questions/<uuid:question_id>", methods=["GET", "POST"])
def answer(referral_id: UUID, question_id: UUID) -> ResponseReturnValue:
    """Answer a question of the borough."""
    referral = _opened(referral_id, Permission.REFERRAL_ANSWER)
    found = {row.id: row for row in queries.questions(work(), referral)}
    if question_id not in found:
        raise NotFound
    form = AnswerForm()
    if form.validate_on_submit() and done(
        work(), form, lambda: commands.answer(work(), referral, question_id, form.answer.data)
    ):
        return _back(referral, "Your answer is sent to the lead officers")
    return referral_page("triage/answer.html", form, referral, question=found[question_id])


@bp.route("/<uuid:referral_id>/withdraw", methods=["GET", "POST"])
def withdraw(referral_id: UUID) -> ResponseReturnValue:
    """Ask for nothing any more; what was told stays."""
    referral = _opened(referral_id, Permission.REFERRAL_WITHDRAW)
    form = SaveForm()
    if form.validate_on_submit() and done(work(), form, lambda: commands.withdraw(work(), referral)):
        return _back(
            referral, "Your request is withdrawn. What you told stays with the borough, and you are still told"
        )
    return referral_page("triage/withdraw.html", form, referral)


@bp.route("/<uuid:referral_id>/advice", methods=["GET", "POST"])
def advise(referral_id: UUID) -> ResponseReturnValue:
    """Answer with advice alone."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    form = AdviceForm()
    if form.validate_on_submit():
        reply = referrals.Reply(reason_key="", reason_label="Advice only", note=form.note.data)
        if done(work(), form, lambda: referrals.advise(work(), referral, reply)):
            return _back(referral, f"Your advice on referral {referral.reference} is sent to the referrer")
    return referral_page("triage/advise.html", form, referral)


@bp.route("/<uuid:referral_id>/offer", methods=["GET", "POST"])
def offer(referral_id: UUID) -> ResponseReturnValue:
    """Offer a referral to another borough or agency."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    form = OfferForm()
    boroughs = identity.boroughs_with_a_lead_officer(work())
    form.borough.choices = options(
        [("", "Choose a borough"), *((each.gss, each.name) for each in boroughs if each.gss != referral.borough_gss)]
    )
    agencies = commands.receivers(work(), referral)
    form.agency.choices = options([("", "Choose an agency"), *((str(each.id), each.name) for each in agencies)])
    if form.validate_on_submit() and done(work(), form, lambda: _offer(referral, form)):
        return _back(referral, "The referral is offered. Until they say yes, nothing else changes, and it stays yours")
    return referral_page("triage/offer.html", form, referral)


def _offer(referral: Referral, form: OfferForm) -> None:
    reason = form.reason.data
    if form.agency.data:
        commands.offer_to_agency(work(), referral, agency_id=UUID(form.agency.data), reason=reason)
    else:
        commands.offer(work(), referral, to_gss=form.borough.data, reason=reason)


@bp.route("/<uuid:referral_id>/pass-on", methods=["GET", "POST"])
def pass_on(referral_id: UUID) -> ResponseReturnValue:
    """Decide that another agency helps, which has said yes."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    form = PassOnForm()
    if form.validate_on_submit():
        reply = referrals.Reply(reason_key="", reason_label="", note=form.note.data)
        if done(work(), form, lambda: referrals.pass_on(work(), referral, reply)):
            return _back(referral, f"Referral {referral.reference} is passed on and the referrer is told")
    return referral_page("triage/pass_on.html", form, referral)


@bp.post("/<uuid:referral_id>/take-back")
def take_back(referral_id: UUID) -> ResponseReturnValue:
    """Take back an offer that has not been answered."""
    referral = _opened(referral_id, Permission.REFERRAL_DECIDE)
    if done(work(), SaveForm(), lambda: commands.take_back(work(), referral)):
        return _back(referral, f"Referral {referral.reference} is back in your inbox")
    return _back(referral, "They have answered already: see below")


@bp.route("/<uuid:referral_id>/receive", methods=["GET", "POST"])
def receive(referral_id: UUID) -> ResponseReturnValue:
    """Take on a referral that a borough offers to one's borough or agency, or send it back."""
    referral = referral_queries.open_referral(work(), referral_id, for_change=request.method == "POST")
    require_sight(work().actor, Permission.REFERRAL_RECEIVE, referral)
    form = ReceiveForm()
    as_agency = referral.with_agency_id is not None
    if as_agency:
        form.choice.choices = options(AS_AGENCY)
    reference, words = referral.reference, form.words.data or ""
    if form.validate_on_submit():
        if form.choice.data == "take_on" and done(work(), form, lambda: commands.take_on(work(), referral, note=words)):
            if as_agency:
                return _back(referral, f"Thank you. The borough is told that you help, and decides on {reference}")
            return _back(referral, f"Referral {reference} is yours to decide")
        if form.choice.data == "refuse" and done(work(), form, lambda: commands.refuse(work(), referral, reason=words)):
            flash(f"Referral {reference} has gone back to the borough that offered it, and they are told")
            return redirect(url_for("referrals.listing"))
    offered = queries.offers(work(), referral)
    names = {each.gss: each.name for each in identity.boroughs(work(), {row.from_gss for row in offered})}
    return referral_page("triage/receive.html", form, referral, offers=offered, names=names)
