"""Finds young people among those whom the actor may see: their heads are opened and compared in memory."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.likeness.search import Asked, Found, Held, ask
from cse_tracker.meetings.model import Meeting
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.keys import unlock
from cse_tracker.records.reference import reference
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.search.events import PeopleSearched, PersonFound
from cse_tracker.work.errors import NotPermitted, RuleBroken
from cse_tracker.work.unit import Work

MOST_COMPARED: Final = 10_000
MOST_SHOWN: Final = 50


@dataclass(frozen=True, repr=False)
class Result:
    """A young person who fits what was typed, with their cases, open ones first."""

    person: Person
    cases: tuple[Case, ...]
    found: Found


@dataclass(frozen=True)
class Pointer:
    """A referral or a meeting whose reference was typed."""

    kind: str
    record_id: UUID
    reference: str


@dataclass(frozen=True, repr=False)
class Results:
    """What a search found: the best first, fifty at most, and how many more there are."""

    shown: tuple[Result, ...]
    pointers: tuple[Pointer, ...]
    compared: int
    more: int


def boroughs_to_search(work: Work) -> frozenset[str]:
    """Give the boroughs whose young people the actor may search; raises NotPermitted where there is none."""
    allowed = scope(work.actor, Permission.PERSON_SEARCH)
    if not allowed.boroughs:
        raise NotPermitted(Permission.PERSON_SEARCH)
    return allowed.boroughs


def find(work: Work, typed: str, *, borough_gss: str = "") -> Results:
    """Find young people by any part of what is held of them, recorded with how many and who were shown.

    `borough_gss` narrows to one borough. Raises RuleBroken where nothing can be looked for, or where more than 10,000
    young people would have to be compared.
    """
    boroughs = boroughs_to_search(work)
    wanted, asked = boroughs & {borough_gss} if borough_gss else boroughs, ask(typed)
    if asked.empty:
        code = "search.empty"
        raise RuleBroken(code, "Enter a name, date of birth, number, address or reference", field="typed")
    _refuse_too_many(work, wanted)
    references = _references(work, wanted) if asked.all_references else {}
    # Whoever was joined to another is found with that one, who has every name of both.
    one_each = (Person.borough_gss.in_(wanted), Person.merged_into_id.is_(None))
    rows = list(work.session.scalars(select(Person).where(*one_each)))
    unlock(work.session, [row.compartment_id for row in rows])
    found = _best((row, asked.compare(held(row.head, row.body, references.get(row.id, ())))) for row in rows)
    shown = _with_cases(work, found[:MOST_SHOWN])
    _record(work, asked, len(rows), shown)
    return Results(shown, _pointers(work, wanted, asked), len(rows), len(found) - len(shown))


def held(head: Identity, body: PersonDetails, references: Iterable[str] = ()) -> Held:
    """Give what is held of a person in the form in which it is compared."""
    aliases = head.also_known_as.replace(";", ",").replace("\n", ",").split(",")
    return Held(
        names=(head.full_name, *(alias for alias in aliases if alias.strip())),
        born=head.date_of_birth,
        nhs_number=head.nhs_number,
        places=f"{body.address}, {head.postcode}, {body.school}",
        contacts=f"{body.contact}\n{body.carer}",
        references=tuple(references),
    )


def _refuse_too_many(work: Work, boroughs: Iterable[str]) -> None:
    number = work.session.scalar(select(func.count()).select_from(Person).where(Person.borough_gss.in_(boroughs))) or 0
    if number <= MOST_COMPARED:
        return
    code = "search.too_many"
    message = f"You may see {number:,} young people and a search compares at most {MOST_COMPARED:,}"
    advice = "choose one borough" if len(set(boroughs)) > 1 else "ask the operators to raise this limit"
    raise RuleBroken(code, f"{message}: {advice}", field="borough" if len(set(boroughs)) > 1 else "typed")


def _best(compared: Iterable[tuple[Person, Found | None]]) -> list[tuple[Person, Found]]:
    fitting = [(person, found) for person, found in compared if found is not None]
    return sorted(fitting, key=lambda pair: (-pair[1].score, *_in_order(pair[0].head), str(pair[0].id)))


def _in_order(head: Identity) -> tuple[str, str]:
    return head.last_name.casefold(), head.first_name.casefold()


def _references(work: Work, boroughs: Iterable[str]) -> dict[UUID, list[str]]:
    out: dict[UUID, list[str]] = defaultdict(list)
    for case_id, person_id in work.session.execute(
        select(Case.id, Case.person_id).where(Case.borough_gss.in_(boroughs))
    ):
        out[person_id].append(reference("C", case_id))
    return out


def _pointers(work: Work, boroughs: Iterable[str], asked: Asked) -> tuple[Pointer, ...]:
    sent = select(Referral.id).where(Referral.borough_gss.in_(boroughs), Referral.state != ReferralState.DRAFT)
    called = select(Meeting.id).where(Meeting.borough_gss.in_(boroughs))
    asked_for = {wanted[0] for wanted in asked.all_references}
    return tuple(
        Pointer(kind, record_id, reference(letter, record_id))
        for kind, letter, every in (("referral", "R", sent), ("meeting", "M", called))
        if letter in asked_for
        for record_id in work.session.scalars(every)
        if reference(letter, record_id) in asked.all_references
    )


def _with_cases(work: Work, found: list[tuple[Person, Found]]) -> tuple[Result, ...]:
    wanted = select(Case).where(Case.person_id.in_([person.id for person, _ in found]))
    cases: dict[UUID, list[Case]] = defaultdict(list)
    for case in work.session.scalars(wanted.order_by(Case.status.desc(), Case.id)):
        cases[case.person_id].append(case)
    unlock(work.session, [case.compartment_id for several in cases.values() for case in several])
    return tuple(Result(person, tuple(cases[person.id]), how) for person, how in found)


def _record(work: Work, asked: Asked, compared: int, shown: tuple[Result, ...]) -> None:
    terms = len(asked.references) + len(asked.births) + len(asked.numbers) + len(asked.words)
    work.record(PeopleSearched(subject_id=None, terms=terms, compared=compared, shown=len(shown)))
    for result in shown:
        work.record(PersonFound(subject_id=result.person.id, borough_gss=result.person.borough_gss))
