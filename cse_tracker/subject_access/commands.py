"""Asking, agreeing, searching, judging, handing out: nobody does all of it alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.oversight.commands import Recipient, keep_handout
from cse_tracker.oversight.model import Handout, HandoutKind
from cse_tracker.people.model import Person
from cse_tracker.subject_access.events import (
    AccessAnswered,
    AccessRequested,
    AccessReviewed,
    EverythingHandedOut,
    MentionsSearched,
)
from cse_tracker.subject_access.model import READABLE, Asker, RequestBody, RequestState, SubjectRequest
from cse_tracker.subject_access.rules import Choice, Entry, Review, Sheet, choice_of, fingerprint, handed_out
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True, repr=False)
class AccessForm:
    """The paper form of a request: who asks, how it was made sure that they are who they say, and when it came."""

    asker: Asker
    requester: str
    identity_checked: str
    received_on: date


def ask(work: Work, case: Case, form: AccessForm, *, standing: SubjectRequest | None) -> SubjectRequest:
    """Record a request; the records stay closed until a lead officer agrees. Raises RuleBroken for a second one."""
    require(work.actor, Permission.RECORD_DISCLOSE, case)
    if standing is not None:
        code = "subject_access.stands"
        raise RuleBroken(code, f"Request {standing.reference} about these records is not answered yet")
    if form.received_on > work.today:
        code = "subject_access.future"
        raise RuleBroken(code, "The day the request came must be today or in the past", field="received_on")
    person = work.session.get_one(Person, case.person_id)
    request = SubjectRequest(
        borough_gss=person.borough_gss,
        person_id=person.id,
        case_id=case.id,
        compartment_id=person.compartment_id,
    )
    request.body = RequestBody(
        asker=form.asker,
        requester=form.requester,
        identity_checked=form.identity_checked,
        received_on=form.received_on,
        asked_at=work.now,
        asked_by=work.actor.user_id,
    )
    work.session.add(request)
    work.session.flush()
    work.record(
        AccessRequested(subject_id=person.id, borough_gss=request.borough_gss, request_id=request.id, asker=form.asker)
    )
    return request


def answer(work: Work, request: SubjectRequest, *, agree: bool, opinion: str) -> None:
    """Agree that the records are opened, or refuse, as the lead officer who knows what could do harm."""
    require(work.actor, Permission.RECORD_OPEN, request)
    if request.state is not RequestState.WAITING:
        code = "subject_access.answered"
        raise RuleBroken(code, "This request has been answered already")
    if request.body.asked_by == work.actor.user_id:
        code = "subject_access.own"
        raise RuleBroken(code, "Somebody other than the one who recorded the request has to answer")
    request.state = RequestState.AGREED if agree else RequestState.REFUSED
    request.body = replace(request.body, opinion=opinion, answered_at=work.now, answered_by=work.actor.user_id)
    work.record(
        AccessAnswered(
            subject_id=request.person_id, borough_gss=request.borough_gss, request_id=request.id, state=request.state
        )
    )


def note_mentions(work: Work, request: SubjectRequest, found: Sequence[tuple[str, UUID]]) -> None:
    """Keep in which rows of others the young person is named."""
    _require_open(work, request)
    request.body = replace(request.body, mentions=tuple(found), searched_at=work.now)
    work.record(
        MentionsSearched(
            subject_id=request.person_id, borough_gss=request.borough_gss, request_id=request.id, found=len(found)
        )
    )


def _require_open(work: Work, request: SubjectRequest) -> None:
    require(work.actor, Permission.RECORD_DISCLOSE, request)
    if request.state not in READABLE:
        code = "subject_access.not_agreed"
        raise RuleBroken(code, "A lead officer has to agree before these records are opened")


def keep_review(work: Work, request: SubjectRequest, sheets: Sequence[Sheet], review: Review) -> None:
    """Keep what is left out, and of which state of the records that was decided."""
    _require_open(work, request)
    if request.body.searched_at is None:
        code = "subject_access.not_searched"
        raise RuleBroken(code, "Search the borough’s other records first")
    marked = replace(review, fingerprint=fingerprint(sheets), reviewed_at=work.now, reviewed_by=work.actor.user_id)
    request.body = replace(request.body, review=marked)
    left_out = sum(choice_of(sheet, marked) is not Choice.GIVE for sheet in sheets)
    work.record(
        AccessReviewed(
            subject_id=request.person_id, borough_gss=request.borough_gss, request_id=request.id, left_out=left_out
        )
    )


def hand_out(
    work: Work,
    request: SubjectRequest,
    sheets: Sequence[Sheet],
    recipient: Recipient,
    write: Callable[[Sequence[Entry]], bytes],
) -> tuple[Handout, bytes]:
    """Hand out what the review leaves, written by `write`; raises RuleBroken where the records changed since."""
    _require_open(work, request)
    review = request.body.review
    if review.reviewed_at is None:
        code = "subject_access.not_reviewed"
        raise RuleBroken(code, "Decide first what is left out")
    if review.fingerprint != fingerprint(sheets):
        code = "subject_access.changed"
        raise RuleBroken(
            code, "The records have changed since it was decided what is left out. Look through them again"
        )
    person = work.session.get_one(Person, request.person_id)
    entries = handed_out(sheets, review, person.head)
    file = write(entries)
    kind = HandoutKind.SUBJECT_ACCESS
    handout = keep_handout(work, request.borough_gss, kind, person.id, recipient, file, items=len(entries))
    request.state = RequestState.HANDED_OUT
    work.record(
        EverythingHandedOut(
            subject_id=person.id,
            borough_gss=request.borough_gss,
            request_id=request.id,
            handout_id=handout.id,
            rows=len(entries),
            left_out=sum(entry.choice is not Choice.GIVE for entry in entries),
        )
    )
    return handout, file
