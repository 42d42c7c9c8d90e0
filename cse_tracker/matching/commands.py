"""What lead officers do across boroughs: ask whether anybody knows a young person; agree to disclose, or decline."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.matching.events import AnswerWanted, AskingLimitReached, MatchAnswered, OtherBoroughsAsked
from cse_tracker.matching.model import (
    Answer,
    AnswerBody,
    AnswerState,
    Enquiry,
    EnquiryBody,
    MatchToken,
    write_tokens,
)
from cse_tracker.matching.rules import (
    PER_BOROUGH,
    PER_BOROUGH_WITHIN,
    PER_USER,
    PER_USER_WITHIN,
    SHORTEST_REASON,
    asked,
)
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Identity, Likeness, likeness
from cse_tracker.records.blind import blinding_of, blindings_of
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

TOO_OFTEN = "match.too_often"


@dataclass(frozen=True, kw_only=True, repr=False)
class Question:
    """The paper form by which one borough asks the others."""

    identity: Identity
    contact: str
    reason: str


def ask(work: Work, question: Question, *, borough_gss: str) -> Enquiry:
    """Ask whether another borough knows a young person; their lead officers are told that somebody asks, and whom.

    Raises RuleBroken without a date of birth, a full name or a reason, and beyond 20 questions an hour from one lead
    officer or 200 a day from one borough.
    """
    require(work.actor, Permission.MATCH_ASK, Subject(borough_gss=borough_gss))
    _check(question)
    if too_often(work, borough_gss):
        raise RuleBroken(TOO_OFTEN, _sentence_on_limits())
    holders = holders_of(work, question.identity, question.contact)
    enquiry = Enquiry(
        borough_gss=borough_gss,
        asked_by=work.actor.user_id or UUID(int=0),
        asked_at=work.now,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    enquiry.body = EnquiryBody(identity=question.identity, contact=question.contact, reason=question.reason)
    work.session.add(enquiry)
    work.session.flush()
    elsewhere = [(person, alike) for person, alike in holders if person.borough_gss != borough_gss]
    work.record(
        OtherBoroughsAsked(subject_id=enquiry.id, borough_gss=borough_gss, compared=len(holders), found=len(elsewhere))
    )
    for person, alike in elsewhere:
        _want_answer(work, enquiry, person, alike)
    return enquiry


def _check(question: Question) -> None:
    if not question.identity.first_name.strip() or not question.identity.last_name.strip():
        code = "match.name"
        raise RuleBroken(code, "Enter the first and the last name", field="last_name")
    if question.identity.date_of_birth is None:
        code = "match.born"
        raise RuleBroken(code, "Enter the date of birth: other boroughs are never asked by name alone", field="born")
    if len(question.reason.strip()) < SHORTEST_REASON:
        code = "match.reason"
        raise RuleBroken(code, f"Say why you ask, in {SHORTEST_REASON} characters or more", field="reason")


def too_often(work: Work, borough_gss: str) -> bool:
    """Whether the actor or the borough has asked as often as is allowed; recorded where so."""
    mine = _asked_within(work, Enquiry.asked_by == work.actor.user_id, PER_USER_WITHIN)
    ours = _asked_within(work, Enquiry.borough_gss == borough_gss, PER_BOROUGH_WITHIN)
    reached = mine >= PER_USER or ours >= PER_BOROUGH
    if reached:
        work.record(AskingLimitReached(subject_id=None, borough_gss=borough_gss))
    return reached


def _asked_within(work: Work, whose: ColumnElement[bool], span: timedelta) -> int:
    wanted = select(func.count()).select_from(Enquiry).where(whose, Enquiry.asked_at > work.now - span)
    return work.session.scalar(wanted) or 0


def _sentence_on_limits() -> str:
    limits = f"{PER_USER} times an hour by one person and {PER_BOROUGH} times a day by one borough"
    return f"Other boroughs can be asked {limits}. Wait, or telephone"


def holders_of(work: Work, identity: Identity, contact: str) -> list[tuple[Person, Likeness]]:
    """Find by tokens who is held anywhere, and confirm each by opening the head; nothing of it is shown to anybody."""
    composites = asked(identity, contact)
    ids: set[UUID] = set()
    for blinding in blindings_of(work.session):
        tokens = [blinding.token(*composite) for composite in composites]
        wanted = select(MatchToken.handle, MatchToken.token, MatchToken.holder).where(
            MatchToken.token.in_(tokens), MatchToken.key_version == blinding.version
        )
        ids |= {blinding.open_holder(row.token, row.handle, row.holder)[0] for row in work.session.execute(wanted)}
    if not ids:
        return []
    persons = list(work.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)))
    unlock(work.session, [person.compartment_id for person in persons])
    compared = [(person, likeness(identity, person.head)) for person in persons]
    best: dict[Person, Likeness] = {}
    for person, alike in compared:
        # Held twice once, and joined since: one young person, by whichever record is more alike.
        one = people.present(work.session, person)
        if alike is not None and (one not in best or best[one].score < alike.score):
            best[one] = alike
    found = list(best.items())
    return sorted(found, key=lambda pair: (-pair[1].score, str(pair[0].id)))


def _want_answer(work: Work, enquiry: Enquiry, person: Person, alike: Likeness) -> None:
    answer = Answer(enquiry_id=enquiry.id, borough_gss=person.borough_gss, compartment_id=person.compartment_id)
    answer.body = AnswerBody(person_id=person.id, reasons=alike.reasons, likely=alike.label == "Likely match")
    work.session.add(answer)
    work.session.flush()
    work.record(
        AnswerWanted(
            subject_id=answer.id,
            borough_gss=answer.borough_gss,
            enquiry_id=enquiry.id,
            asked_by=enquiry.asked_by,
        )
    )


def accept(work: Work, answer: Answer, *, note: str) -> None:
    """Agree that it is the same young person: who it is goes to the borough that asked, as it stands now."""
    person = work.session.get_one(Person, answer.body.person_id)
    _decide(work, answer, AnswerState.ACCEPTED, replace(answer.body, note=note, disclosed=person.head))


def decline(work: Work, answer: Answer, *, note: str) -> None:
    """Decline to disclose; the borough that asked is told the words and nothing of the record."""
    if not note.strip():
        code = "match.note"
        raise RuleBroken(code, "Say why you decline, so that they know what to do next", field="note")
    _decide(work, answer, AnswerState.DECLINED, replace(answer.body, note=note))


def _decide(work: Work, answer: Answer, state: AnswerState, body: AnswerBody) -> None:
    require(work.actor, Permission.MATCH_ANSWER, answer)
    if answer.state is not AnswerState.WAITING:
        code = "match.answered"
        raise RuleBroken(code, "This question has been answered already")
    answer.state, answer.decided_at = state, work.now
    answer.body = replace(body, decided_by=work.actor.user_id)
    enquiry = work.session.get_one(Enquiry, answer.enquiry_id)
    work.session.flush()
    work.record(
        MatchAnswered(
            subject_id=answer.id,
            borough_gss=answer.borough_gss,
            enquiry_id=enquiry.id,
            asked_by=enquiry.asked_by,
            state=state,
        )
    )


def renew_tokens(work: Work, person_ids: list[UUID]) -> int:
    """Write the tokens of these persons under the newest match key; gives how many persons had any to write."""
    rows = list(work.session.scalars(select(Person).where(Person.id.in_(person_ids))))
    unlock(work.session, [row.compartment_id for row in rows])
    for row in rows:
        write_tokens(work.session.connection(), work.session, row)
    return len(rows)


def drop_old_tokens(work: Work) -> None:
    """Delete the tokens of match keys before the newest."""
    work.session.execute(delete(MatchToken).where(MatchToken.key_version < blinding_of(work.session).version))
