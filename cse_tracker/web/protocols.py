"""The pages on protocols: versions, drafts, what a draft would change, and its approval by a second person."""

from typing import Any
from uuid import UUID

import yaml
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.assessments import queries as assessments
from cse_tracker.identity import queries as identity
from cse_tracker.protocols import commands, queries
from cse_tracker.protocols.model import ProtocolDraft, ProtocolVersion
from cse_tracker.rulebook.coherence import advice_on
from cse_tracker.rulebook.differences import differences
from cse_tracker.rulebook.document import InvalidProtocol, ProtocolDocument, parse, template, template_names
from cse_tracker.rulebook.lines import line_of
from cse_tracker.web import papers, words
from cse_tracker.web.context import actor, can, tracker, work
from cse_tracker.web.downloads import attached
from cse_tracker.web.forms.answering import RevisionForm, carried_out, done
from cse_tracker.web.forms.protocols import (
    CHAPTERS,
    LONGEST_TEXT,
    PressForm,
    StartForm,
    SubmitForm,
    TextForm,
    chapter_form,
    set_at,
    value_at,
)
from cse_tracker.web.protocol_words import chapters
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import Conflict, NotFound, RuleBroken

bp = Blueprint("protocols", __name__, url_prefix="/protocols")
UNPROCESSABLE = 422
CONFLICT = 409
MOST_SHOWN = 100


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the versions and drafts of the actor's borough."""
    boroughs = sorted(actor().boroughs_as(Role.LEAD_OFFICER) | actor().boroughs_as(Role.MANAGER))
    if not boroughs:
        raise NotFound
    chosen = request.args.get("borough", boroughs[0])
    versions, drafts = queries.of_borough(work(), chosen)
    today = work().today
    reached = [each for each in versions if each.in_force_from <= today]
    current = max(reached, key=lambda each: (each.in_force_from, each.number), default=None)
    return render_template(
        "protocols/listing.html",
        borough=identity.borough(work(), chosen),
        boroughs=identity.boroughs(work(), boroughs),
        versions=versions,
        drafts=drafts,
        current=current,
        today=today,
        may_edit=can(Permission.PROTOCOL_EDIT, Subject(borough_gss=chosen)),
        names=_names([*versions, *drafts]),
    )


def _names(rows: list[Any]) -> dict[UUID, str]:
    fields = ("adopted_by", "started_by", "edited_by", "submitted_by")
    return identity.names(work(), {getattr(row, name, None) for row in rows for name in fields})


@bp.get("/versions/<uuid:version_id>")
def show(version_id: UUID) -> ResponseReturnValue:
    """Show a version as it is read and printed for training."""
    found = queries.version(work(), version_id)
    versions, _ = queries.of_borough(work(), found.borough_gss)
    return render_template(
        "protocols/show.html",
        version=found,
        document=found.document,
        told=chapters(found.document),
        borough=identity.borough(work(), found.borough_gss),
        others=[each for each in versions if each.id != found.id],
        names=_names([found]),
    )


@bp.get("/versions/<uuid:version_id>/yaml")
def export(version_id: UUID) -> ResponseReturnValue:
    """Give a version as a YAML file."""
    found = queries.version(work(), version_id)
    return attached(f"protocol-{found.borough_gss}-v{found.number}.yaml", found.text, "application/yaml; charset=utf-8")


@bp.get("/versions/<uuid:version_id>/pdf")
def printed(version_id: UUID) -> ResponseReturnValue:
    """Give a version as a PDF file to print for training."""
    found = queries.version(work(), version_id)
    document = found.document
    borough = identity.borough(work(), found.borough_gss).name
    cover: dict[str, object] = {
        "title": document.title,
        "council": tracker().face.council_name,
        "borough": borough,
        "version": f"version {found.number}",
        "force": f"In force from {words.day(found.in_force_from)}.",
        "source": document.source,
        "unverified": document.unverified,
    }
    pdf = papers.protocol(cover, chapters(document), made_at=work().now)
    return attached(f"protocol-{found.borough_gss}-v{found.number}.pdf", pdf, "application/pdf")


@bp.get("/compare/<uuid:before_id>/<uuid:after_id>")
def compare(before_id: UUID, after_id: UUID) -> ResponseReturnValue:
    """Compare two versions of one borough, entry by entry."""
    before, after = queries.version(work(), before_id), queries.version(work(), after_id)
    if before.borough_gss != after.borough_gss:
        raise NotFound
    return render_template(
        "protocols/compare.html",
        before=before,
        after=after,
        found=differences(before.document, after.document),
    )


@bp.route("/start/<gss>", methods=["GET", "POST"])
def start(gss: str) -> ResponseReturnValue:
    """Begin a draft from a version, a template or a file."""
    versions, _ = queries.of_borough(work(), gss)
    if not can(Permission.PROTOCOL_EDIT, Subject(borough_gss=gss)):
        raise NotFound
    form = StartForm()
    chosen = [(f"version:{each.id}", f"Version {each.number}: {each.document.title}") for each in versions]
    for name in template_names():
        document = template(name)
        chosen.append(
            (f"template:{name}", document.title + (" (unverified template)" if document.unverified else " (template)"))
        )
    form.source.choices = chosen
    if form.validate_on_submit():
        try:
            begun = carried_out(work(), form, lambda: _begin(gss, form, versions))
        except InvalidProtocol as refused:
            form.form_errors.extend(_located(str(_uploaded(form) or ""), refused))
        else:
            if begun is not None:
                return redirect(url_for("protocols.draft", draft_id=begun.id))
    wrong = form.errors or form.form_errors
    page = render_template("protocols/start.html", form=form, borough=identity.borough(work(), gss))
    return page, UNPROCESSABLE if wrong else 200


def _uploaded(form: StartForm) -> str | None:
    file = form.file.data
    if not file or not file.filename:
        return None
    raw = file.stream.read(LONGEST_TEXT * 4 + 1)
    file.stream.seek(0)
    try:
        return str(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        code = "draft.encoding"
        raise RuleBroken(code, "The file is not text in UTF-8", field="file") from None


def _begin(gss: str, form: StartForm, versions: list[ProtocolVersion]) -> ProtocolDraft:
    text = _uploaded(form)
    if text is not None:
        return commands.start_draft(work(), parse(text), borough_gss=gss)
    kind, _, name = str(form.source.data or "").partition(":")
    based = next((each for each in versions if kind == "version" and str(each.id) == name), None)
    if based is not None:
        return commands.start_draft(work(), based.document, borough_gss=gss, based_on_id=based.id)
    if kind != "template" or name not in template_names():
        code = "draft.source"
        raise RuleBroken(code, "Select from what to start", field="source")
    return commands.start_draft(work(), template(name), borough_gss=gss)


def _located(text: str, refused: InvalidProtocol) -> list[str]:
    """Name the line of each problem, where it stands on one."""
    found = []
    for where, sentence in refused.problems:
        line = line_of(text, where)
        named = where if line is None or where.startswith("line ") else f"Line {line} ({where})"
        found.append(f"{named[:1].upper()}{named[1:]}: {sentence}")
    return found


@bp.get("/drafts/<uuid:draft_id>")
def draft(draft_id: UUID) -> ResponseReturnValue:
    """Show a draft: what it changes, what that would mean for open cases, and what comes next."""
    found = queries.draft(work(), draft_id)
    document = found.document
    compared = _compared_with(found)
    form = PressForm()
    form.show(found.revision)
    return render_template(
        "protocols/draft.html",
        form=form,
        draft=found,
        document=document,
        borough=identity.borough(work(), found.borough_gss),
        told=chapters(document),
        chapters=CHAPTERS,
        changes=differences(compared, document) if compared else (),
        preview=assessments.preview(work(), found.borough_gss, compared, document) if compared else None,
        most=MOST_SHOWN,
        advice=advice_on(document),
        impossible=commands.impossible(work(), document, found.borough_gss),
        may_edit=can(Permission.PROTOCOL_EDIT, found),
        may_approve=can(Permission.PROTOCOL_APPROVE, found) and actor().user_id not in commands.authors(work(), found),
        names=_names([found]),
    )


def _compared_with(found: ProtocolDraft) -> ProtocolDocument | None:
    try:
        return queries.in_force(work(), found.borough_gss).document
    except RuleBroken:
        return None


@bp.route("/drafts/<uuid:draft_id>/text", methods=["GET", "POST"])
def text(draft_id: UUID) -> ResponseReturnValue:
    """Edit the whole draft as text; every problem is named with its line."""
    found = _editable(draft_id)
    form = TextForm()
    if not form.is_submitted():
        form.text.data = found.text
    if form.validate_on_submit():
        try:
            document = parse(form.text.data)
        except InvalidProtocol as refused:
            form.form_errors.extend(_located(form.text.data, refused))
        else:
            if done(work(), form, lambda: _save(found, form, document)):
                flash("Draft saved")
                return redirect(url_for("protocols.draft", draft_id=draft_id))
    return _form_page("protocols/text.html", form, found)


def _editable(draft_id: UUID) -> ProtocolDraft:
    found = queries.draft(work(), draft_id, for_change=request.method == "POST")
    if not can(Permission.PROTOCOL_EDIT, found):
        raise NotFound
    return found


def _save(found: ProtocolDraft, form: RevisionForm, document: ProtocolDocument) -> None:
    _check_revision(found, form)
    commands.save_draft(work(), found, document)


def _check_revision(found: ProtocolDraft, form: RevisionForm) -> None:
    if found.revision != (form.revision.data or 0):
        raise Conflict


def _form_page(page: str, form: RevisionForm, found: ProtocolDraft, **more: Any) -> ResponseReturnValue:
    if form.stale or not form.is_submitted():
        form.show(found.revision)
    wrong = bool(form.errors or form.form_errors)
    status = CONFLICT if form.stale else UNPROCESSABLE if wrong else 200
    return render_template(page, form=form, draft=found, names=_names([found]), **more), status


@bp.route("/drafts/<uuid:draft_id>/<any(levels, deadlines, meetings, indicators):chapter>", methods=["GET", "POST"])
def chapter(draft_id: UUID, chapter: str) -> ResponseReturnValue:
    """Edit the words and times of one chapter."""
    found = _editable(draft_id)
    document = found.document
    contents = document.model_dump(mode="json", exclude_none=True)
    kind, asked = chapter_form(document, chapter)
    form = kind(data={knob.name: value_at(contents, knob.path) for knob in asked})
    if form.validate_on_submit():
        for knob in asked:
            set_at(contents, knob.path, form[knob.name].data)
        try:
            # In quotes where needed, as reading takes every value for text.
            changed = parse(yaml.safe_dump(contents, sort_keys=False, allow_unicode=True))
        except InvalidProtocol as refused:
            form.form_errors.extend(f"{where}: {sentence}" for where, sentence in refused.problems)
        else:
            if done(work(), form, lambda: _save(found, form, changed)):
                flash("Draft saved")
                return redirect(url_for("protocols.draft", draft_id=draft_id))
    return _form_page("protocols/chapter.html", form, found, asked=asked, title=CHAPTERS[chapter])


@bp.route("/drafts/<uuid:draft_id>/submit", methods=["GET", "POST"])
def submit(draft_id: UUID) -> ResponseReturnValue:
    """Ask for a second person's approval."""
    found = _editable(draft_id)
    form = SubmitForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _submit(found, form)):
        flash("Submitted. A second person has to approve it before it can come into force")
        return redirect(url_for("protocols.draft", draft_id=draft_id))
    return _form_page("protocols/submit.html", form, found)


def _submit(found: ProtocolDraft, form: SubmitForm) -> bool:
    _check_revision(found, form)
    if form.in_force_from.data is None:
        return False
    commands.submit(work(), found, in_force_from=form.in_force_from.data)
    return True


@bp.post("/drafts/<uuid:draft_id>/<any(approve, back, withdraw):act>")
def press(draft_id: UUID, act: str) -> ResponseReturnValue:
    """Approve a draft, give it back for changes, or give it up."""
    found = queries.draft(work(), draft_id, for_change=True)
    form = PressForm()
    if not form.validate_on_submit():
        abort(400)
    _check_revision(found, form)
    if act == "approve":
        version = commands.approve(work(), found)
        flash(f"Approved as version {version.number}")
        return redirect(url_for("protocols.show", version_id=version.id))
    if act == "back":
        commands.take_back(work(), found)
        flash("The draft can be changed again")
    else:
        commands.withdraw(work(), found)
        flash("Draft given up")
    return redirect(url_for("protocols.draft", draft_id=draft_id))
