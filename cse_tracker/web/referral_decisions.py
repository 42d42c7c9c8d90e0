"""The pages on which a borough's lead officer decides on a referral."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.people import queries as people
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import HowTold, Referral
from cse_tracker.triage import commands as triage
from cse_tracker.triage import queries as triage_queries
from cse_tracker.triage.model import Verdict
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.referrals import AcceptForm, ChoiceForm, DeclineForm, SaveForm, ToldForm
from cse_tracker.web.referral_page import referral_page
from cse_tracker.web.referrals import today

bp = Blueprint("decisions", __name__, url_prefix="/referrals")


def _to_decide(referral_id: UUID) -> Referral:
    referral = queries.open_referral(work(), referral_id, for_change=request.method == "POST")
    require(work().actor, Permission.REFERRAL_DECIDE, referral)
    return referral


@bp.post("/<uuid:referral_id>/read")
def confirm_read(referral_id: UUID) -> ResponseReturnValue:
    """Say as the referring agency that one has read the decision."""
    referral = queries.open_referral(work(), referral_id, for_change=True)
    require(work().actor, Permission.REFERRAL_ANSWER, referral)
    if done(work(), SaveForm(), lambda: commands.confirm_read(work(), referral)):
        flash("Thank you. The borough knows that you have its answer")
    return redirect(url_for("referrals.show", referral_id=referral_id))


@bp.route("/<uuid:referral_id>/told", methods=["GET", "POST"])
def told(referral_id: UUID) -> ResponseReturnValue:
    """Record how the referrer was told, where they have not confirmed it themselves."""
    referral = _to_decide(referral_id)
    form = ToldForm()
    if form.validate_on_submit() and done(
        work(), form, lambda: commands.record_told(work(), referral, HowTold(form.how.data))
    ):
        flash(f"Feedback on referral {referral.reference} is no longer owed")
        return redirect(url_for("referrals.show", referral_id=referral_id))
    page = render_template("referrals/told.html", referral=referral, form=form)
    return page, status_of(form)


@bp.route("/<uuid:referral_id>/decide", methods=["GET", "POST"])
def decide(referral_id: UUID) -> ResponseReturnValue:
    """Compare with the young people already known, and choose."""
    referral = _to_decide(referral_id)
    if referral.is_decided:
        flash(f"Referral {referral.reference} has been decided already")
        return redirect(url_for("referrals.show", referral_id=referral_id))
    candidates = queries.matches(work(), referral)
    form = ChoiceForm()
    known = [(str(one.person.id), f"The same as number {place}") for place, one in enumerate(candidates, 1)]
    form.choice.choices = options(
        [
            *known,
            ("new", "Somebody new to us: open a new case"),
            ("advise", "Give advice only"),
            *([("pass_on", "Another agency helps, and has said yes")] if referral.is_agreed else []),
            ("offer", "Offer it to another borough or agency"),
            ("decline", "Decline this referral"),
        ]
    )
    form.unsure.choices = [(key, f"I am not sure about number {place}") for place, (key, _) in enumerate(known, 1)]
    if form.validate_on_submit():
        verdicts = _verdicts(form, [one.person.id for one in candidates])
        if done(work(), form, lambda: triage.compare(work(), referral, verdicts)):
            return redirect(_onward(referral_id, form.choice.data))
    page = render_template(
        "referrals/decide.html",
        referral=referral,
        answers=referral.answers,
        candidates=candidates,
        cases=cases.open_cases_of(work(), [one.person.id for one in candidates]),
        compared=triage_queries.comparisons(work(), referral),
        form=form,
        today=today(),
    )
    return page, status_of(form)


def _verdicts(form: ChoiceForm, known: list[UUID]) -> dict[UUID, Verdict]:
    """Say what the choice means for each young person shown: who is accepted as somebody is not the others."""
    unsure = set(form.unsure.data or [])
    settles = form.choice.data not in ("advise", "offer", "decline", "pass_on")
    found = {}
    for person_id in known:
        if form.choice.data == str(person_id):
            found[person_id] = Verdict.SAME
        elif str(person_id) in unsure:
            found[person_id] = Verdict.UNDECIDED
        elif settles:
            found[person_id] = Verdict.DIFFERENT
    return found


def _onward(referral_id: UUID, choice: str) -> str:
    if choice == "new":
        return url_for("decisions.accept", referral_id=referral_id)
    others = {
        "decline": "decisions.decline",
        "advise": "triage.advise",
        "offer": "triage.offer",
        "pass_on": "triage.pass_on",
    }
    if choice in others:
        return url_for(others[choice], referral_id=referral_id)
    return url_for("decisions.join", referral_id=referral_id, person_id=UUID(choice))


@bp.route("/<uuid:referral_id>/accept", methods=["GET", "POST"])
def accept(referral_id: UUID) -> ResponseReturnValue:
    """Accept as a new case."""
    referral = _to_decide(referral_id)
    form = AcceptForm()
    if form.validate_on_submit():
        case = _carried_out(form, lambda: commands.accept_as_new(work(), referral, _accepted(form)))
        if case is not None:
            flash(f"Referral {referral.reference} is accepted and the referrer is told")
            return redirect(_case_or_services(form, case))
    return referral_page("referrals/accept.html", form, referral, person=None, case=None)


@bp.route("/<uuid:referral_id>/join/<uuid:person_id>", methods=["GET", "POST"])
def join(referral_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Accept for a young person already known."""
    referral = _to_decide(referral_id)
    person = people.open_person(work(), person_id)
    existing = cases.open_cases_of(work(), [person_id]).get(person_id)
    form = AcceptForm()
    if form.validate_on_submit():
        reply = _accepted(form)
        case = _carried_out(form, lambda: commands.accept_for_known(work(), referral, person_id, reply))
        if case is not None:
            flash(f"Referral {referral.reference} is joined to the case and the referrer is told")
            return redirect(_case_or_services(form, case))
    return referral_page("referrals/accept.html", form, referral, person=person, case=existing)


def _carried_out(form: AcceptForm, accept: Callable[[], Case]) -> Case | None:
    def act() -> Case:
        case = accept()
        if form.onward.data:
            case_commands.expect_service(work(), case)
        return case

    return carried_out(work(), form, act)


def _case_or_services(form: AcceptForm, case: Case) -> str:
    return url_for("outbound.of_case" if form.onward.data else "cases.show", case_id=case.id)


def _accepted(form: AcceptForm) -> commands.Reply:
    return commands.Reply(reason_key="", reason_label="", note=form.note.data or "")


@bp.route("/<uuid:referral_id>/decline", methods=["GET", "POST"])
def decline(referral_id: UUID) -> ResponseReturnValue:
    """Decline with a coded reason and words for the referrer."""
    referral = _to_decide(referral_id)
    reasons = protocols.in_force(work(), referral.borough_gss).document.decline_reasons
    form = DeclineForm()
    form.offer(reasons)
    if form.validate_on_submit():
        labels = {reason.key: reason.label for reason in reasons}
        reply = commands.Reply(reason_key=form.reason.data, reason_label=labels[form.reason.data], note=form.note.data)
        if done(work(), form, lambda: commands.decline(work(), referral, reply)):
            flash(f"Referral {referral.reference} is declined and the referrer is told why")
            return redirect(url_for("referrals.show", referral_id=referral_id))
    return referral_page("referrals/decline.html", form, referral)
