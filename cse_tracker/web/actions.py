"""The pages of actions: an agency's list, and one action with what may be done with it."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.actions import commands, queries
from cse_tracker.actions.model import WORDS, Action, ActionState
from cse_tracker.cases import commands as case_commands
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.reference import reference
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.agenda import ActionForm, DoneForm, OfferForm
from cse_tracker.web.forms.answering import done, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.work.errors import NotFound

bp = Blueprint("actions", __name__, url_prefix="/actions")
S = ActionState
# What may be done with an action, in the words of the page: heading, question, button.
ACTS = {
    "accept": ("Agree to do it", "", "Agree"),
    "refuse": ("Not agree", "Why does your agency not agree?", "Say so"),
    "start": ("Begin", "", "It has begun"),
    "block": ("Say what stops it", "What stops it?", "Record it"),
    "done": ("Record that it is done", "", "It is done"),
    "offer": ("Ask another agency to take it over", "", "Ask"),
    "take": ("Take it over", "Anything to add?", "Take it over"),
    "leave": ("Not take it over", "Why can your agency not take it over?", "Say so"),
    "verify": ("Verify it", "What have you seen? (optional)", "It is done"),
    "send-back": ("Send it back", "What is still to be done?", "Send it back"),
    "cancel": ("Cancel it", "Why is it not needed any more?", "Cancel the action"),
}


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the actions of one's agency, and of the boroughs one leads."""
    over = request.args.get("over") == "yes"
    rows = queries.in_sight(work(), over=over)
    return render_template(
        "actions/listing.html",
        rows=rows,
        over=over,
        duties=queries.duties_of(work(), rows),
        agencies=identity.agencies(work(), [row.owner_agency_id for row in rows]),
        words=WORDS,
        reference=reference,
        own=actor().agency_id,
        now=work().now,
    )


@bp.get("/<uuid:action_id>")
def show(action_id: UUID) -> ResponseReturnValue:
    """Show one action with its course."""
    action = queries.open_action(work(), action_id)
    agencies = identity.agencies(
        work(), [action.owner_agency_id, *([action.offered_to_id] if action.offered_to_id else [])]
    )
    duty = queries.duties_of(work(), [action]).get(action.duty_id)
    steps = action.body.steps
    holders = _holders(action)
    return render_template(
        "actions/show.html",
        action=action,
        agencies=agencies,
        duty=duty,
        acts=[(key, ACTS[key][0]) for key in _possible(action)],
        names=identity.names(work(), [*(step.by for step in steps), *holders]),
        holders=holders,
        leads=permits(actor(), Permission.ACTION_STEER, action),
        case_reference=reference("C", action.case_id) if action.case_id else "",
        meeting_reference=reference("M", action.meeting_id),
        words=WORDS,
        now=work().now,
    )


def _holders(action: Action) -> list[UUID]:
    posts = identity.post_holders(work(), borough_gss=action.borough_gss, kind=action.body.post)
    return [post.holder_id for post in posts if post.agency_id == action.owner_agency_id]


def _possible(action: Action) -> list[str]:
    steers = permits(actor(), Permission.ACTION_STEER, action)
    owns = steers or actor().agency_id == action.owner_agency_id
    offered = action.is_open and action.offered_to_id is not None and actor().agency_id == action.offered_to_id
    found: list[str] = ["take", "leave"] if offered else []
    if owns and action.state is S.PROPOSED:
        found += ["accept", "refuse", "offer"]
    if owns and action.state in {S.AGREED, S.BLOCKED}:
        found.append("start")
    if owns and action.state in {S.AGREED, S.IN_PROGRESS, S.BLOCKED}:
        found += ["done", *(["block"] if action.state is not S.BLOCKED else []), "offer"]
    if steers and action.state is S.DONE:
        found += ["verify", "send-back"]
    if steers and action.is_open:
        found.append("cancel")
    return found


@bp.route("/<uuid:action_id>/<act>", methods=["GET", "POST"])
def act(action_id: UUID, act: str) -> ResponseReturnValue:
    """Do one thing with an action."""
    action = queries.open_action(work(), action_id, for_change=request.method == "POST")
    if act not in ACTS:
        raise NotFound
    if act not in _possible(action):
        flash(f"This action is {WORDS[action.state]}, so that cannot be done with it")
        return redirect(url_for("actions.show", action_id=action_id))
    form = _form(act, action)
    heading, question, button = ACTS[act]
    if question:
        form.note.label.text = question
    if form.validate_on_submit() and done(work(), form, lambda: _do(act, action, form)):
        flash("Recorded")
        # An agency that does not take it over sees it no more.
        still = permits(actor(), Permission.ACTION_VIEW, action)
        return redirect(url_for("actions.show", action_id=action_id) if still else url_for("actions.listing"))
    if form.stale or not form.is_submitted():
        form.show(action.revision)
    page = render_template(
        "actions/act.html",
        form=form,
        action=action,
        heading=heading,
        asks=bool(question) or act in {"done", "offer"},
        button=button,
    )
    return page, 409 if form.stale else status_of(form)


def _form(act: str, action: Action) -> ActionForm:
    if act == "done":
        form = DoneForm()
        if not form.is_submitted():
            form.fill(work().today)
        return form
    if act == "offer":
        offer = OfferForm()
        posts = identity.post_holders(work(), borough_gss=action.borough_gss, kind=PostKind.MEETING_CONTACT)
        able = identity.agencies(work(), {post.agency_id for post in posts} - {action.owner_agency_id})
        offer.agency.choices = options(
            [("", "Choose an agency"), *((str(key), each.name) for key, each in able.items())]
        )
        return offer
    return ActionForm()


def _do(act: str, action: Action, form: ActionForm) -> None:
    case_commands.check_revision(action, form.revision.data or 0)
    note = form.note.data or ""
    meeting = reference("M", action.meeting_id)
    plain: dict[str, Callable[[], object]] = {
        "accept": lambda: commands.accept(work(), action),
        "refuse": lambda: commands.refuse(work(), action, reason=note),
        "start": lambda: commands.start(work(), action),
        "block": lambda: commands.block(work(), action, reason=note),
        "done": lambda: commands.finish(work(), action, evidence=note, done_on=form["done_on"].data),
        "offer": lambda: commands.offer(work(), action, agency_id=UUID(form["agency"].data), reason=note),
        "take": lambda: _answer(action, note, meeting, taken=True),
        "leave": lambda: _answer(action, note, meeting, taken=False),
        "verify": lambda: commands.verify(work(), action, note=note),
        "send-back": lambda: commands.send_back(
            work(), action, reason=note, protocol=protocols.in_force(work(), action.borough_gss), reference=meeting
        ),
        "cancel": lambda: commands.cancel(work(), action, reason=note),
    }
    plain[act]()


def _answer(action: Action, note: str, meeting: str, *, taken: bool) -> None:
    protocol = protocols.in_force(work(), action.borough_gss)
    commands.answer_offer(work(), action, taken=taken, note=note, reference=meeting, protocol=protocol)
