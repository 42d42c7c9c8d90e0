"""The pages on which borough is responsible: claims, their answers, and taking a case over."""

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Borough
from cse_tracker.responsibility import commands, queries
from cse_tracker.responsibility.model import Claim
from cse_tracker.responsibility.rules import FOOTINGS, TRANSITIONS, WORDS, ClaimState, Footing, days_in_dispute
from cse_tracker.web.case_forms import UNPROCESSABLE, form_page
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm, carried_out, done
from cse_tracker.web.forms.responsibility import AnswerForm, ClaimForm, TakeOverForm
from cse_tracker.work.errors import NotFound

bp = Blueprint("responsibility", __name__, url_prefix="/responsibility")
# What each act leads to, what its page is called, and whether only the borough claimed on may do it.
ACTS: Final = {
    "acknowledge": (ClaimState.NOTIFIED, "Confirm that you have received it", True),
    "accept": (ClaimState.ACCEPTED, "Accept", True),
    "dispute": (ClaimState.DISPUTED, "Dispute", True),
    "escalate": (ClaimState.ESCALATED, "Take it upstairs", False),
    "decide": (ClaimState.DECIDED, "Record what was decided", False),
    "withdraw": (ClaimState.WITHDRAWN, "Withdraw", False),
}


def _boroughs() -> dict[str, Borough]:
    return {borough.gss: borough for borough in identity.boroughs(work())}


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the claims between the actor's boroughs and others."""
    rows = queries.in_sight(work())
    return render_template("responsibility/listing.html", rows=rows, boroughs=_boroughs(), words=WORDS, now=work().now)


@bp.route("/assert/<uuid:case_id>", methods=["GET", "POST"])
def claim(case_id: UUID) -> ResponseReturnValue:
    """Say that another borough is responsible for a young person."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = ClaimForm()
    covered = identity.boroughs_with_a_lead_officer(work())
    form.offer([borough for borough in covered if borough.gss != row.case.borough_gss])
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: _claim(row, form))
        if made is not None:
            flash("The other borough is told. Until it has taken over, this borough stays responsible")
            return redirect(url_for("responsibility.show", claim_id=made.id))
    return form_page("responsibility/assert.html", form, row)


def _claim(row: CaseRow, form: ClaimForm) -> Claim:
    cases.check_revision(row.case, form.revision.data or 0)
    paper = commands.ClaimForm(
        to_gss=form.to_gss.data,
        footing=Footing(form.footing.data),
        since=form.since.data,
        evidence=form.evidence.data,
        summary=form.summary.data,
        is_there_now=form.is_there_now.data == "yes",
    )
    return commands.assert_other(work(), row.case, paper)


@bp.get("/<uuid:claim_id>")
def show(claim_id: UUID) -> ResponseReturnValue:
    """Show one claim to either borough."""
    found = queries.open_claim(work(), claim_id)
    steps = [(step.state, step.at) for step in found.body.steps]
    return render_template(
        "responsibility/show.html",
        claim=found,
        boroughs=_boroughs(),
        names=identity.names(work(), {step.by for step in found.body.steps}),
        words=WORDS,
        footings=FOOTINGS,
        acts=_acts(found),
        sides=commands.sides(work(), found),
        days=days_in_dispute(steps, work().now),
    )


def _acts(found: Claim) -> list[tuple[str, str]]:
    """Give the steps that the actor can take now, each with its words."""
    sides = commands.sides(work(), found)
    reachable = TRANSITIONS[found.state]
    if found.state is ClaimState.ASSERTED:
        # An answer says by itself that the claim was received.
        reachable |= TRANSITIONS[ClaimState.NOTIFIED]
    acts = [
        (act, title)
        for act, (state, title, only_other) in ACTS.items()
        if state in reachable and (not only_other or found.to_gss in sides)
    ]
    may_withdraw = found.from_gss in sides or found.state is ClaimState.ACCEPTED
    return [each for each in acts if each[0] != "withdraw" or may_withdraw]


@bp.route("/<uuid:claim_id>/step/<act>", methods=["GET", "POST"])
def act(claim_id: UUID, act: str) -> ResponseReturnValue:
    """Take one step with a claim."""
    found = queries.open_claim(work(), claim_id, for_change=request.method == "POST")
    if act not in ACTS or (request.method == "GET" and act not in dict(_acts(found))):
        raise NotFound
    boroughs, sides, form = _boroughs(), commands.sides(work(), found), AnswerForm()
    form.offer(act, [boroughs[gss] for gss in sides], [boroughs[found.from_gss], boroughs[found.to_gss]])
    if form.validate_on_submit() and done(work(), form, lambda: _take(found, act, form, sides)):
        flash("Recorded. The other borough is told")
        return redirect(url_for("responsibility.show", claim_id=claim_id))
    return _page("responsibility/act.html", form, found, act=act, title=ACTS[act][1])


def _take(found: Claim, act: str, form: AnswerForm, sides: list[str]) -> None:
    cases.check_revision(found, form.revision.data or 0)
    for_gss = form.for_gss.data if "for_gss" in form else sides[0]
    note = form.note.data or "" if "note" in form else ""
    match act:
        case "acknowledge":
            commands.acknowledge(work(), found, note=note)
        case "accept":
            commands.accept(work(), found, note=note)
        case "dispute":
            commands.dispute(work(), found, note=note)
        case "escalate":
            commands.escalate(work(), found, for_gss=for_gss, to_whom=form.to_whom.data, note=note)
        case "decide":
            responsible, decided_by = form.responsible_gss.data or "", form.decided_by.data
            commands.record_ruling(work(), found, for_gss=for_gss, responsible_gss=responsible, decided_by=decided_by)
        case _:
            commands.withdraw(work(), found, for_gss=for_gss, note=note)


@bp.route("/<uuid:claim_id>/take-over", methods=["GET", "POST"])
def take_over(claim_id: UUID) -> ResponseReturnValue:
    """Take a case over in writing, for a young person new here or known already."""
    found = queries.open_claim(work(), claim_id, for_change=request.method == "POST")
    candidates = queries.candidates(work(), found)
    form = TakeOverForm()
    form.offer(candidates)
    if form.validate_on_submit():
        chosen = None if form.person.data == "new" else UUID(form.person.data)
        made = carried_out(work(), form, lambda: _take_over(found, chosen, form.note.data))
        if made is not None:
            flash("The case is yours now. An assessment is due")
            return redirect(url_for("cases.show", case_id=made.id))
    return _page("responsibility/take_over.html", form, found, candidates=candidates)


def _take_over(found: Claim, person_id: UUID | None, note: str) -> Case:
    return commands.take_over(work(), found, person_id=person_id, note=note)


def _page(template: str, form: RevisionForm, found: Claim, **more: object) -> ResponseReturnValue:
    stale = form.stale
    if stale:
        form.form_errors.append("The other borough answered while you were writing. Check it, then send yours again")
    if stale or not form.is_submitted():
        form.show(found.revision)
    page = render_template(template, form=form, claim=found, boroughs=_boroughs(), words=WORDS, **more)
    wrong = stale or bool(form.errors) or bool(form.form_errors)
    return page, (409 if stale else UNPROCESSABLE) if wrong else 200
