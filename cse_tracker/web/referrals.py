"""The pages of referrals: the list, one referral, and the partner agency's form."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits, require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.duties import queries as duties
from cse_tracker.identity import queries as identity
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.referrals.rules import ETHNICITIES
from cse_tracker.rulebook.document import ProtocolDocument
from cse_tracker.triage import queries as triage
from cse_tracker.triage.model import ReferralOffer
from cse_tracker.web import referral_draft
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.referrals import STEPS, SaveForm, StartForm, StepForm
from cse_tracker.web.session import answers_as_typed
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound

bp = Blueprint("referrals", __name__, url_prefix="/referrals")
UNPROCESSABLE = 422


def today() -> date:
    """Give the day in London."""
    return work().today


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List one's drafts, what awaits a decision, and what was decided."""
    overview = queries.overview(work())
    sent = [*overview.awaiting, *overview.decided]
    leads = actor().boroughs_as(Role.LEAD_OFFICER)
    passed_on = triage.passed_on(work()) if leads else []
    return render_template(
        "referrals/listing.html",
        overview=overview,
        due=duties.decision_due(work(), [referral.id for referral in overview.awaiting]),
        agencies=identity.agencies(work(), {referral.from_agency_id for referral in sent}),
        offered={row.id for row in triage.offered_here(work(), overview.awaiting)},
        came_back=triage.bounced(work(), overview.awaiting) if leads else frozenset(),
        feedback_owed=queries.feedback_owed(work()) if leads else [],
        passed_on=passed_on,
        names=_names({one.offer.to_gss for one in passed_on if one.offer.to_gss}),
        leads=leads,
        now=work().now,
    )


def _names(boroughs: set[str]) -> dict[str, str]:
    return {borough.gss: borough.name for borough in identity.boroughs(work(), boroughs)}


@bp.route("/start", methods=["GET", "POST"])
def start() -> ResponseReturnValue:
    """Explain the form, ask for the borough, and begin a draft."""
    require(actor(), Permission.REFERRAL_SUBMIT, Subject())
    form = StartForm()
    boroughs = [(borough.gss, borough.name) for borough in identity.boroughs_with_a_lead_officer(work())]
    form.borough.choices = options([("", "Choose a borough"), *boroughs])
    if form.validate_on_submit():
        referral = carried_out(work(), form, lambda: commands.start(work(), borough_gss=form.borough.data))
        if referral is not None:
            return redirect(url_for("referrals.step", referral_id=referral.id, key=next(iter(STEPS))))
    return render_template("referrals/start.html", form=form), UNPROCESSABLE if form.errors else 200


def _draft(referral_id: UUID, *, for_change: bool = False) -> tuple[Referral, ProtocolDocument]:
    referral = queries.open_draft(work(), referral_id, for_change=for_change)
    return referral, protocols.in_force(work(), referral.borough_gss).document


@bp.get("/<uuid:referral_id>/draft")
def draft(referral_id: UUID) -> ResponseReturnValue:
    """Show the steps of a draft and where each stands."""
    referral, document = _draft(referral_id)
    if not referral.is_draft:
        return redirect(url_for("referrals.sent", referral_id=referral_id))
    steps = referral_draft.steps(referral, document, today())
    return render_template("referrals/draft.html", referral=referral, steps=steps)


@bp.route("/<uuid:referral_id>/draft/<key>", methods=["GET", "POST"])
def step(referral_id: UUID, key: str) -> ResponseReturnValue:
    """Show or save one step. What was typed is kept whether it is right or not."""
    if key not in STEPS:
        raise NotFound
    referral, document = _draft(referral_id, for_change=request.method == "POST")
    if not referral.is_draft:
        return redirect(url_for("referrals.sent", referral_id=referral_id))
    if request.method == "POST":
        return _save(referral, document, key)
    form = referral_draft.form_for(key, referral.body.typed.get(key), document, today(), **_start_of(key))
    if key in referral.body.typed:
        form.validate()
    return _step_page(referral, document, key, form)


def _start_of(key: str) -> dict[str, str]:
    user_id = actor().user_id
    if key != "about-you" or user_id is None:
        return {}
    head = identity.users(work(), [user_id])[user_id].head
    return {"referrer_name": head.name, "referrer_role": head.job_title}


def _save(referral: Referral, document: ProtocolDocument, key: str) -> ResponseReturnValue:
    typed = {name: values for name, values in answers_as_typed().items() if name != "action"}
    commands.save_step(work(), referral, key, typed)
    if request.form.get("action") == "later":
        flash(f"Draft {referral.reference} is saved. You can come back to it at any time")
        return redirect(url_for("referrals.listing"))
    form = referral_draft.form_for(key, typed, document, today())
    if not form.validate():
        page = _step_page(referral, document, key, form)
        return page, UNPROCESSABLE
    following = referral_draft.after(key)
    if following is None or request.args.get("check"):
        return redirect(url_for("referrals.check", referral_id=referral.id))
    return redirect(url_for("referrals.step", referral_id=referral.id, key=following))


def _step_page(referral: Referral, document: ProtocolDocument, key: str, form: StepForm) -> str:
    keys = list(STEPS)
    place = keys.index(key)
    before = url_for("referrals.step", referral_id=referral.id, key=keys[place - 1]) if place else None
    return render_template(
        "referrals/step.html",
        referral=referral,
        form=form,
        key=key,
        number=place + 1,
        of=len(keys),
        document=document,
        back_href=before or url_for("referrals.draft", referral_id=referral.id),
    )


@bp.post("/<uuid:referral_id>/another")
def another(referral_id: UUID) -> ResponseReturnValue:
    """Begin the same referral for one more young person."""
    referral, _ = _draft(referral_id, for_change=True)
    if not referral.is_draft:
        return redirect(url_for("referrals.sent", referral_id=referral_id))
    added = commands.add_another(work(), referral)
    flash(f"Draft {added.reference} is for the other young person. What you said about the worry is copied: check it")
    return redirect(url_for("referrals.step", referral_id=added.id, key=next(iter(STEPS))))


@bp.route("/<uuid:referral_id>/discard", methods=["GET", "POST"])
def discard(referral_id: UUID) -> ResponseReturnValue:
    """Delete a draft."""
    referral, _ = _draft(referral_id, for_change=request.method == "POST")
    if not referral.is_draft:
        return redirect(url_for("referrals.sent", referral_id=referral_id))
    form = SaveForm()
    if form.validate_on_submit():
        flash(f"Draft {referral.reference} is deleted")
        commands.discard(work(), referral)
        return redirect(url_for("referrals.listing"))
    return render_template("referrals/discard.html", referral=referral, form=form)


@bp.get("/<uuid:referral_id>/check")
def check(referral_id: UUID) -> ResponseReturnValue:
    """Show every answer before it is sent."""
    referral, document = _draft(referral_id)
    if not referral.is_draft:
        return redirect(url_for("referrals.sent", referral_id=referral_id))
    return _check_page(referral, document)


def _check_page(referral: Referral, document: ProtocolDocument) -> str:
    steps = referral_draft.steps(referral, document, today())
    borough = identity.boroughs(work(), {referral.borough_gss})[0]
    together = [
        (other, all(step.valid for step in referral_draft.steps(other, document, today())))
        for other in queries.batch_of(work(), referral)
    ]
    return render_template(
        "referrals/check.html",
        referral=referral,
        steps=steps,
        complete=all(step.valid for step in steps) and all(ready for _, ready in together),
        together=together,
        borough=borough,
        save=SaveForm(formdata=None),
    )


@bp.post("/<uuid:referral_id>/send")
def send(referral_id: UUID) -> ResponseReturnValue:
    """Send the referral, and those made with it for other young people; a second click finds them sent."""
    referral, document = _draft(referral_id, for_change=True)
    if referral.is_draft:
        together = [referral, *queries.batch_of(work(), referral)]
        written = [referral_draft.steps(each, document, today()) for each in together]
        if not all(step.valid for steps in written for step in steps):
            return _check_page(referral, document), UNPROCESSABLE
        for each, steps in zip(together, written, strict=True):
            commands.submit(work(), each, referral_draft.answers(steps))
    return redirect(url_for("referrals.sent", referral_id=referral_id))


@bp.get("/<uuid:referral_id>/sent")
def sent(referral_id: UUID) -> ResponseReturnValue:
    """Give the reference and say what happens next."""
    referral, _ = _draft(referral_id)
    if referral.is_draft:
        return redirect(url_for("referrals.check", referral_id=referral_id))
    due = duties.decision_due(work(), [referral.id]).get(referral.id)
    together = queries.batch_of(work(), referral)
    return render_template("referrals/sent.html", referral=referral, due=due, together=together)


@bp.get("/<uuid:referral_id>")
def show(referral_id: UUID) -> ResponseReturnValue:
    """Show a referral: to the borough to decide on, to the referring agency with what came of it."""
    if queries.is_own_draft(work(), referral_id):
        return redirect(url_for("referrals.draft", referral_id=referral_id))
    referral = queries.open_referral(work(), referral_id)
    decides = permits(actor(), Permission.REFERRAL_DECIDE, referral)
    found = duties.about(work(), referral.id) if decides else []
    return render_template(
        "referrals/show.html",
        referral=referral,
        answers=referral.answers,
        agency=identity.agency(work(), referral.from_agency_id),
        borough=identity.boroughs(work(), {referral.borough_gss})[0],
        decision=queries.decision_on(work(), referral),
        due=duties.decision_due(work(), [referral.id]).get(referral.id),
        duties=found,
        decides=decides,
        **_course(referral, decides=decides),
        document=protocols.in_force(work(), referral.borough_gss).document,
        ethnicities=dict(ETHNICITIES),
        today=today(),
        now=work().now,
    )


def _receivers(offers: Iterable[ReferralOffer]) -> dict[str | UUID | None, str]:
    named: dict[str | UUID | None, str] = {}
    named.update(_names({offer.to_gss for offer in offers if offer.to_gss}))
    agencies = {offer.to_agency_id for offer in offers if offer.to_agency_id}
    named.update((each, identity.agency(work(), each).name) for each in agencies)
    return named


def _course(referral: Referral, *, decides: bool) -> dict[str, object]:
    """Give what has happened to a referral on its way, as far as the actor may see it."""
    claimer = referral.claimed_by if decides else None
    offers = triage.offers(work(), referral)
    return {
        "claimed_by": identity.users(work(), [claimer])[claimer].head.name if claimer else "",
        "claimed_by_actor": claimer == actor().user_id,
        "held_by_another": referral.held_by_another(actor().user_id, at=work().now),
        "came_back": decides and referral.id in triage.bounced(work(), [referral]),
        "questions": triage.questions(work(), referral),
        "answers_questions": permits(actor(), Permission.REFERRAL_ANSWER, referral),
        "offers": offers,
        "offer_names": _receivers(offers),
        "receives": referral.state is ReferralState.REDIRECTED
        and permits(actor(), Permission.REFERRAL_RECEIVE, referral),
        "withdraws": permits(actor(), Permission.REFERRAL_WITHDRAW, referral),
        "together": queries.batch_of(work(), referral),
    }
