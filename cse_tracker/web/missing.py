"""The pages of missing episodes: who is missing and the counts, one episode, and its return interview."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import queries as cases
from cse_tracker.identity import queries as identity
from cse_tracker.missing import commands, queries
from cse_tracker.missing.model import Account, Asked, Episode, Grading, Manner, Obstacle, Offer, ReturnInterview
from cse_tracker.missing.queries import OpenedEpisode
from cse_tracker.missing.rules import Kind
from cse_tracker.web.context import work
from cse_tracker.web.forms import missing as forms
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.work.errors import Conflict, RuleBroken

bp = Blueprint("missing", __name__, url_prefix="/missing")
CONFLICT, UNPROCESSABLE = 409, 422
F = TypeVar("F", bound=forms.EpisodeForm)


@dataclass(frozen=True)
class Page:
    """The words of one form's page."""

    title: str
    save: str
    done: str
    intro: str = ""


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Show who is missing now, and the counts by month, home and young person."""
    return render_template("missing/listing.html", overview=queries.overview(work()), now=work().now)


@bp.route("/report/<uuid:case_id>", methods=["GET", "POST"])
def report(case_id: UUID) -> ResponseReturnValue:
    """Report a young person missing or away."""
    row = cases.open_case(work(), case_id, for_change=request.method == "POST")
    form = forms.ReportForm()
    form.offer(queries.homes(work(), row.case.borough_gss))
    if form.validate_on_submit():
        episode = carried_out(work(), form, lambda: _report(row, form))
        if episode is not None:
            flash("Recorded. What this demands now is listed on the case under duties")
            return redirect(url_for("missing.show", episode_id=episode.id))
    if not form.once.data:
        form.begin()
    page = Page("Report missing", "Record", "")
    return _form_page(page, form, row.case.reference, url_for("cases.show", case_id=case_id))


def _damaged() -> RuleBroken:
    return RuleBroken("missing.once", "This form has been damaged. Go back to the case and begin again")


def _report(row: cases.CaseRow, form: forms.ReportForm) -> Episode:
    return commands.report(
        work(),
        row.case,
        commands.Report(
            kind=Kind(form.kind.data),
            starts_at=form.moment("started"),
            residence=form.residence(),
            reported_by=form.reported_by.data,
            circumstances=form.circumstances.data,
            police_reference=form.police_reference.data or "",
            grading=Grading(form.grading.data),
            ended_at=form.ended(),
            once=form.thing_id(_damaged),
        ),
    )


def _form_page(page: Page, form: forms.EpisodeForm, caption: str, back_href: str) -> ResponseReturnValue:
    body = render_template("missing/form.html", form=form, page=page, caption=caption, back_href=back_href)
    return body, CONFLICT if form.stale else status_of(form)


@bp.get("/<uuid:episode_id>")
def show(episode_id: UUID) -> ResponseReturnValue:
    """Show one episode with its return interview."""
    opened = queries.open_episode(work(), episode_id)
    names = identity.names(work(), [opened.episode.body.recorded_by])
    return render_template("missing/show.html", opened=opened, names=names, now=work().now, words=forms)


def _answering(
    episode_id: UUID,
    form: F,
    page: Page,
    act: Callable[[OpenedEpisode, F], object],
    opened: OpenedEpisode | None = None,
) -> ResponseReturnValue:
    """Show a form on an episode, or carry out what it asks for."""
    shown = opened or queries.open_episode(work(), episode_id, for_change=request.method == "POST")
    revision = shown.episode.revision + (shown.interview.revision if shown.interview else 0)
    if form.validate_on_submit() and done(work(), form, lambda: _fresh(form, revision, lambda: act(shown, form))):
        flash(page.done)
        return redirect(url_for("missing.show", episode_id=episode_id))
    if form.stale or not form.is_submitted():
        form.show(revision)
    return _form_page(page, form, shown.episode.reference, url_for("missing.show", episode_id=episode_id))


def _fresh(form: forms.EpisodeForm, revision: int, act: Callable[[], object]) -> None:
    if form.revision.data != revision:
        raise Conflict
    act()


@bp.route("/<uuid:episode_id>/return", methods=["GET", "POST"])
def back(episode_id: UUID) -> ResponseReturnValue:
    """Record that they are back."""

    def act(opened: OpenedEpisode, form: forms.ReturnForm) -> None:
        given = commands.Return(ended_at=form.moment("ended"), found=form.found.data, harm=form.harm.data or "")
        commands.record_return(work(), opened.row.case, opened.episode, given)

    done = "Return recorded. The return interview is due within 72 hours of the return"
    return _answering(episode_id, forms.ReturnForm(), Page("They are back", "Record the return", done), act)


@bp.route("/<uuid:episode_id>/change", methods=["GET", "POST"])
def change(episode_id: UUID) -> ResponseReturnValue:
    """Record that missing became away, or the other way round."""

    def act(opened: OpenedEpisode, form: forms.ReclassifyForm) -> None:
        commands.reclassify(work(), opened.episode, kind=Kind(form.kind.data), at=form.moment("changed"))

    return _answering(episode_id, forms.ReclassifyForm(), Page("Missing or away", "Record", "Recorded"), act)


@bp.route("/<uuid:episode_id>/placement", methods=["GET", "POST"])
def placement(episode_id: UUID) -> ResponseReturnValue:
    """Record that the placement changed while they were missing: the episode goes on as another."""
    opened = queries.open_episode(work(), episode_id, for_change=request.method == "POST")
    form = forms.PlacementForm()
    form.offer(queries.homes(work(), opened.episode.borough_gss))

    def act(opened: OpenedEpisode, form: forms.PlacementForm) -> None:
        case, residence = opened.row.case, form.residence()
        commands.move_placement(work(), case, opened.episode, at=form.moment("ended"), residence=residence)

    page = Page(
        "Placement changed",
        "Record",
        "Recorded. The episode goes on as a new one from the new placement",
        "The placement changed while they are still missing. This episode ends then and a new one begins.",
    )
    return _answering(episode_id, form, page, act, opened)


@bp.route("/<uuid:episode_id>/check", methods=["GET", "POST"])
def check(episode_id: UUID) -> ResponseReturnValue:
    """Record the check after the return."""

    def act(opened: OpenedEpisode, form: forms.CheckForm) -> None:
        at = form.moment("checked")
        commands.record_check(work(), opened.episode, at=at, by=form.by.data, note=form.note.data)

    return _answering(episode_id, forms.CheckForm(), Page("Check after the return", "Record", "Check recorded"), act)


@bp.route("/<uuid:episode_id>/withdraw", methods=["GET", "POST"])
def withdraw(episode_id: UUID) -> ResponseReturnValue:
    """Take back what was recorded in error."""

    def act(opened: OpenedEpisode, form: forms.WithdrawForm) -> None:
        commands.withdraw(work(), opened.row.case, opened.episode, reason=form.reason.data)

    page = Page("Recorded in error", "Take it back", "Taken back. It stays readable and no longer counts")
    return _answering(episode_id, forms.WithdrawForm(), page, act)


@bp.route("/<uuid:episode_id>/offer", methods=["GET", "POST"])
def offer(episode_id: UUID) -> ResponseReturnValue:
    """Record an offer of the interview."""

    def act(opened: OpenedEpisode, form: forms.OfferForm) -> None:
        given = Offer(
            offered_at=form.moment("offered"),
            offered_by=form.offered_by.data,
            asked=Asked(form.asked.data),
            manner=Manner(form.manner.data),
            interviewer=form.interviewer.data,
            independent=form.independent.data == "yes",
            not_independent_reason=form.not_independent_reason.data or "",
        )
        commands.offer(work(), opened.episode, _interview(opened), given)

    page = Page("Offer of the return interview", "Record the offer", "Offer recorded")
    return _answering(episode_id, forms.OfferForm(), page, act)


def _interview(opened: OpenedEpisode) -> ReturnInterview:
    if opened.interview is None:
        raise RuleBroken("interview.none", "They are not back yet, so there is no return interview")
    return opened.interview


@bp.route("/<uuid:episode_id>/answer", methods=["GET", "POST"])
def answer(episode_id: UUID) -> ResponseReturnValue:
    """Record what was said to the offer."""

    def act(opened: OpenedEpisode, form: forms.AnswerForm) -> None:
        accepted, by, note = form.accepted.data == "yes", Asked(form.by.data), form.note.data or ""
        commands.answer(work(), opened.episode, _interview(opened), accepted=accepted, by=by, note=note)

    intro = "A refusal is not the end. The duty stays open, so that the interview is offered again."
    page = Page("Answer to the offer", "Record the answer", "Answer recorded", intro)
    return _answering(episode_id, forms.AnswerForm(), page, act)


@bp.route("/<uuid:episode_id>/setback", methods=["GET", "POST"])
def setback(episode_id: UUID) -> ResponseReturnValue:
    """Record why there is no interview for now."""

    def act(opened: OpenedEpisode, form: forms.SetbackForm) -> None:
        reason, note = Obstacle(form.reason.data), form.note.data
        commands.record_setback(work(), opened.episode, _interview(opened), reason=reason, note=note)

    page = Page("Not possible for now", "Record", "Recorded. The interview is still due")
    return _answering(episode_id, forms.SetbackForm(), page, act)


@bp.route("/<uuid:episode_id>/interview", methods=["GET", "POST"])
def interview(episode_id: UUID) -> ResponseReturnValue:
    """Record the interview that was held."""

    def act(opened: OpenedEpisode, form: forms.AccountForm) -> None:
        account = Account(
            held_at=form.moment("held"),
            interviewer=form.interviewer.data,
            independent=form.independent.data == "yes",
            not_independent_reason=form.not_independent_reason.data or "",
            present=form.present.data or "",
            told=form.told.data,
            young_person_view=form.young_person_view.data,
            safety=form.safety.data or "",
        )
        commands.hold(work(), opened.row.case, opened.episode, _interview(opened), account)

    page = Page("Return interview", "Record the interview", "Interview recorded. Record what was learnt as links")
    return _answering(episode_id, forms.AccountForm(), page, act)


@bp.route("/<uuid:episode_id>/conclude", methods=["GET", "POST"])
def conclude(episode_id: UUID) -> ResponseReturnValue:
    """Give the interview up, with the reason."""

    def act(opened: OpenedEpisode, form: forms.ConcludeForm) -> None:
        commands.conclude(work(), opened.row.case, opened.episode, _interview(opened), reason=form.reason.data)

    page = Page("No interview", "Give the interview up", "Recorded. If the duty was late already it stays late")
    return _answering(episode_id, forms.ConcludeForm(), page, act)
