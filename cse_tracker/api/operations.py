"""Everything that systems can ask for, on one page; each is one query or one command."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from cse_tracker.api import schemas
from cse_tracker.api.door import Call, Operation, etag_of
from cse_tracker.api.problems import Refusal
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.outbound import queries as outbound
from cse_tracker.outbound.commands import answering
from cse_tracker.outbound.model import OutboundReferral, Place
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import commands as referral_commands
from cse_tracker.referrals import queries as referrals
from cse_tracker.referrals.model import Referral, ReferralAnswers, ReferralState
from cse_tracker.referrals.rules import clean
from cse_tracker.systems.rules import Scope
from cse_tracker.triage import commands as triage
from cse_tracker.triage import queries as triage_queries
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

STATES: Final = {
    ReferralState.SUBMITTED: schemas.ReferralState.SUBMITTED,
    ReferralState.IN_TRIAGE: schemas.ReferralState.BEING_DECIDED,
    ReferralState.INFO_REQUESTED: schemas.ReferralState.QUESTION_ASKED,
    # What two boroughs say to each other is not the referrer's to carry, and whom they know not theirs to hear.
    ReferralState.REDIRECTED: schemas.ReferralState.BEING_DECIDED,
    ReferralState.ACCEPTED_NEW: schemas.ReferralState.ACCEPTED,
    ReferralState.JOINED_EXISTING: schemas.ReferralState.ACCEPTED,
    ReferralState.ADVICE_ONLY: schemas.ReferralState.ADVICE_GIVEN,
    ReferralState.DECLINED: schemas.ReferralState.DECLINED,
}


# Lists are read on from a moment and an id, so that what is added meanwhile moves nothing.
After = tuple[datetime, UUID]


def written(moment: datetime, row_id: UUID) -> str:
    """Give a place in a list as a cursor."""
    text = f"{moment.astimezone(UTC).isoformat()} {row_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str) -> After | None:
    """Give the place in a list that a cursor stands for; raises Refusal for one that nobody gave out."""
    if not cursor:
        return None
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(" ")
        at = datetime.fromisoformat(moment)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC), UUID(row_id)
    except (ValueError, OverflowError, binascii.Error):
        part = schemas.PartOfProblem(pointer="/cursor", detail="Use what the part before gave as next")
        raise Refusal(422, "request.invalid", "The cursor was not given out here", (part,)) from None


def part_of(rows: Iterable[tuple[datetime, UUID, Any]], page: schemas.PageIn) -> tuple[list[Any], str | None]:
    """Give one part of a list that is in order, and the cursor of the next part."""
    after = read(page.cursor)
    left = [row for row in rows if after is None or row[:2] > after]
    return _cut(left, page.limit)


def _cut(left: Sequence[tuple[datetime, UUID, Any]], limit: int) -> tuple[list[Any], str | None]:
    shown = left[:limit]
    more = written(shown[-1][0], shown[-1][1]) if len(left) > limit else None
    return [row for *_, row in shown], more


def referral_line(row: Referral) -> dict[str, Any]:
    """Give what a list says of a referral."""
    return {
        "id": row.id,
        "reference": row.reference,
        "borough": row.borough_gss,
        "state": STATES[row.state],
        "request_withdrawn": row.withdrawn_at is not None,
        "received_at": row.received_at,
    }


def referral_out(work: Work, row: Referral) -> schemas.ReferralOut:
    """Give a referral that has been opened, with its questions and the decision."""
    questions = tuple(
        schemas.QuestionOut(
            id=each.id, number=each.ordinal, question=each.body.question, answer=each.body.answer or None
        )
        for each in triage_queries.questions(work, row)
    )
    decision = referrals.decision_on(work, row)
    told = decision.body if decision is not None else None
    return schemas.ReferralOut(
        **referral_line(row),
        questions=questions,
        decision=schemas.DecisionOut(
            decided_at=told.decided_at,
            reason=told.reason_key,
            reason_in_words=told.reason_label,
            note=told.note_to_referrer,
        )
        if told is not None
        else None,
    )


def list_referrals(call: Call) -> schemas.ReferralPage:
    """List what the agency has referred."""
    rows = referrals.sent_by_agency(call.work, after=read(call.asked.cursor), most=call.asked.limit + 1)
    shown, more = _cut([(row.received_at, row.id, row) for row in rows if row.received_at], call.asked.limit)
    return schemas.ReferralPage(items=tuple(schemas.ReferralLine(**referral_line(row)) for row in shown), next=more)


def submit_referral(call: Call) -> schemas.ReferralOut:
    """Submit a referral, as the pages do in their six steps."""
    form: schemas.ReferralIn = call.body
    protocol = protocols.in_force(call.work, form.borough.value)
    indicators = protocol.document.indicators
    answers = answers_of(form)
    found = answers.first_problem(today=call.work.today, indicators={each.key for each in indicators})
    if found is not None:
        field, sentence = found
        raise RuleBroken("referral.answers", sentence, field=PLACES[field])
    referral = referral_commands.start(call.work, borough_gss=form.borough.value)
    referral_commands.submit(call.work, referral, answers, protocol=protocol)
    # Sent this moment: there is neither a question nor a decision to look for.
    return schemas.ReferralOut(**referral_line(referral), questions=(), decision=None)


# Where an answer stands in a request, for naming what is wrong with it.
PLACES: Final = {
    "first_name": "young_person.first_name",
    "last_name": "young_person.last_name",
    "born": "young_person.date_of_birth",
    "nhs_number": "young_person.nhs_number",
    "why_worried": "worries.why_worried",
    "first_worried_on": "worries.first_worried_on",
    "seen": "seen.indicators",
    "not_aware_reason": "aware.not_aware_reason",
    "referrer_name": "referrer.name",
    "referrer_role": "referrer.role",
    "referrer_phone": "referrer.phone",
}


def answers_of(form: schemas.ReferralIn) -> ReferralAnswers:
    """Put a request into the form in which a referral is kept."""
    person, worries, seen, others, aware = form.young_person, form.worries, form.seen, form.others, form.aware
    identity = Identity(
        first_name=clean(person.first_name),
        last_name=clean(person.last_name),
        also_known_as=clean(person.also_known_as),
        date_of_birth=person.date_of_birth,
        age_disputed=bool(person.age_reason.strip()),
        sex=person.sex,
        nhs_number=person.nhs_number,
        postcode=" ".join(clean(person.postcode).upper().split()),
    )
    details = PersonDetails(
        ethnicity=person.ethnicity.value,
        address=clean(person.address),
        school=clean(person.school),
        looked_after=person.looked_after.value,
        disability=person.disability.value,
        from_abroad=person.from_abroad.value,
        contact=clean(person.contact),
    )
    return ReferralAnswers(
        identity=identity,
        details=details,
        age_reason=clean(person.age_reason),
        immediate_danger=worries.immediate_danger,
        why_worried=clean(worries.why_worried),
        first_worried_on=worries.first_worried_on,
        seen=tuple(dict.fromkeys(seen.indicators)),
        seen_details=clean(seen.details),
        missing=seen.missing,
        who_knows=tuple(dict.fromkeys(each.value for each in others.who_knows)),
        who_knows_details=clean(others.details),
        carer_aware=others.carer_aware,
        young_person_aware=aware.young_person_aware,
        not_aware_reason=clean(aware.not_aware_reason),
        young_person_view=clean(aware.young_person_view),
        referrer_name=clean(form.referrer.name),
        referrer_role=clean(form.referrer.role),
        referrer_phone=clean(form.referrer.phone),
    )


def read_referral(call: Call) -> schemas.ReferralOut:
    """Read a referral of the agency's."""
    return referral_out(call.work, referrals.open_referral(call.work, call.named["referral_id"]))


def answer_question(call: Call) -> schemas.ReferralAnswered:
    """Answer a question of the borough's."""
    referral = referrals.open_referral(call.work, call.named["referral_id"], for_change=True)
    call.expected(etag_of(referral_out(call.work, referral).model_dump_json()))
    question_id = call.named["question_id"]
    if question_id not in {each.id for each in triage_queries.questions(call.work, referral)}:
        raise NotFound
    words = clean(call.body.answer)
    if not words:
        raise RuleBroken("referral.answer", "Enter an answer", field="answer")
    triage.answer(call.work, referral, question_id, words)
    return schemas.ReferralAnswered(id=referral.id, reference=referral.reference, question_id=question_id)


def outbound_line(row: OutboundReferral) -> dict[str, Any]:
    """Give what a list says of a referral to a service."""
    return {
        "id": row.id,
        "reference": row.reference,
        "borough": row.borough_gss,
        "state": schemas.OutboundStateOut(row.state.value),
        "sent_at": row.sent_at,
    }


def outbound_out(row: OutboundReferral) -> schemas.OutboundOut:
    """Give a live referral to a service with what was shared."""
    body = row.body
    parts = tuple(
        schemas.PartOut(
            section=leaf.section,
            title=leaf.title,
            lines=tuple(schemas.SaidOut(heading=heading, text=text) for heading, text in leaf.lines),
        )
        for leaf in body.left
    )
    return schemas.OutboundOut(**outbound_line(row), asked_for=body.plan.asked_for, needs=body.plan.needs, shared=parts)


def list_outbound(call: Call) -> schemas.OutboundPage:
    """List the live referrals to the agency's services."""
    rows = outbound.received(call.work)
    ordered = sorted(((row.sent_at, row.id, row) for row in rows if row.sent_at), key=lambda each: each[:2])
    shown, more = part_of(ordered, call.asked)
    return schemas.OutboundPage(items=tuple(schemas.OutboundLine(**outbound_line(row)) for row in shown), next=more)


def read_outbound(call: Call) -> schemas.OutboundOut:
    """Read a live referral to one of the agency's services."""
    return outbound_out(_received(call, for_change=False))


def _received(call: Call, *, for_change: bool) -> OutboundReferral:
    row = outbound.open_outbound(call.work, call.named["outbound_id"], for_change=for_change)
    if row.agency_id != call.work.actor.agency_id:
        raise NotFound
    return row


def acknowledge_outbound(call: Call) -> schemas.OutboundMoved:
    """Say that a referral to one of the agency's services has arrived."""
    row = _received(call, for_change=True)
    call.expected(etag_of(outbound_out(row).model_dump_json()))
    answering.acknowledge(call.work, row, words=clean(call.body.words))
    return _moved(row)


def answer_outbound(call: Call) -> schemas.OutboundMoved:
    """Accept a referral to one of the agency's services, put it on the waiting list, or decline it."""
    row = _received(call, for_change=True)
    call.expected(etag_of(outbound_out(row).model_dump_json()))
    match call.body.answer:
        case schemas.AcceptIn(words=words):
            answering.accept(call.work, row, words=clean(words))
        case schemas.WaitIn(expected_on=day, position=position, words=words):
            answering.put_on_waiting_list(call.work, row, Place(position=position, expected_on=day, note=clean(words)))
        case schemas.DeclineIn(reason=reason, words=words):
            answering.decline(call.work, row, reason=reason, words=clean(words))
    return _moved(row)


def _moved(row: OutboundReferral) -> schemas.OutboundMoved:
    return schemas.OutboundMoved(id=row.id, reference=row.reference, state=schemas.OutboundStateOut(row.state.value))


def list_duties(call: Call) -> schemas.DutyPage:
    """List what the agency must do, by reference alone."""
    rows = [(row.due_at, row.id, row) for row in duties.owed(call.work)]
    shown, more = part_of(rows, call.asked)
    return schemas.DutyPage(items=tuple(duty_out(call.work, row) for row in shown), next=more)


def duty_out(work: Work, row: Duty) -> schemas.DutyOut:
    """Give what an agency is told of a duty of its own."""
    return schemas.DutyOut(
        id=row.id,
        about=row.about.value,
        reference=row.about_reference,
        due_at=row.due_at,
        late=row.is_late(work.now),
    )


OPERATIONS: Final = (
    Operation(
        "submitReferral", "POST", "/referrals", Scope.REFERRALS_SUBMIT,
        "Submit a referral about one young person to a borough", schemas.ReferralOut, submit_referral, status=201,
        takes=schemas.ReferralIn,
    ),
    Operation(
        "listReferrals", "GET", "/referrals", Scope.REFERRALS_READ,
        "List the referrals of the agency", schemas.ReferralPage, list_referrals, asks=schemas.PageIn,
    ),
    Operation(
        "readReferral", "GET", "/referrals/{referral_id}", Scope.REFERRALS_READ,
        "Read how a referral stands, what was asked and what was decided", schemas.ReferralOut, read_referral,
    ),
    Operation(
        "answerQuestion", "POST", "/referrals/{referral_id}/questions/{question_id}/answer", Scope.REFERRALS_ANSWER,
        "Answer a question on a referral", schemas.ReferralAnswered, answer_question, takes=schemas.AnswerIn,
        matched=True,
    ),
    Operation(
        "listOutbound", "GET", "/outbound", Scope.OUTBOUND_READ,
        "List the live referrals to the services of the agency", schemas.OutboundPage, list_outbound,
        asks=schemas.PageIn,
    ),
    Operation(
        "readOutbound", "GET", "/outbound/{outbound_id}", Scope.OUTBOUND_READ,
        "Read a live referral to a service of the agency", schemas.OutboundOut, read_outbound,
    ),
    Operation(
        "acknowledgeOutbound", "POST", "/outbound/{outbound_id}/acknowledgement", Scope.OUTBOUND_ANSWER,
        "Acknowledge a referral to a service of the agency", schemas.OutboundMoved, acknowledge_outbound,
        takes=schemas.WordsIn, matched=True,
    ),
    Operation(
        "answerOutbound", "POST", "/outbound/{outbound_id}/answer", Scope.OUTBOUND_ANSWER,
        "Accept a referral to a service, put it on the waiting list, or decline it", schemas.OutboundMoved,
        answer_outbound, takes=schemas.OutboundAnswerIn, matched=True,
    ),
    Operation(
        "listDuties", "GET", "/duties", Scope.DUTIES_READ,
        "List what the agency must do and by when", schemas.DutyPage, list_duties, asks=schemas.PageIn,
    ),
)  # fmt: skip
