"""The pages at the table: one item with its live notes, what was shared and decided; and packs."""

import json
from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.agenda import commands, queries
from cse_tracker.agenda.model import Pack, PackState
from cse_tracker.agenda.queries import Told
from cse_tracker.agenda.rules import HANDLING, Handling
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.model import Meeting
from cse_tracker.web import papers, words
from cse_tracker.web.context import actor, tracker, work
from cse_tracker.web.forms.agenda import DecidingForm, GivenForm, NotesForm
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.work.errors import Conflict, NotFound, RuleBroken

bp = Blueprint("agenda", __name__)


def _meeting(meeting_id: UUID) -> Meeting:
    meeting = meetings.open_meeting(work(), meeting_id)
    require_sight(actor(), Permission.MEETING_RECORD, meeting)
    return meeting


def _case(told: Told, *, for_change: bool = False) -> CaseRow | None:
    return cases.open_case(work(), told.item.case_id, for_change=for_change) if told.item.case_id else None


@bp.post("/meetings/<uuid:meeting_id>/agenda")
def set_out(meeting_id: UUID) -> ResponseReturnValue:
    """Put the one case of a meeting on its agenda."""
    meeting = _meeting(meeting_id)
    row = cases.open_case(work(), meeting.case_id) if meeting.case_id else None
    commands.set_out(work(), meeting, row.case if row else None)
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


@bp.get("/meetings/<uuid:meeting_id>/items/<uuid:item_id>")
def item(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Show one item of the agenda."""
    meeting = _meeting(meeting_id)
    told = queries.open_item(work(), meeting, item_id)
    form = NotesForm()
    return _item_page(meeting, told, form)


def _item_page(meeting: Meeting, told: Told, form: NotesForm) -> ResponseReturnValue:
    if form.stale or not form.is_submitted():
        form.show(told.notes.revision if told.notes else 0)
    if not form.is_submitted():
        form.text.data = told.notes.body.text if told.notes else ""
    items = meetings.agenda(work(), meeting)
    place = [each.id for each in items].index(told.item.id)
    saver = told.notes.body.saved_by if told.notes else None
    page = render_template(
        "agenda/item.html",
        meeting=meeting,
        told=told,
        form=form,
        row=_case(told),
        agencies=identity.agencies(work(), [each.agency_id for each in meeting.invitations]),
        handling=HANDLING,
        names=identity.names(work(), [saver]),
        place=place + 1,
        total=len(items),
        before=items[place - 1] if place else None,
        after=items[place + 1] if place + 1 < len(items) else None,
        writable=meeting.state in commands.WRITABLE,
    )
    return page, 409 if form.stale else status_of(form)


@bp.post("/meetings/<uuid:meeting_id>/items/<uuid:item_id>/notes")
def notes(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Save notes: from the page's script as they are typed, or by its button."""
    meeting = _meeting(meeting_id)
    told = queries.open_item(work(), meeting, item_id)
    form = NotesForm()
    if request.headers.get("X-Saved-As-Typed") == "yes":
        return _save_quietly(meeting, told, form)
    if form.validate_on_submit():
        saved = carried_out(work(), form, lambda: _save(meeting, told, form))
        if saved is not None:
            flash("The notes are saved")
            return redirect(url_for("agenda.item", meeting_id=meeting_id, item_id=item_id))
    told = queries.open_item(work(), meeting, item_id)
    return _item_page(meeting, told, form)


def _save(meeting: Meeting, told: Told, form: NotesForm) -> int:
    saved = commands.save_notes(
        work(), meeting, told.item, text=form.text.data or "", seen_revision=form.revision.data or 0
    )
    return saved.revision


def _save_quietly(meeting: Meeting, told: Told, form: NotesForm) -> Response:
    """Answer the script: the revision that stands, or what somebody else saved meanwhile."""
    try:
        with work().attempt():
            revision = _save(meeting, told, form)
    except Conflict:
        now = queries.open_item(work(), meeting, told.item.id).notes
        theirs = now.body.text if now else ""
        who = identity.names(work(), [now.body.saved_by if now else None])
        by = next(iter(who.values()), "Somebody else")
        return _json({"state": "conflict", "theirs": theirs, "by": by}, 409)
    except RuleBroken as broken:
        return _json({"state": "refused", "why": broken.message}, 422)
    return _json({"state": "saved", "revision": revision, "at": words.clock(work().now)}, 200)


def _json(answer: dict[str, object], status: int) -> Response:
    return Response(json.dumps(answer), status=status, content_type="application/json")


@bp.route("/meetings/<uuid:meeting_id>/items/<uuid:item_id>/shared", methods=["GET", "POST"])
def give(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Record one thing that an agency shared."""
    meeting = _meeting(meeting_id)
    told = queries.open_item(work(), meeting, item_id)
    agencies = identity.agencies(work(), [each.agency_id for each in meeting.invitations])
    form = GivenForm()
    form.agency.choices = options(
        [("", "Choose an agency"), *((str(key), each.name) for key, each in agencies.items())]
    )
    if form.validate_on_submit() and done(work(), form, lambda: _give(meeting, told, form)):
        flash("What was shared is recorded")
        return redirect(url_for("agenda.item", meeting_id=meeting_id, item_id=item_id))
    page = render_template("agenda/give.html", form=form, meeting=meeting, told=told)
    return page, status_of(form)


def _give(meeting: Meeting, told: Told, form: GivenForm) -> None:
    commands.give(
        work(),
        meeting,
        told.item,
        agency_id=UUID(form.agency.data),
        text=form.text.data or "",
        handling=Handling(form.handling.data),
    )


@bp.route("/meetings/<uuid:meeting_id>/items/<uuid:item_id>/decisions", methods=["GET", "POST"])
def decide(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Record one decision, with who agreed and who did not."""
    meeting = _meeting(meeting_id)
    told = queries.open_item(work(), meeting, item_id)
    row = _case(told, for_change=request.method == "POST")
    agencies = identity.agencies(work(), [each.agency_id for each in meeting.invitations])
    form = DecidingForm()
    form.agreed.choices = options([(str(key), each.name) for key, each in agencies.items()])
    form.disagreed.choices = options([(str(key), each.name) for key, each in agencies.items()])
    document = case_commands.protocol_of(work(), row.case).document if row else None
    levels = [(str(each.number), each.label) for each in document.levels] if document else []
    form.level.choices = options([("", "No"), *levels])
    if form.validate_on_submit() and done(work(), form, lambda: _decide(meeting, told, row, form)):
        flash("The decision is recorded")
        return redirect(url_for("agenda.item", meeting_id=meeting_id, item_id=item_id))
    if form.stale or not form.is_submitted():
        form.show(row.case.revision if row else 0)
    page = render_template("agenda/decide.html", form=form, meeting=meeting, told=told, row=row)
    return page, 409 if form.stale else status_of(form)


def _decide(meeting: Meeting, told: Told, row: CaseRow | None, form: DecidingForm) -> None:
    level = form.level.data or ""
    if row is not None and level:
        case_commands.check_revision(row.case, form.revision.data or 0)
    if level and level not in {str(choice[0]) for choice in form.level.iter_choices()}:
        raise NotFound
    paper = commands.Deciding(
        text=form.text.data or "",
        agreed=tuple(UUID(key) for key in form.agreed.data or []),
        disagreed=tuple(UUID(key) for key in form.disagreed.data or []),
        why_not=form.why_not.data or "",
        level=int(level) if level else None,
        override_reason=form.override_reason.data or "",
    )
    commands.decide(work(), meeting, told.item, row.case if row else None, paper)


@bp.post("/meetings/<uuid:meeting_id>/packs")
def begin_packs(meeting_id: UUID) -> ResponseReturnValue:
    """Begin a pack for each agency invited; they are put together by the clock, case by case."""
    meeting = _meeting(meeting_id)
    for invitation in meeting.invitations:
        commands.begin_pack(work(), meeting, agency_id=invitation.agency_id)
    flash("The packs are being put together. This page shows how far they have come")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


@bp.get("/packs/<uuid:pack_id>")
def pack(pack_id: UUID) -> ResponseReturnValue:
    """Show one pack."""
    found, parts = queries.open_pack(work(), pack_id)
    agency = identity.agency(work(), found.agency_id)
    return render_template(
        "agenda/pack.html", pack=found, parts=parts, agency=agency, ready=found.state is PackState.READY
    )


@bp.get("/packs/<uuid:pack_id>/pdf")
def pack_as_file(pack_id: UUID) -> ResponseReturnValue:
    """Give a pack as a PDF that says on every page for whom it is."""
    found, parts = queries.open_pack(work(), pack_id, as_file=True)
    if found.state is not PackState.READY:
        raise NotFound
    meeting = meetings.open_meeting(work(), found.meeting_id)
    told: list[dict[str, object]] = [
        {"title": each.body.title, "lines": [list(line) for line in each.body.lines]} for each in parts
    ]
    pdf = papers.pack(_cover(found, meeting), told, made_at=work().now)
    return send_file(
        BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=f"{found.reference}.pdf"
    )


def _cover(found: Pack, meeting: Meeting) -> dict[str, str]:
    reader = identity.names(work(), [actor().user_id])
    return {
        "council": tracker().face.council_name,
        "meeting": meeting.reference,
        "kind": meeting.head.type_label,
        "when": words.moment(meeting.starts_at),
        "pack": found.reference,
        "agency": identity.agency(work(), found.agency_id).name,
        "reader": next(iter(reader.values()), ""),
        "made": words.moment(work().now),
    }
