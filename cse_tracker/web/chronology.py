"""Everything that happened on a case, in order of time: on a page with filters, and as a PDF for a named recipient."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from io import BytesIO
from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.assessments import queries as assessments
from cse_tracker.assessments.queries import History
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import WORDS, Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.casework import queries as casework
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import DutyState
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.missing import queries as missing
from cse_tracker.referrals import queries as referrals
from cse_tracker.responsibility import queries as responsibility
from cse_tracker.responsibility.rules import WORDS as CLAIM_WORDS
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.sharing import commands as sharing
from cse_tracker.sharing import queries as shared
from cse_tracker.sharing.model import FOOTINGS, Footing, SharingRecord
from cse_tracker.web import case_story, entry_words, papers, words
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import tracker, work
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.web.forms.chronology import FilterForm, SharingForm

bp = Blueprint("chronology", __name__)


class Kind(StrEnum):
    """What a page can be narrowed to."""

    STANDING = "standing"
    ASSESSMENT = "assessment"
    MEETING = "meeting"
    CONTACT = "contact"
    RECORD = "record"
    MISSING = "missing"
    REFERRAL = "referral"
    DUTY = "duty"
    BOROUGHS = "boroughs"
    SHARED = "shared"


KINDS: Final = {
    Kind.STANDING: "Where the case stands",
    Kind.ASSESSMENT: "Certainty, assessment and level",
    Kind.MEETING: "Meetings",
    Kind.CONTACT: "Contacts and attempts",
    Kind.RECORD: "Placements, legal frame, warnings and people",
    Kind.MISSING: "Missing episodes",
    Kind.REFERRAL: "Referrals",
    Kind.DUTY: "Duties met or late",
    Kind.BOROUGHS: "Home and host boroughs",
    Kind.SHARED: "What was shared",
}


@dataclass(frozen=True)
class Chapter:
    """One thing that happened."""

    kind: Kind
    title: str
    by: UUID | None
    when: datetime
    text: str = ""
    named: str = ""


def everything(case: Case) -> list[Chapter]:
    """Tell everything of a case that has been opened, the latest first."""
    told = [*_standing(case), *_story(case), *_record(case), *_around(case), *_boroughs(case), *_shared(case)]
    for other in case_queries.joined_to(work(), case):
        earlier = [*_standing(other), *_story(other), *_boroughs(other)]
        told += [replace(each, title=f"{each.title} (case {other.reference})") for each in earlier]
    return sorted(told, key=lambda chapter: chapter.when, reverse=True)


def _standing(case: Case) -> Iterator[Chapter]:
    found = case_queries.passages(work(), case)
    if not found:
        yield Chapter(Kind.STANDING, "Case opened", case.body.opened_by, case.head.opened_at)
    for passage in found:
        body = passage.body
        title = "Case opened" if body.before is None else f"The case is {WORDS[body.status]}"
        yield Chapter(Kind.STANDING, title, body.by, body.at, body.reason)


def _story(case: Case) -> Iterator[Chapter]:
    history = assessments.history(work(), case)
    for each in case_story.tell(work(), case, history, []):
        if each.title != "Case opened":
            yield Chapter(Kind.ASSESSMENT, each.title, None, each.when, each.text, each.by)
    for each in case_story.tell(work(), case, History((), (), ()), meetings.of_case(work(), case.id)):
        if each.title != "Case opened":
            yield Chapter(Kind.MEETING, each.title, None, each.when, each.text, each.by)


def _record(case: Case) -> Iterator[Chapter]:
    for entry in casework.standing(casework.entries(work(), case)):
        title, when, text = entry_words.as_chapter(entry)
        kind = Kind.CONTACT if entry.kind.value == "contact" else Kind.RECORD
        yield Chapter(kind, title, entry.body.recorded_by, when, text)


def _around(case: Case) -> Iterator[Chapter]:
    for referral in referrals.of_case(work(), case.id):
        if referral.received_at is not None:
            yield Chapter(
                Kind.REFERRAL,
                f"Referral {referral.reference} received",
                referral.author_id,
                referral.received_at,
                referral.body.answers.why_worried if referral.body.answers else "",
            )
    for duty in duties.about(work(), case.id):
        settled = duty.body.settled_at
        if settled is not None and duty.state is not DutyState.VOID:
            late = " late" if duty.state is DutyState.MET_LATE else ""
            yield Chapter(
                Kind.DUTY, f"{duty.body.label} met{late}", duty.body.settled_by, settled, duty.body.settled_note
            )
        elif duty.is_open and duty.is_late(work().now):
            yield Chapter(Kind.DUTY, f"{duty.body.label} became overdue", None, duty.due_at, duty.body.sentence)
    for row in missing.of_case(work(), case):
        head, body = row.episode.head, row.episode.body
        title = "Reported missing or away"
        yield Chapter(Kind.MISSING, title, body.recorded_by, head.intervals[0].starts_at, body.circumstances)
        if head.ended_at is not None:
            yield Chapter(Kind.MISSING, "Back or found", None, head.ended_at, body.found)


def _boroughs(case: Case) -> Iterator[Chapter]:
    for claim in responsibility.of_case(work(), case):
        for step in claim.body.steps:
            title = f"Claim {claim.reference}: {CLAIM_WORDS[step.state].lower()}"
            yield Chapter(Kind.BOROUGHS, title, step.by, step.at, step.note)


def _shared(case: Case) -> Iterator[Chapter]:
    for record in shared.of_case(work(), case):
        body = record.body
        text = f"For: {body.purpose}\nResting on: {FOOTINGS[body.footing]}"
        title = f"Shared with {body.recipient}, {body.organisation} ({record.reference})"
        yield Chapter(Kind.SHARED, title, body.shared_by, body.shared_at, text)


def narrowed(chapters: Iterable[Chapter], kinds: set[str], first: date | None, last: date | None) -> list[Chapter]:
    """Leave what is of these kinds (of all where none is named) and within these London days."""

    def within(chapter: Chapter) -> bool:
        day = chapter.when.astimezone(LONDON).date()
        return (first is None or day >= first) and (last is None or day <= last)

    return [each for each in chapters if (not kinds or each.kind.value in kinds) and within(each)]


def as_entries(chapters: list[Chapter]) -> list[dict[str, str]]:
    """Give chapters as the timeline takes them, with the names of colleagues."""
    names = identity.names(work(), {chapter.by for chapter in chapters})
    return [
        {
            "title": chapter.title,
            "by": chapter.named or (names.get(chapter.by, "") if chapter.by else ""),
            "at": words.moment(chapter.when),
            "at_iso": chapter.when.isoformat(timespec="seconds"),
            "text": chapter.text,
        }
        for chapter in chapters
    ]


@bp.get("/cases/<uuid:case_id>/chronology")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show everything, or what the filter leaves."""
    row = case_queries.open_case(work(), case_id)
    form = FilterForm(request.args, meta={"csrf": False})
    form.kinds.choices = list(KINDS.items())
    valid = form.validate()
    chapters = everything(row.case)
    shown = narrowed(chapters, set(form.kinds.data or ()), form.first.data, form.last.data) if valid else chapters
    return render_template(
        "chronology/show.html", row=row, form=form, entries=as_entries(shown), shown=len(shown), total=len(chapters)
    ), 200 if valid else 422


@bp.route("/cases/<uuid:case_id>/share", methods=["GET", "POST"])
def share(case_id: UUID) -> ResponseReturnValue:
    """Make the PDF, after saying for whom and what for."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = SharingForm()
    form.kinds.choices = list(KINDS.items())
    if form.validate_on_submit():
        chosen = narrowed(everything(row.case), set(form.kinds.data or ()), form.first.data, form.last.data)
        record = carried_out(work(), form, lambda: _share(row, form, chosen))
        if record is not None:
            return _as_file(row, record, chosen)
    return form_page("chronology/share.html", form, row)


def _share(row: CaseRow, form: SharingForm, chosen: list[Chapter]) -> SharingRecord:
    cases.check_revision(row.case, form.revision.data or 0)
    paper = sharing.SharingForm(
        recipient=form.recipient.data,
        organisation=form.organisation.data,
        purpose=form.purpose.data,
        footing=Footing(form.footing.data),
        asked=form.asked.data,
    )
    what = ", ".join(KINDS[Kind(kind)] for kind in form.kinds.data or ()) or "Everything"
    return sharing.share(work(), row.case, paper, what=what, chapters=len(chosen))


def _as_file(row: CaseRow, record: SharingRecord, chosen: list[Chapter]) -> ResponseReturnValue:
    person, body = row.person.head, record.body
    sharer = identity.names(work(), [body.shared_by])
    pdf = papers.chronology(
        papers.Cover(
            council=tracker().face.council_name,
            case=row.case.reference,
            sharing=record.reference,
            name=person.full_name,
            born=words.day(person.date_of_birth) if person.date_of_birth else "Not known",
            recipient=f"{body.recipient}, {body.organisation}",
            purpose=body.purpose,
            footing=FOOTINGS[body.footing],
            made=words.moment(body.shared_at),
            by=sharer.get(body.shared_by, "") if body.shared_by else "",
        ),
        as_entries(chosen),
        made_at=body.shared_at,
    )
    # The name of the file says nothing about anybody.
    name = f"{record.reference}.pdf"
    return send_file(BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)


@bp.get("/responsibility/<uuid:claim_id>/history")
def handed(claim_id: UUID) -> ResponseReturnValue:
    """Show either borough what a case was until it was handed over."""
    claim = responsibility.open_claim(work(), claim_id)
    case = responsibility.history_of(work(), claim)
    entries = as_entries(everything(case))
    back = url_for("responsibility.show", claim_id=claim_id)
    return render_template("chronology/handed.html", claim=claim, case=case, entries=entries, back_href=back)
