"""The pages for calling panels, confirming, moving and cancelling meetings, and answering invitations."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.duties import queries as duties
from cse_tracker.identity import queries as identity
from cse_tracker.invitations import commands as invitations
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, moving
from cse_tracker.meetings.model import Meeting, MeetingState, Topic
from cse_tracker.meetings.rules import Reply
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.web import meeting_facts as facts
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import RevisionForm, carried_out, done, status_of
from cse_tracker.web.forms.calling import CancelForm, MoveForm, PanelForm, ReplyForm, TimeForm
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.meetings import CallForm
from cse_tracker.web.meetings import answers_of, call_status, offer_choices
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken

bp = Blueprint("calling", __name__, url_prefix="/meetings")


def _borough() -> str:
    led = sorted(scope(actor(), Permission.MEETING_SCHEDULE).boroughs)
    if not led:
        raise NotPermitted(Permission.MEETING_SCHEDULE)
    return led[0]


@bp.route("/call-panel", methods=["GET", "POST"])
def panel() -> ResponseReturnValue:
    """Call a meeting about several young people, or about places, themes and people of concern."""
    borough = _borough()
    require(actor(), Permission.MEETING_SCHEDULE, Subject(borough_gss=borough))
    rows = {str(row.case.id): row for row in cases.cases_in_sight(work()) if row.case.borough_gss == borough}
    offered = facts.offer_panel(work(), borough)
    form = PanelForm()
    if not offered.types:
        flash("The protocol in force knows no panel and no group meeting")
        return redirect(url_for("meetings.listing"))
    form.cases.choices = options(
        [(key, f"{row.case.reference}, {row.person.head.full_name}") for key, row in rows.items()]
    )
    offer_choices(form, offered)
    if request.form.get("action") != "find" and form.validate_on_submit():
        meeting = carried_out(work(), form, lambda: _call_panel(form, rows, borough))
        if meeting is not None:
            flash(f"Meeting {meeting.reference} is called and the invitations are on their way")
            return redirect(url_for("meetings.show", meeting_id=meeting.id))
    free = facts.free_times(work(), form, offered, borough_gss=borough, due=())
    agencies = {agency.id: agency.name for agency in offered.agencies}
    page = render_template("calling/panel.html", form=form, offered=offered, free=free, agencies=agencies)
    return page, call_status(form)


def _call_panel(form: PanelForm, rows: dict[str, cases.CaseRow], borough: str) -> Meeting:
    chosen = [rows[key].case for key in form.cases.data or [] if key in rows]
    lines = ((Topic.PERSON_OF_CONCERN, form.people), (Topic.PLACE, form.places), (Topic.THEME, form.themes))
    topics = tuple(
        calling.Subjectless(topic=topic, title=line.strip()[:200])
        for topic, field in lines
        for line in (field.data or "").splitlines()
        if line.strip()
    )
    return calling.schedule_about(work(), chosen, replace(answers_of(form), topics=topics), borough_gss=borough)


def _opened(meeting_id: UUID, permission: Permission) -> Meeting:
    meeting = queries.open_meeting(work(), meeting_id, for_change=request.method == "POST")
    require_sight(actor(), permission, meeting)
    return meeting


def _page(template: str, form: RevisionForm, meeting: Meeting, **more: object) -> ResponseReturnValue:
    if form.stale or not form.is_submitted():
        form.show(meeting.revision)
    page = render_template(template, form=form, meeting=meeting, **more)
    return page, 409 if form.stale else status_of(form)


def _back(meeting: Meeting) -> ResponseReturnValue:
    return redirect(url_for("meetings.show", meeting_id=meeting.id))


@bp.route("/<uuid:meeting_id>/move", methods=["GET", "POST"])
def move(meeting_id: UUID) -> ResponseReturnValue:
    """Move a meeting to another time or place."""
    meeting = _opened(meeting_id, Permission.MEETING_SCHEDULE)
    if meeting.state is not MeetingState.SCHEDULED:
        flash("This meeting cannot be moved any more")
        return _back(meeting)
    form = MoveForm()
    agencies = identity.agencies(work(), [each.agency_id for each in meeting.invitations])
    form.asked_by.choices = options([("", "The organiser"), *((str(key), each.name) for key, each in agencies.items())])
    if form.validate_on_submit():
        moved = carried_out(work(), form, lambda: _move(meeting, form))
        if moved is not None:
            flash(
                "The meeting is moved and everybody is asked again"
                if moved
                else "Saved. Nothing that others must know has changed"
            )
            return _back(meeting)
    if not form.is_submitted():
        _fill(form, meeting)
    free = _free(meeting, form.minutes.data or 60)
    return _page(
        "calling/move.html", form, meeting, free=free, agencies={key: each.name for key, each in agencies.items()}
    )


def _fill(form: TimeForm, meeting: Meeting) -> None:
    at = facts.moment_from(request.args.get("at", "")) or meeting.starts_at.astimezone(LONDON)
    form.starts_on.suggest(at.date())
    form.starts_at.data = f"{at:%H:%M}"
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    if length not in {choice[0] for choice in form.minutes.iter_choices()}:
        form.minutes.choices = [*(form.minutes.choices or ()), *options([(length, f"{length} minutes")])]
    form.minutes.data = length
    form.format.data, form.place.data, form.link.data = meeting.head.format.value, meeting.head.place, meeting.head.link


def _free(meeting: Meeting, minutes: int) -> list[queries.Suggestion]:
    due = facts.open_duty(duties.about(work(), meeting.case_id), meeting) if meeting.case_id else None
    return queries.suggestions(
        work(),
        queries.Sought(
            borough_gss=meeting.borough_gss,
            agency_ids=tuple(each.agency_id for each in meeting.invitations),
            minutes=minutes,
            lead_working_days=1,
            place=meeting.head.place,
            due=((due.body.label, due.due_at),) if due else (),
            except_id=meeting.id,
        ),
    )


def _starts(form: TimeForm) -> moving.NewTime:
    try:
        starts = form.starts()
    except ValueError as problem:
        code = "meeting.time"
        raise RuleBroken(code, str(problem), field="starts_at") from None
    return moving.NewTime(
        starts_at=starts,
        minutes=form.minutes.data,
        place=form.place.data or "",
        link=form.link.data or "",
        format=MeetingFormat(form.format.data),
        reason="",
    )


def _move(meeting: Meeting, form: MoveForm) -> bool:
    case_commands.check_revision(meeting, form.revision.data or 0)
    new = _starts(form)
    asked = UUID(form.asked_by.data) if form.asked_by.data else None
    if asked is not None and asked not in {each.agency_id for each in meeting.invitations}:
        raise NotFound
    return moving.move(work(), meeting, replace(new, reason=form.reason.data or "", asked_by=asked))


@bp.route("/<uuid:meeting_id>/cancel", methods=["GET", "POST"])
def cancel(meeting_id: UUID) -> ResponseReturnValue:
    """Cancel a meeting."""
    meeting = _opened(meeting_id, Permission.MEETING_SCHEDULE)
    if not meeting.is_open:
        flash("This meeting is over or cancelled already")
        return _back(meeting)
    form = CancelForm()
    if form.validate_on_submit() and done(work(), form, lambda: _cancel(meeting, form)):
        flash(f"Meeting {meeting.reference} is cancelled")
        return _back(meeting)
    return _page("calling/cancel.html", form, meeting)


def _cancel(meeting: Meeting, form: CancelForm) -> None:
    case_commands.check_revision(meeting, form.revision.data or 0)
    moving.cancel(work(), meeting, reason=form.reason.data or "")


@bp.post("/<uuid:meeting_id>/take-over")
def take_over(meeting_id: UUID) -> ResponseReturnValue:
    """Organise a meeting whose organiser has left."""
    meeting = _opened(meeting_id, Permission.MEETING_SCHEDULE)
    moving.take_over(work(), meeting)
    flash("You organise this meeting now")
    return _back(meeting)


@bp.route("/<uuid:meeting_id>/confirm", methods=["GET", "POST"])
def confirm(meeting_id: UUID) -> ResponseReturnValue:
    """Confirm a meeting that was put forward, and invite."""
    meeting = _opened(meeting_id, Permission.MEETING_SCHEDULE)
    if meeting.state is not MeetingState.PROPOSED:
        return _back(meeting)
    document = facts.offer_panel(work(), meeting.borough_gss)
    kinds = [kind for kind in document.document.meeting_types if kind.key == meeting.head.type_key]
    if not kinds:
        flash("The protocol in force does not know this kind of meeting any more. Cancel it, and call another")
        return _back(meeting)
    offered = facts.Offer(document.document, {}, document.agencies, document.chairs, frozenset({kinds[0].about}))
    form = CallForm()
    offer_choices(form, offered)
    form.type_key.choices = options([(kinds[0].key, kinds[0].label)])
    if not form.is_submitted():
        form.type_key.data = kinds[0].key
        form.agencies.data = [str(a.id) for a in offered.agencies if a.kind in kinds[0].required_agencies]
        at = facts.moment_from(request.args.get("at", "")) or meeting.starts_at.astimezone(LONDON)
        form.starts_on.suggest(at.date())
        form.starts_at.data, form.place.data, form.link.data = f"{at:%H:%M}", meeting.head.place, meeting.head.link
        form.format.data, form.purpose.data = meeting.head.format.value, meeting.body.purpose
    if request.form.get("action") != "find" and form.validate_on_submit():
        confirmed = carried_out(work(), form, lambda: _confirm(meeting, form))
        if confirmed is not None:
            flash(f"Meeting {meeting.reference} is called and the invitations are on their way")
            return _back(meeting)
    free = facts.free_times(work(), form, offered, borough_gss=meeting.borough_gss, due=())
    agencies = {agency.id: agency.name for agency in offered.agencies}
    return _page("calling/confirm.html", form, meeting, offered=offered, free=free, agencies=agencies)


def _confirm(meeting: Meeting, form: CallForm) -> Meeting:
    case_commands.check_revision(meeting, form.revision.data or 0)
    return calling.confirm(work(), meeting, answers_of(form))


@bp.route("/<uuid:meeting_id>/reply", methods=["GET", "POST"])
def reply(meeting_id: UUID) -> ResponseReturnValue:
    """Answer one's agency's invitation."""
    meeting = _opened(meeting_id, Permission.MEETING_REPLY)
    form = ReplyForm()
    if form.validate_on_submit():
        answered = carried_out(
            work(),
            form,
            lambda: invitations.answer(
                work(), meeting, reply=Reply(form.reply.data), deputy=form.deputy.data or "", note=form.note.data or ""
            ),
        )
        if answered is not None:
            flash("Your answer is recorded")
            return _back(meeting)
    return _page("calling/reply.html", form, meeting)
