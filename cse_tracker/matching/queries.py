"""What lead officers see of questions between boroughs: what they asked, and what waits for their answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.matching.events import EnquiryViewed, MatchesListed, MatchViewed
from cse_tracker.matching.model import Answer, AnswerState, Enquiry, MatchToken
from cse_tracker.people.model import Person
from cse_tracker.records.blind import blinding_of, blindings_of
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work

MOST_LISTED: Final = 100


@dataclass(frozen=True, repr=False)
class Exchange:
    """A question and its answers, as the borough that asked sees them."""

    enquiry: Enquiry
    answers: tuple[Answer, ...]


@dataclass(frozen=True, repr=False)
class Question:
    """A question from another borough, as the borough that holds the record sees it."""

    answer: Answer
    enquiry: Enquiry
    person: Person


@dataclass(frozen=True, repr=False)
class Asked:
    """A question from another borough in a list: not yet with whom it may be about."""

    answer: Answer
    enquiry: Enquiry


@dataclass(frozen=True, repr=False)
class Overview:
    """What one's boroughs were asked, and what they asked, the newest first."""

    waiting: tuple[Asked, ...]
    answered: tuple[Asked, ...]
    asked: tuple[Exchange, ...]


def boroughs_to_ask_for(work: Work) -> frozenset[str]:
    """Give the boroughs in whose name the actor may ask; raises NotPermitted where there is none."""
    allowed = scope(work.actor, Permission.MATCH_ASK).boroughs
    if not allowed:
        raise NotPermitted(Permission.MATCH_ASK)
    return allowed


def overview(work: Work) -> Overview:
    """Give questions and answers of the actor's boroughs, recorded as one viewing of a list."""
    allowed = boroughs_to_ask_for(work)
    asked = list(
        work.session.scalars(
            select(Enquiry)
            .where(Enquiry.borough_gss.in_(allowed))
            .order_by(Enquiry.asked_at.desc(), Enquiry.id)
            .limit(MOST_LISTED)
        )
    )
    answers = _answers(work, [enquiry.id for enquiry in asked])
    wanted = (
        select(Answer, Enquiry)
        .join(Enquiry, Enquiry.id == Answer.enquiry_id)
        .where(Answer.borough_gss.in_(allowed))
        .order_by(Enquiry.asked_at.desc(), Answer.id)
    )
    held = [Asked(answer, enquiry) for answer, enquiry in work.session.execute(wanted.limit(MOST_LISTED))]
    # Only the question is opened for a list; whom it may be about is opened with the question itself.
    unlock(work.session, [enquiry.compartment_id for enquiry in (*asked, *(one.enquiry for one in held))])
    work.record(MatchesListed(subject_id=None, shown=len(asked) + len(held)))
    return Overview(
        tuple(one for one in held if one.answer.state is AnswerState.WAITING),
        tuple(one for one in held if one.answer.state is not AnswerState.WAITING),
        tuple(Exchange(one, tuple(answers.get(one.id, ()))) for one in asked),
    )


def _answers(work: Work, enquiry_ids: Iterable[UUID]) -> dict[UUID, list[Answer]]:
    out: dict[UUID, list[Answer]] = {}
    wanted = select(Answer).where(Answer.enquiry_id.in_(list(enquiry_ids))).order_by(Answer.borough_gss, Answer.id)
    for answer in work.session.scalars(wanted):
        out.setdefault(answer.enquiry_id, []).append(answer)
    return out


def open_enquiry(work: Work, enquiry_id: UUID) -> Exchange:
    """Give a question and its answers to the borough that asked, recorded as seen; NotFound for everybody else."""
    enquiry = work.session.get(Enquiry, enquiry_id)
    if enquiry is None:
        raise NotFound
    require_sight(work.actor, Permission.MATCH_ASK, enquiry)
    work.record(EnquiryViewed(subject_id=enquiry.id, borough_gss=enquiry.borough_gss))
    answers = tuple(_answers(work, [enquiry.id]).get(enquiry.id, ()))
    unlock(work.session, [enquiry.compartment_id, *(answer.compartment_id for answer in answers)])
    return Exchange(enquiry, answers)


def open_question(work: Work, answer_id: UUID, *, for_change: bool = False) -> Question:
    """Give a question to the borough that holds the record, recorded as seen; NotFound for everybody else."""
    answer = work.session.get(Answer, answer_id, with_for_update=for_change)
    if answer is None:
        raise NotFound
    require_sight(work.actor, Permission.MATCH_ANSWER, answer)
    work.record(MatchViewed(subject_id=answer.id, borough_gss=answer.borough_gss))
    enquiry = work.session.get_one(Enquiry, answer.enquiry_id)
    person = work.session.get(Person, answer.body.person_id)
    if person is None:
        raise NotFound
    unlock(work.session, [enquiry.compartment_id, person.compartment_id])
    return Question(answer, enquiry, person)


def waiting(work: Work) -> int:
    """Give how many questions from other boroughs wait for an answer of the actor's."""
    allowed = scope(work.actor, Permission.MATCH_ANSWER).boroughs
    wanted = select(Answer.id).where(Answer.borough_gss.in_(allowed), Answer.state == AnswerState.WAITING)
    return len(work.session.scalars(wanted).all())


def without_tokens(session: Session) -> list[UUID]:
    """Give the ids of persons whose tokens are still to be written under the newest match key, mostly none.

    Tokens are written with the person, so there is something to do only after that key was changed, or on a store
    that is older than tokens are.
    """
    blinding = blinding_of(session)
    older = session.scalar(select(MatchToken.handle).where(MatchToken.key_version != blinding.version).limit(1))
    newest = session.scalar(select(MatchToken.handle).where(MatchToken.key_version == blinding.version).limit(1))
    if older is None and newest is not None:
        return []
    have = set(session.scalars(select(MatchToken.handle).where(MatchToken.key_version == blinding.version)))
    ids = session.scalars(select(Person.id).order_by(Person.id))
    return [person_id for person_id in ids if blinding.handle(person_id, 0) not in have]


def with_tokens(work: Work) -> list[UUID]:
    """Give the ids of persons who have tokens."""
    found: set[UUID] = set()
    for blinding in blindings_of(work.session):
        wanted = select(MatchToken.token, MatchToken.handle, MatchToken.holder)
        rows = work.session.execute(wanted.where(MatchToken.key_version == blinding.version))
        found |= {blinding.open_holder(row.token, row.handle, row.holder)[0] for row in rows}
    return sorted(found)


def token_epochs(work: Work) -> set[int]:
    """Give the epochs of the match key under which persons have tokens."""
    return set(work.session.scalars(select(MatchToken.key_version).distinct()))
