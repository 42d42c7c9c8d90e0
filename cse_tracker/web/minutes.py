"""The pages of minutes: drafted, written, agreed by the chair, and read by section."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits, require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.actions import queries as actions
from cse_tracker.agenda import queries as agenda
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.commands import ending
from cse_tracker.meetings.model import Meeting, MeetingState
from cse_tracker.minutes import commands, queries
from cse_tracker.minutes.model import MinuteSection, MinutesState
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.agenda import AgreeForm, SectionForm
from cse_tracker.web.forms.answering import done, status_of
from cse_tracker.work.errors import NotFound

bp = Blueprint("minutes", __name__, url_prefix="/meetings/<uuid:meeting_id>/minutes")


def _about(meeting: Meeting) -> list[Case]:
    return [row.case for row in cases.rows_of(work(), meetings.cases_on(work(), meeting)).values()]


@bp.get("")
def show(meeting_id: UUID) -> ResponseReturnValue:
    """Show the minutes: all of them to who leads the borough, its own sections to an agency."""
    return _page(meetings.open_meeting(work(), meeting_id), AgreeForm())


def _page(meeting: Meeting, form: AgreeForm) -> ResponseReturnValue:
    found = queries.versions(work(), meeting)
    asked = request.args.get("version", "")
    version = next((each for each in found if str(each.ordinal) == asked), found[0] if found else None)
    sections = queries.sections(work(), meeting, version) if version else []
    if version and (form.stale or not form.is_submitted()):
        form.show(version.revision)
    people = [version.body.drafted_by, version.body.agreed_by] if version else []
    page = render_template(
        "minutes/show.html",
        meeting=meeting,
        versions=found,
        version=version,
        sections=sections,
        withheld=queries.withheld(work(), meeting, version, sections) if version else 0,
        form=form,
        leads=permits(actor(), Permission.MEETING_RECORD, meeting),
        chairs=_may_agree(meeting),
        agencies=identity.agencies(work(), [each.agency_id for each in meeting.invitations]),
        names=identity.names(work(), [meeting.chair_id, *people]),
    )
    return page, status_of(form)


def _may_agree(meeting: Meeting) -> bool:
    if not permits(actor(), Permission.MEETING_MINUTE, meeting):
        return False
    return meetings.chair_at_hand(work(), meeting) in {None, actor().user_id}


@bp.post("/draft")
def draft(meeting_id: UUID) -> ResponseReturnValue:
    """Draft minutes from what was recorded."""
    meeting = meetings.open_meeting(work(), meeting_id, for_change=True)
    require_sight(actor(), Permission.MEETING_RECORD, meeting)
    told = agenda.told(work(), meeting)
    commands.draft(work(), meeting, told, actions.of_meetings(work(), [meeting.id]), _about(meeting))
    flash("The minutes are drafted from what was recorded. Read each section before the chair agrees them")
    return redirect(url_for("minutes.show", meeting_id=meeting_id))


@bp.route("/sections/<uuid:section_id>", methods=["GET", "POST"])
def section(meeting_id: UUID, section_id: UUID) -> ResponseReturnValue:
    """Change the text of a section."""
    meeting = meetings.open_meeting(work(), meeting_id)
    found = queries.open_section(work(), meeting, section_id)
    if meeting.state is not MeetingState.MINUTES_DRAFT:
        return redirect(url_for("minutes.show", meeting_id=meeting_id))
    form = SectionForm()
    if form.validate_on_submit() and done(work(), form, lambda: _write(meeting, found, form)):
        flash("The section is saved")
        return redirect(url_for("minutes.show", meeting_id=meeting_id))
    if form.stale or not form.is_submitted():
        form.show(found.revision)
    if not form.is_submitted():
        form.text.data = found.body.text
    page = render_template("minutes/section.html", form=form, meeting=meeting, section=found)
    return page, 409 if form.stale else status_of(form)


def _write(meeting: Meeting, found: MinuteSection, form: SectionForm) -> None:
    commands.write(work(), meeting, found, text=form.text.data or "", seen_revision=form.revision.data or 0)


@bp.post("/agree")
def agree(meeting_id: UUID) -> ResponseReturnValue:
    """Agree the minutes as the chair, and send each agency its sections."""
    meeting = meetings.open_meeting(work(), meeting_id, for_change=True)
    require_sight(actor(), Permission.MEETING_MINUTE, meeting)
    drafts = [each for each in queries.versions(work(), meeting) if each.state is MinutesState.DRAFT]
    if not drafts:
        raise NotFound
    form = AgreeForm()
    if form.validate_on_submit() and done(work(), form, lambda: commands.agree(work(), meeting, drafts[0])):
        if permits(actor(), Permission.MEETING_RECORD, meeting):
            ending.propose_next(work(), meeting, _about(meeting))
        flash("The minutes are agreed, and every agency invited is told")
        return redirect(url_for("minutes.show", meeting_id=meeting_id))
    return _page(meeting, form)


@bp.post("/close")
def close(meeting_id: UUID) -> ResponseReturnValue:
    """Close the meeting, with what follows it put forward."""
    meeting = meetings.open_meeting(work(), meeting_id, for_change=True)
    require_sight(actor(), Permission.MEETING_RECORD, meeting)
    if meetings.followed_by(work(), meeting) is None:
        ending.propose_next(work(), meeting, _about(meeting))
    ending.close(work(), meeting)
    flash(f"Meeting {meeting.reference} is closed")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))
