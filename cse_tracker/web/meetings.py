"""The pages of meetings: the list, calling one, one meeting, and recording what happened."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits, require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.actions.commands import AgreedAction
from cse_tracker.agenda import queries as agenda
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, holding
from cse_tracker.meetings.model import Attendance, Meeting, MeetingState
from cse_tracker.minutes import queries as minutes
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.web import meeting_facts as facts
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.meetings import MOST_ACTIONS, CallForm, RecordForm, complete_actions, record_form
from cse_tracker.work.errors import RuleBroken

bp = Blueprint("meetings", __name__, url_prefix="/meetings")
UNPROCESSABLE = 422
CONFLICT = 409


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the meetings in sight: coming up, to be recorded, held. Of those one does not lead, one's own part alone."""
    rows, now = queries.in_sight(work()), work().now
    open_rows = [row for row in rows if row.state is MeetingState.SCHEDULED]
    others = [row for row in rows if not permits(actor(), Permission.MEETING_RECORD, row)]
    return render_template(
        "meetings/listing.html",
        coming=[row for row in open_rows if row.ends_at >= now],
        unrecorded=[row for row in open_rows if row.ends_at < now],
        proposed=[row for row in rows if row.state is MeetingState.PROPOSED],
        held=[row for row in reversed(rows) if row.is_held],
        cancelled=[row for row in reversed(rows) if row.state is MeetingState.CANCELLED],
        cases=cases.rows_of(work(), [row.case_id for row in rows if row.case_id]),
        own={row.id: facts.attendance_of(row, actor().agency_id) for row in others},
        names=identity.names(work(), [row.organiser_id for row in rows]),
        leads=len(others) < len(rows),
        leads_any=not scope(actor(), Permission.MEETING_SCHEDULE).empty,
    )


def offer_choices(form: CallForm, offered: facts.Offer) -> None:
    """Put into a form what can be called; a link from a free time fills in the day and the hour."""
    form.type_key.choices = options([(kind.key, kind.label) for kind in offered.types])
    form.agencies.choices = options([(str(agency.id), agency.name) for agency in offered.agencies])
    form.chair.choices = options([("", "The person who calls it"), *offered.chairs])
    if form.is_submitted():
        return
    form.begin()
    at = facts.moment_from(request.args.get("at", ""))
    if at is not None:
        form.starts_on.suggest(at.date())
        form.starts_at.data = f"{at:%H:%M}"
    first = next((kind for kind in offered.types if kind.key == request.args.get("kind")), offered.types[0])
    form.type_key.data = first.key
    form.agencies.data = [str(agency.id) for agency in offered.agencies if agency.kind in first.required_agencies]


@bp.route("/call/<uuid:case_id>", methods=["GET", "POST"])
def call(case_id: UUID) -> ResponseReturnValue:
    """Call a meeting about a case."""
    row = cases.open_case(work(), case_id, for_change=request.method == "POST")
    offered = facts.offer(work(), row)
    form = CallForm()
    offer_choices(form, offered)
    finding = request.form.get("action") == "find"
    if not finding and form.validate_on_submit():
        meeting = carried_out(work(), form, lambda: _schedule(row, form))
        if meeting is not None:
            flash(f"Meeting {meeting.reference} is called and the invitations are on their way")
            return redirect(url_for("meetings.show", meeting_id=meeting.id))
    if form.stale or not form.is_submitted():
        form.show(row.case.revision)
    free = facts.free_times(work(), form, offered, borough_gss=row.case.borough_gss)
    agencies = {agency.id: agency.name for agency in offered.agencies}
    page = render_template(
        "meetings/call.html", form=form, row=row, offered=offered, now=work().now, free=free, agencies=agencies
    )
    return page, call_status(form)


def call_status(form: CallForm) -> int:
    """Give the status of a page with a form for calling."""
    return CONFLICT if form.stale else status_of(form)


def _damaged() -> RuleBroken:
    return RuleBroken("meeting.once", "This form has been damaged. Go back to the case and call the meeting again")


def _schedule(row: cases.CaseRow, form: CallForm) -> Meeting:
    case_commands.check_revision(row.case, form.revision.data or 0)
    return calling.schedule(work(), row.case, answers_of(form))


def answers_of(form: CallForm) -> calling.Call:
    """Give a filled-in form as its paper; raises RuleBroken for a time that the clocks skip."""
    try:
        starts = form.starts()
    except ValueError as problem:
        code = "meeting.time"
        raise RuleBroken(code, str(problem), field="starts_at") from None
    return calling.Call(
        id=form.thing_id(_damaged),
        type_key=form.type_key.data,
        starts_at=starts,
        minutes=form.minutes.data,
        place=form.place.data or "",
        link=form.link.data or "",
        format=form.way(),
        purpose=form.purpose.data or "",
        agency_ids=tuple(UUID(key) for key in form.agencies.data or []),
        chair_id=UUID(form.chair.data) if form.chair.data else None,
        another=bool(form.another.data),
    )


@bp.get("/<uuid:meeting_id>")
def show(meeting_id: UUID) -> ResponseReturnValue:
    """Show one meeting.

    An invited agency sees when, where, who called it and its own attendance. Purpose, decisions, actions and who else
    came speak of the young person, so in this version they stay with the lead officer.
    """
    meeting = queries.open_meeting(work(), meeting_id)
    leads = permits(actor(), Permission.MEETING_RECORD, meeting)
    actions = queries.actions_of(work(), [meeting]) if leads else []
    found = duties.about(work(), meeting.case_id or meeting.id) if leads else []
    invited = [invitation.agency_id for invitation in meeting.invitations]
    agencies = identity.agencies(work(), [*invited, *(action.owner_agency_id for action in actions)])
    own = next((each for each in meeting.invitations if each.agency_id == actor().agency_id), None)
    spoken_of = cases.rows_of(work(), queries.cases_on(work(), meeting)) if leads else {}
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        leads=leads,
        case=spoken_of.get(meeting.case_id) if meeting.case_id else None,
        items=queries.agenda(work(), meeting) if leads else [],
        spoken_of=spoken_of,
        invitations=facts.invitations(meeting, agencies, only=None if leads else actor().agency_id),
        own=own,
        own_reply=permits(actor(), Permission.MEETING_REPLY, meeting) and own is not None,
        actions=actions,
        duties={duty.id: duty for duty in found},
        waiting=facts.open_duty(found, meeting),
        missing=facts.missing_at(meeting, agencies) if leads and meeting.is_held else [],
        agencies=agencies,
        names=facts.names_at(work(), meeting),
        organiser_here=facts.is_here(work(), meeting),
        clashes=queries.clashes(work(), meeting) if leads and meeting.state is MeetingState.SCHEDULED else [],
        packs=agenda.packs_of(work(), meeting),
        versions=minutes.versions(work(), meeting),
        following=queries.followed_by(work(), meeting) if leads else None,
        minuting=permits(actor(), Permission.MEETING_MINUTE, meeting),
        recordable=leads and meeting.state is MeetingState.SCHEDULED and _begun(meeting),
        now=work().now,
    )


def _begun(meeting: Meeting) -> bool:
    starts = meeting.starts_at.astimezone(LONDON).date()
    return starts <= work().today


@bp.route("/<uuid:meeting_id>/record", methods=["GET", "POST"])
def record(meeting_id: UUID) -> ResponseReturnValue:
    """Record attendance, decisions and actions."""
    meeting = queries.open_meeting(work(), meeting_id, for_change=request.method == "POST")
    require_sight(actor(), Permission.MEETING_RECORD, meeting)
    row = cases.open_case(work(), meeting.case_id) if meeting.case_id else None
    agencies = identity.agencies(work(), [invitation.agency_id for invitation in meeting.invitations])
    form = _record_form(meeting, agencies)
    if not meeting.is_held and meeting.state is not MeetingState.SCHEDULED:
        return redirect(url_for("meetings.show", meeting_id=meeting_id))
    if meeting.is_held and (not form.is_submitted() or _sent_twice(meeting, form)):
        flash(f"Meeting {meeting.reference} has been recorded already")
        return redirect(url_for("meetings.show", meeting_id=meeting_id))
    today = work().today
    adding = request.form.get("action") == "add"
    # Both are asked, so that every problem on the page is shown at once.
    if form.is_submitted() and not adding and all((form.validate_on_submit(), complete_actions(form, today))):
        met = carried_out(work(), form, lambda: _hold(meeting, row, form))
        if met is not None:
            flash(_outcome(meeting, met))
            return redirect(url_for("meetings.show", meeting_id=meeting_id))
    return _record_page(form, meeting, row, agencies), _record_status(form, adding=adding)


def _record_page(form: RecordForm, meeting: Meeting, row: cases.CaseRow | None, agencies: dict[UUID, Agency]) -> str:
    if form.stale or not form.is_submitted():
        form.show(meeting.revision)
    actions = queries.actions_of(work(), [meeting])
    owners = identity.agencies(work(), [action.owner_agency_id for action in actions])
    return render_template(
        "meetings/record.html", form=form, meeting=meeting, row=row, agencies=agencies | owners, most=MOST_ACTIONS,
        invitations=facts.invitations(meeting, agencies), actions=actions,
        names=identity.names(work(), [meeting.body.recorded_by]),
    )  # fmt: skip


def _record_status(form: RecordForm, *, adding: bool) -> int:
    if form.stale:
        return CONFLICT
    return UNPROCESSABLE if not adding and (form.errors or form.form_errors) else 200


def _sent_twice(meeting: Meeting, form: RecordForm) -> bool:
    # The same record from the same person once more, as a double click sends it.
    return meeting.body.recorded_by == actor().user_id and meeting.body.decisions == form.decisions.data


def _record_form(meeting: Meeting, agencies: dict[UUID, Agency]) -> RecordForm:
    asked = request.form.get("rows", "1")
    rows = min(int(asked[:3]), MOST_ACTIONS) if asked.isascii() and asked.isdigit() else 1
    if request.form.get("action") == "add":
        rows = min(rows + 1, MOST_ACTIONS)
    invited = [(each.id.hex, agencies[each.agency_id].name) for each in facts.invitations(meeting, agencies)]
    owners = [(str(agency.id), agency.name) for agency in agencies.values()]
    about = cases.rows_of(work(), queries.cases_on(work(), meeting)) if meeting.case_id is None else {}
    spoken_of = sorted((str(case_id), f"Case {each.case.reference}") for case_id, each in about.items())
    chairs = facts.chairs(work(), meeting.borough_gss, agencies)
    form = record_form(invited, owners, max(rows, 1), chairs=chairs, about=spoken_of)()
    if not form.is_submitted() and meeting.chair_id:
        form.chair.data = str(meeting.chair_id)
    form.rows.data, form.rows.raw_data = max(rows, 1), None
    return form


def _hold(meeting: Meeting, row: cases.CaseRow | None, form: RecordForm) -> list[Duty]:
    case_commands.check_revision(meeting, form.revision.data or 0)
    attendance = {
        invitation.id: (
            Attendance(form[f"attendance_{invitation.id.hex}"].data),
            form[f"reason_{invitation.id.hex}"].data or "",
        )
        for invitation in meeting.invitations
    }
    actions = tuple(
        AgreedAction(
            text=form[f"action_{number}"].data,
            owner_agency_id=UUID(form[f"owner_{number}"].data),
            due_on=form[f"due_{number}"].data,
            agreed=not form[f"unsure_{number}"].data,
            case_id=_about(form, number),
        )
        for number in range(1, form.row_count() + 1)
        if (form[f"action_{number}"].data or "").strip()
    )
    told = holding.Record(
        attendance=attendance,
        decisions=form.decisions.data or "",
        actions=actions,
        chair_id=UUID(form.chair.data) if form.chair.data else None,
        chair_note=form.chair_note.data or "",
    )
    if row is not None:
        return holding.record_held(work(), meeting, row.case, told)
    about = cases.rows_of(work(), queries.cases_on(work(), meeting))
    return holding.record_held(work(), meeting, [each.case for each in about.values()], told)


def _about(form: RecordForm, number: int) -> UUID | None:
    chosen = getattr(form, f"about_{number}", None)
    return UUID(chosen.data) if chosen is not None and chosen.data else None


def _outcome(meeting: Meeting, met: list[Duty]) -> str:
    recorded = f"Meeting {meeting.reference} is recorded"
    if meeting.quorate:
        return f"{recorded}, and the duty to hold it is met" if met else recorded
    waiting = facts.open_duty(duties.about(work(), meeting.case_id or meeting.id), meeting)
    return f"{recorded}. It had no quorum{', so the duty to hold it is still open' if waiting else ''}"
