"""The pages of referrals to services: choose, decide what leaves, look at it, send, follow, revoke."""

from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from cse_tracker.access.decisions import permits, require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.queries import CaseRow
from cse_tracker.directory import queries as directory
from cse_tracker.directory.rules import unsuitable
from cse_tracker.duties import queries as duties
from cse_tracker.identity import queries as identity
from cse_tracker.onetime import commands as onetime
from cse_tracker.onetime import queries as onetime_queries
from cse_tracker.onetime.rules import CodeWay
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import following, sending
from cse_tracker.outbound.commands.gaps import note_no_service
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import AGREEMENTS, DECLINES, LIVE, OUTCOMES, SECTIONS, UNDECIDED, Leaf, OutboundState
from cse_tracker.sharing.model import FOOTINGS
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.outbound import LinkForm, PlanForm, RevokeForm, SearchForm, WordsForm, acts_from
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound

bp = Blueprint("outbound", __name__)
UNPROCESSABLE: Final = 422
GAPS_SHOWN: Final = timedelta(days=366)


def _opened(outbound_id: UUID, permission: Permission) -> OutboundReferral:
    outbound = queries.open_outbound(work(), outbound_id, for_change=request.method == "POST")
    require(actor(), permission, outbound)
    return outbound


def _back(outbound: OutboundReferral, told: str) -> ResponseReturnValue:
    flash(told)
    return redirect(url_for("outbound.show", outbound_id=outbound.id))


@bp.get("/outbound/")
def listing() -> ResponseReturnValue:
    """Show the referrals to services in sight; to a manager by reference only."""
    practises = actor().boroughs_as(Role.LEAD_OFFICER) | actor().boroughs_as(Role.REFERRER)
    rows = queries.in_sight(work()) if practises else queries.overseen(work())
    services = directory.named(work(), [row.service_id for row in rows])
    template = "outbound/listing.html" if practises else "outbound/overseen.html"
    return render_template(
        template,
        drafts=[row for row in rows if row.state is OutboundState.DRAFT],
        waiting=sorted(
            (r for r in rows if r.state in UNDECIDED), key=lambda r: (r.state.value != "no_response", r.sent_at)
        ),
        accepted=[row for row in rows if row.state in LIVE - UNDECIDED],
        over=[row for row in rows if row.state is not OutboundState.DRAFT and row.state not in LIVE],
        services=services,
        leads=actor().boroughs_as(Role.LEAD_OFFICER),
        now=work().now,
    )


@bp.get("/cases/<uuid:case_id>/services")
def of_case(case_id: UUID) -> ResponseReturnValue:
    """Show a case's referrals to services, and find another service."""
    row = case_queries.open_case(work(), case_id)
    form = SearchForm(request.args)
    boroughs = identity.boroughs(work())
    form.borough.choices = options([("", "Any"), *((each.gss, each.name) for each in boroughs)])
    age = row.person.head.age_on(work().today)
    if not request.args:
        form.borough.data, form.age.data = row.case.borough_gss, age
        form.sex.data = row.person.head.sex.value if row.person.head.sex.value in {"F", "M"} else ""
    valid = not request.args or form.validate()
    found = directory.search(work(), form.search()) if valid else []
    rows = queries.of_case(work(), case_id)
    return render_template(
        "outbound/of_case.html",
        row=row,
        form=form,
        found=found,
        rows=rows,
        services=directory.named(work(), [each.service_id for each in rows]),
        names={each.gss: each.name for each in boroughs},
        none_form=FlaskForm(),
        now=work().now,
    ), 200 if valid else UNPROCESSABLE


@bp.post("/cases/<uuid:case_id>/services/none")
def no_service(case_id: UUID) -> ResponseReturnValue:
    """Note that no service was found."""
    row = case_queries.open_case(work(), case_id, for_change=True)
    form = FlaskForm()
    if done(work(), form, lambda: note_no_service(work(), row.case, row.person)):
        flash("Noted as a gap in services. It is counted for the borough, without saying who it was")
    else:
        flash("Nothing was noted: this case is not open")
    return redirect(url_for("outbound.of_case", case_id=case_id))


@bp.route("/cases/<uuid:case_id>/services/<uuid:service_id>", methods=["GET", "POST"])
def prepare(case_id: UUID, service_id: UUID) -> ResponseReturnValue:
    """Say what is asked of a service and what it may know."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    found = directory.open_service(work(), service_id)
    form = PlanForm()
    if not form.is_submitted():
        form.begin()
    if form.validate_on_submit():
        made = carried_out(
            work(),
            form,
            lambda: sending.prepare(work(), row.case, found.service, form.plan(), outbound_id=form.thing_id(NotFound)),
        )
        if made is not None:
            return redirect(url_for("outbound.check", outbound_id=made.id))
    return _plan_page(row, found, form, url_for("outbound.of_case", case_id=case_id))


def _plan_page(row: CaseRow, found: directory.Found, form: PlanForm, back_href: str) -> ResponseReturnValue:
    age = row.person.head.age_on(work().today)
    hints = unsuitable(found.service.entry, age=age, sex=row.person.head.sex.value, borough_gss=row.case.borough_gss)
    page = render_template("outbound/plan.html", row=row, found=found, form=form, hints=hints, back_href=back_href)
    return page, status_of(form)


@bp.route("/outbound/<uuid:outbound_id>/change", methods=["GET", "POST"])
def change(outbound_id: UUID) -> ResponseReturnValue:
    """Change a draft."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    row = case_queries.open_case(work(), outbound.case_id)
    form = PlanForm()
    if not form.is_submitted():
        form.fill(outbound.body.plan)
    if form.validate_on_submit() and done(work(), form, lambda: sending.change(work(), outbound, form.plan())):
        return redirect(url_for("outbound.check", outbound_id=outbound.id))
    found = directory.open_service(work(), outbound.service_id)
    return _plan_page(row, found, form, url_for("outbound.check", outbound_id=outbound.id))


class CheckForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token: what is sent is what the page shows."""


def seen_as(leaving: tuple[Leaf, ...]) -> str:
    """Give a digest of what a page shows, so that nothing else is sent than what was looked at."""
    return sha256(repr([(leaf.section, leaf.lines) for leaf in leaving]).encode()).hexdigest()


@bp.route("/outbound/<uuid:outbound_id>/check", methods=["GET", "POST"])
def check(outbound_id: UUID) -> ResponseReturnValue:
    """Show word for word what would leave, and send it."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    if outbound.state is not OutboundState.DRAFT:
        return redirect(url_for("outbound.show", outbound_id=outbound_id))
    row = case_queries.open_case(work(), outbound.case_id, for_change=request.method == "POST")
    leaving = queries.leaving(work(), row, outbound.body.plan.sections)
    form = CheckForm()
    if form.validate_on_submit():
        if request.form.get("seen") != seen_as(leaving):
            form.form_errors.append("The case has changed since you looked. Check again what would be shared")
        elif done(work(), form, lambda: sending.send(work(), outbound, row.case, leaving)):
            if outbound.way.value == "link":
                flash("Sent. This service has no account: send it a link now")
                return redirect(url_for("outbound.link", outbound_id=outbound.id))
            return _back(outbound, "Sent. You are told when the service answers, and when it does not")
    page = render_template(
        "outbound/check.html",
        outbound=outbound,
        row=row,
        leaving=leaving,
        seen=seen_as(leaving),
        form=form,
        found=directory.open_service(work(), outbound.service_id),
        left_out=[words for section, words in SECTIONS.items() if section not in outbound.body.plan.sections],
        footings=FOOTINGS,
        agreements=AGREEMENTS,
    )
    return page, status_of(form)


@bp.post("/outbound/<uuid:outbound_id>/discard")
def discard(outbound_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    case_id = outbound.case_id
    if not done(work(), FlaskForm(), lambda: sending.discard(work(), outbound)):
        return _back(outbound, "It has been sent already, so it can no longer be thrown away")
    flash("The draft is thrown away")
    return redirect(url_for("outbound.of_case", case_id=case_id))


@bp.get("/outbound/<uuid:outbound_id>")
def show(outbound_id: UUID) -> ResponseReturnValue:
    """Show one referral: to the borough with its links, to the service what was shared."""
    outbound = queries.open_outbound(work(), outbound_id)
    if outbound.state is OutboundState.DRAFT:
        return redirect(url_for("outbound.check", outbound_id=outbound_id))
    ours = permits(actor(), Permission.OUTBOUND_PREPARE, outbound)
    links = onetime_queries.links_of(work(), outbound) if ours else []
    steps = queries.steps(work(), outbound)
    return render_template(
        "outbound/show.html",
        outbound=outbound,
        found=directory.open_service(work(), outbound.service_id),
        borough=identity.borough(work(), outbound.borough_gss),
        steps=steps,
        names=identity.names(work(), [step.body.by for step in steps]),
        ours=ours,
        links=links,
        letters=onetime_queries.letters_of(work(), links) if links else {},
        duties=[duty for duty in duties.about(work(), outbound.id) if duty.is_open] if ours else [],
        acts=acts_from(outbound.state),
        undecided=outbound.state in UNDECIDED,
        declines=DECLINES,
        outcomes=OUTCOMES,
        footings=FOOTINGS,
        agreements=AGREEMENTS,
        plain_form=FlaskForm(),
        now=work().now,
    )


@bp.route("/outbound/<uuid:outbound_id>/reply", methods=["GET", "POST"])
def reply(outbound_id: UUID) -> ResponseReturnValue:
    """Write to the service."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    form = WordsForm()
    if form.validate_on_submit() and done(work(), form, lambda: following.reply(work(), outbound, form.words.data)):
        return _back(outbound, "Written. The service sees it on the referral")
    return render_template("outbound/reply.html", outbound=outbound, form=form), status_of(form)


@bp.post("/outbound/<uuid:outbound_id>/chase")
def chase(outbound_id: UUID) -> ResponseReturnValue:
    """Remind the service."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    if done(work(), FlaskForm(), lambda: following.chase(work(), outbound)):
        return _back(outbound, "The service is reminded")
    return _back(outbound, "The service has answered already, or the referral is over")


@bp.route("/outbound/<uuid:outbound_id>/revoke", methods=["GET", "POST"])
def revoke(outbound_id: UUID) -> ResponseReturnValue:
    """Revoke a referral, as a lead officer or, by its reference alone, as a manager."""
    outbound = queries.to_revoke(work(), outbound_id, for_change=request.method == "POST")
    form = RevokeForm()
    if form.validate_on_submit() and done(work(), form, lambda: _revoke(outbound, form.reason.data)):
        flash(f"Referral {outbound.reference} is revoked. The service sees nothing of it any more")
        return redirect(url_for("outbound.listing"))
    page = render_template(
        "outbound/revoke.html",
        outbound=outbound,
        form=form,
        found=directory.named(work(), [outbound.service_id])[outbound.service_id],
    )
    return page, status_of(form)


def _revoke(outbound: OutboundReferral, reason: str) -> None:
    following.revoke(work(), outbound, reason=reason)
    onetime.revoke(work(), outbound)


@bp.route("/outbound/<uuid:outbound_id>/link", methods=["GET", "POST"])
def link(outbound_id: UUID) -> ResponseReturnValue:
    """Make a link and a code for a service without an account."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    found = directory.open_service(work(), outbound.service_id)
    form = LinkForm()
    if not form.is_submitted():
        form.address.data = found.service.email
    if form.validate_on_submit():
        paper = onetime.Addressing(
            address=form.address.data,
            code_way=CodeWay(form.code_way.data),
            second_address=form.second_address.data or "",
        )
        made = carried_out(work(), form, lambda: onetime.issue(work(), outbound, paper))
        if made is not None and made.code_to_tell:
            return render_template("outbound/code.html", outbound=outbound, code=made.code_to_tell, found=found)
        if made is not None:
            return _back(outbound, "The link and the code are on their way to two addresses")
    return render_template("outbound/link.html", outbound=outbound, form=form, found=found), status_of(form)


@bp.post("/outbound/<uuid:outbound_id>/link/end")
def end_link(outbound_id: UUID) -> ResponseReturnValue:
    """End every link to a referral."""
    outbound = _opened(outbound_id, Permission.OUTBOUND_PREPARE)
    onetime.revoke(work(), outbound)
    return _back(outbound, "The link opens nothing any more")


@bp.get("/outbound/gaps")
def gaps() -> ResponseReturnValue:
    """Show the gaps in services that showed in a year."""
    if not actor().boroughs_as(Role.LEAD_OFFICER):
        raise NotFound
    rows = queries.gaps(work(), work().now - GAPS_SHOWN, work().now + timedelta(seconds=1))
    return render_template("outbound/gaps.html", rows=rows, declines=DECLINES)
