"""The pages on who a young person is: corrections, and two cases that turn out to be one person's."""

from dataclasses import dataclass, fields
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.assessments import queries as assessments
from cse_tracker.attachments import queries as attachments
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import WORDS
from cse_tracker.cases.queries import CaseRow
from cse_tracker.casework import queries as casework
from cse_tracker.duties import queries as duties
from cse_tracker.identity import queries as identity
from cse_tracker.intelligence import queries as links
from cse_tracker.joining import commands, queries
from cse_tracker.joining.model import Joining, JoiningState
from cse_tracker.meetings import queries as meetings
from cse_tracker.missing import queries as missing
from cse_tracker.people import queries as people
from cse_tracker.people.model import Correction
from cse_tracker.referrals import queries as referrals
from cse_tracker.referrals.rules import ETHNICITIES
from cse_tracker.web import words
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import done
from cse_tracker.web.forms.joining import IdentityForm, JoinAnswerForm, JoinForm, OtherCaseForm, TakeApartForm
from cse_tracker.work.errors import NotFound

bp = Blueprint("joining", __name__, url_prefix="/cases")

LABELS = {
    "first_name": "First name", "last_name": "Last name", "also_known_as": "Other names",
    "date_of_birth": "Date of birth", "age_disputed": "Age disputed", "sex": "Sex", "nhs_number": "NHS number",
    "postcode": "Postcode", "ethnicity": "Ethnic group", "address": "Address", "school": "School",
    "looked_after": "Looked after", "carer": "Parent or carer", "contact": "How to make contact safely",
    "disability": "Disability or learning needs", "from_abroad": "Came from abroad",
}  # fmt: skip
CODES = {
    "sex": {"F": "Female", "M": "Male", "U": "Not known"},
    "looked_after": {"yes": "Yes", "no": "No", "not_known": "Not known"},
    "disability": {"yes": "Yes", "no": "No", "not_known": "Not known"},
    "from_abroad": {"yes": "Yes", "no": "No", "not_known": "Not known"},
    "ethnicity": dict(ETHNICITIES),
}


@dataclass(frozen=True)
class Line:
    """One thing about each of two cases, or before and after."""

    label: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        """Whether both are said and are not the same."""
        return bool(self.one and self.other) and self.one.casefold() != self.other.casefold()


def _row(case_id: UUID) -> CaseRow:
    return case_queries.open_case(work(), case_id, for_change=request.method == "POST")


def _told(name: str, value: object) -> str:
    if value in (None, "", False):
        return ""
    if name == "date_of_birth":
        return words.day(value)  # type: ignore[arg-type]
    if name in CODES:
        return CODES[name].get(str(getattr(value, "value", value)), str(value))
    return "Yes" if value is True else str(value)


def _lines(*pairs: tuple[object, object]) -> list[Line]:
    return [
        Line(LABELS[each.name], _told(each.name, getattr(one, each.name)), _told(each.name, getattr(other, each.name)))
        for one, other in pairs
        for each in fields(one)  # type: ignore[arg-type]
    ]


def side_by_side(one: CaseRow, other: CaseRow) -> list[Line]:
    """Give who the young people of two cases are held to be, and what there is on each case."""
    facts = (_facts(one), _facts(other))
    who = _lines((one.person.head, other.person.head), (one.person.body, other.person.body))
    return who + [Line(label, value, facts[1][label]) for label, value in facts[0].items()]


def _facts(row: CaseRow) -> dict[str, str]:
    case = row.case
    history = assessments.history(work(), case)
    found = duties.about(work(), case.id)
    numbers = {
        "Referrals": len(referrals.of_case(work(), case.id)),
        "Assessments": len(history.assessments),
        "Duties that are open": sum(duty.is_open for duty in found),
        "Meetings": len(meetings.of_case(work(), case.id)),
        "Missing episodes": len(missing.of_case(work(), case)),
        "Links": len(links.of_case(work(), case)),
        "Entries in the record": len(casework.entries(work(), case)),
        "Files": len(attachments.of_case(work(), case.id)),
    }
    latest = history.assessments[0].body.narrative if history.assessments else ""
    return {
        "Case opened": words.day(case.head.opened_at),
        "Where it stands": WORDS[case.status].capitalize(),
        "Level": case.head.level_label or "Not yet set",
        "Certainty": case.head.certainty.value.capitalize() if case.head.certainty else "Not recorded",
        **{label: str(number) for label, number in numbers.items()},
        "Latest assessment": latest,
    }


@bp.route("/<uuid:case_id>/who", methods=["GET", "POST"])
def correct(case_id: UUID) -> ResponseReturnValue:
    """Correct who the young person of a case is held to be; what stood before is kept."""
    row, form = _row(case_id), IdentityForm()
    form.take_today(work().today)
    if not form.is_submitted():
        form.fill(row.person.head, row.person.body)

    def act() -> None:
        cases.check_revision(row.case, form.revision.data or 0)
        reason = form.reason.data
        cases.correct_identity(work(), row.case, row.person, form.identity(), form.details(), reason=reason)

    if form.validate_on_submit() and done(work(), form, act):
        flash("Corrected. What stood there before is kept")
        return redirect(url_for("cases.show", case_id=case_id))
    history = people.corrections(work(), row.person)
    names = identity.names(work(), {each.body.corrected_by for each in history})
    changes = [(each, _changes(each), names.get(each.body.corrected_by or UUID(int=0), "")) for each in history]
    return form_page("joining/correct.html", form, row, changes=changes)


def _changes(correction: Correction) -> list[Line]:
    body = correction.body
    lines = _lines((body.before, body.after), (body.details_before, body.details_after))
    return [line for line in lines if line.one != line.other]


@bp.route("/<uuid:case_id>/duplicates", methods=["GET", "POST"])
def candidates(case_id: UUID) -> ResponseReturnValue:
    """Show which other cases may be the same young person's, or go to one by its reference."""
    row, form = _row(case_id), OtherCaseForm()
    if form.validate_on_submit():
        typed = form.reference.data
        other_id = case_queries.by_reference(work(), row.case, [typed]).get(typed)
        if other_id is not None:
            return redirect(url_for("joining.propose", case_id=case_id, other_id=other_id))
        form.reference.errors = ["There is no other case of this reference in your borough"]
    return form_page("joining/candidates.html", form, row, found=queries.likely(work(), row), words=WORDS)


@bp.route("/<uuid:case_id>/duplicates/<uuid:other_id>", methods=["GET", "POST"])
def propose(case_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Lay two cases side by side and say that they are one young person's."""
    one, other = queries.side_by_side(work(), case_id, other_id, for_change=request.method == "POST")
    form = JoinForm()
    form.going_on.choices = [(str(each.case.id), f"Case {each.case.reference}") for each in (one, other)]

    def act() -> None:
        cases.check_revision(one.case, form.revision.data or 0)
        ending, going_on = (other, one) if form.going_on.data == str(case_id) else (one, other)
        commands.propose(work(), ending.case, going_on.case, reason=form.reason.data)

    if form.validate_on_submit() and done(work(), form, act):
        flash("Proposed. Another lead officer is asked to agree")
        return redirect(url_for("closings.show", case_id=case_id))
    return form_page("joining/propose.html", form, one, other=other, lines=side_by_side(one, other))


@bp.route("/<uuid:case_id>/joinings/<uuid:joining_id>", methods=["GET", "POST"])
def answer(case_id: UUID, joining_id: UUID) -> ResponseReturnValue:
    """Agree that two cases are one young person's, or not; or withdraw one's own proposal."""
    joining, ending, going_on = _opened(case_id, joining_id)
    if joining.state is not JoiningState.PROPOSED and request.method == "GET":
        raise NotFound
    form, own = JoinAnswerForm(), joining.body.proposed_by == actor().user_id
    form.offer(own=own)

    def act() -> None:
        cases.check_revision(ending.case, form.revision.data or 0)
        if form.answer.data == "agree":
            commands.agree(work(), joining, ending.case, going_on.case, note=form.note.data or "")
        else:
            commands.refuse(work(), joining, ending.case, note=form.note.data or "")

    if form.validate_on_submit() and done(work(), form, act):
        joined = form.answer.data == "agree"
        flash("The cases are joined. Look at the level again" if joined else "The cases stay apart")
        return redirect(url_for("cases.show", case_id=going_on.case.id if joined else case_id))
    return form_page(
        "joining/answer.html",
        form,
        ending,
        other=going_on,
        joining=joining,
        own=own,
        lines=side_by_side(ending, going_on),
        obstacles=commands.obstacles(work(), ending.case, going_on.case),
        names=identity.names(work(), [joining.body.proposed_by]),
    )


def _opened(case_id: UUID, joining_id: UUID) -> tuple[Joining, CaseRow, CaseRow]:
    joining, ending, going_on = queries.open_joining(work(), joining_id, for_change=request.method == "POST")
    if case_id not in {joining.ending_id, joining.going_on_id}:
        raise NotFound
    return joining, ending, going_on


@bp.route("/<uuid:case_id>/joinings/<uuid:joining_id>/undo", methods=["GET", "POST"])
def undo(case_id: UUID, joining_id: UUID) -> ResponseReturnValue:
    """Take two cases apart again."""
    joining, ending, going_on = _opened(case_id, joining_id)
    if joining.state is not JoiningState.AGREED and request.method == "GET":
        raise NotFound
    form = TakeApartForm()

    def act() -> None:
        cases.check_revision(ending.case, form.revision.data or 0)
        commands.undo(work(), joining, ending.case, going_on.case, reason=form.reason.data)

    if form.validate_on_submit() and done(work(), form, act):
        flash("The cases are apart again. Check on each what was recorded while they were joined")
        return redirect(url_for("closings.show", case_id=ending.case.id))
    return form_page("joining/undo.html", form, ending, other=going_on)
