"""Made-up missing episodes and links, so that a new user meets them: a home, a car, and a number two boroughs hold."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.demo.accounts import BOROUGH
from cse_tracker.intelligence import commands as links
from cse_tracker.intelligence import queries as link_queries
from cse_tracker.intelligence.model import Link, Relation
from cse_tracker.intelligence.rules import Assessment, Grade, Handling, Kind, Platform, Sighting, Source
from cse_tracker.missing import commands as missing
from cse_tracker.missing import queries as missing_queries
from cse_tracker.missing.model import Account, Asked, Care, Manner, Offer
from cse_tracker.missing.rules import Kind as Absence
from cse_tracker.people import commands as people
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.work.actor import Actor, Role
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

ELM: Final = missing.Residence(care=Care.CHILDRENS_HOME, new_home="Elm House")
BEECH: Final = missing.Residence(care=Care.CHILDRENS_HOME, new_home="Beech Lodge")
HOME: Final = missing.Residence(care=Care.HOME)
FREE: Final = Grade(Source.UNTESTED, Assessment.INDIRECTLY_CORROBORATED, Handling.SHARED)
GUARDED: Final = Grade(Source.RELIABLE, Assessment.KNOWN_DIRECTLY, Handling.CONDITIONS)
CAR: Final = Sighting(Kind.VEHICLE, "LK61 ABC")
FLAT: Final = Sighting(Kind.ADDRESS, "Flat 2, 14 Sample Road", "E8 1EA")
SHOP: Final = Sighting(Kind.VENUE, "The Golden Fry", "N9")
NUMBER: Final = Sighting(Kind.PHONE, "07700 900982")
HANDLE: Final = Sighting(Kind.ONLINE, "@king.d", platform=Platform.SNAPCHAT)
ADULT: Final = Sighting(Kind.PERSON, "Dean Made-Up", born=date(1994, 2, 3))


@dataclass(frozen=True)
class Away:
    """One made-up episode: whose, how many days ago, for how many hours, from where, and what came of the interview."""

    whose: int
    days_ago: int
    hours: int | None
    residence: missing.Residence
    interview: str = ""
    kind: Absence = Absence.MISSING


EPISODES: Final = (
    Away(0, 120, 9, ELM, "held"),
    Away(0, 71, 30, ELM, "held"),
    Away(0, 20, 14, ELM, "late"),
    Away(1, 95, 5, BEECH, "declined"),
    Away(1, 33, 50, BEECH, "held"),
    Away(2, 48, 3, HOME, "held", Absence.AWAY),
    Away(3, 12, 11, ELM, "declined"),
    Away(4, 2, 8, BEECH),
    Away(5, 1, None, ELM),
)


def play(running: Running, lead: Actor, other_lead: Actor) -> None:
    """Play the made-up episodes and links on the borough's open cases, and one link in another borough."""
    now = running.clock()
    # Nobody is written to about what happened long ago.
    quiet = replace(running, reactions=())
    with quiet.work(other_lead) as work:
        _elsewhere(work)
    with quiet.work(lead) as work:
        rows = [row for row in cases.cases_in_sight(work) if row.case.borough_gss == BOROUGH]
        rows.sort(key=lambda row: row.case.head.opened_at)
        ids = [row.case.id for row in rows][:8]
        for each in EPISODES:
            if each.whose < len(ids):
                _episode(work, ids[each.whose], each, now)
        if len(ids) >= 5:
            _links(work, ids)


def _episode(work: Work, case_id: UUID, away: Away, now: datetime) -> None:
    case = cases.open_case(work, case_id).case
    began = now - timedelta(days=away.days_ago)
    ended = began + timedelta(hours=away.hours) if away.hours is not None else None
    episode = missing.report(
        work,
        case,
        missing.Report(
            kind=away.kind,
            starts_at=began,
            residence=away.residence,
            reported_by="A made-up carer",
            circumstances="Did not come back from school. A made-up episode.",
            ended_at=ended,
            found="Came back by herself." if ended else "",
        ),
    )
    opened = missing_queries.open_episode(work, episode.id)
    if ended is None or opened.interview is None or not away.interview:
        return
    missing.record_check(work, episode, at=ended + timedelta(hours=2), by="A made-up constable", note="Safe and well.")
    offer = Offer(
        offered_at=ended + timedelta(hours=6),
        offered_by="Return interview service",
        asked=Asked.YOUNG_PERSON,
        manner=Manner.PHONE,
        interviewer="A. Made-Up",
        independent=True,
    )
    missing.offer(work, episode, opened.interview, offer)
    if away.interview == "declined":
        note = "Does not want to talk about it now."
        missing.answer(work, episode, opened.interview, accepted=False, by=Asked.YOUNG_PERSON, note=note)
        return
    held = ended + timedelta(hours=100 if away.interview == "late" else 40)
    account = Account(
        held_at=held,
        interviewer="A. Made-Up",
        independent=True,
        not_independent_reason="",
        present="",
        told="Was collected in a silver car and taken to a flat with older people.",
        young_person_view="Wants somebody to meet her after school.",
        safety="Her sister will ring at four o’clock.",
    )
    missing.hold(work, case, episode, opened.interview, account)


def _elsewhere(work: Work) -> None:
    (gss,) = work.actor.boroughs_as(Role.LEAD_OFFICER)
    identity = Identity(first_name="Noor", last_name="Elsewhere", date_of_birth=date(2011, 5, 6))
    case = case_commands.open_for(work, people.add(work, identity, PersonDetails(), borough_gss=gss), referral_id=None)
    links.link(work, case, _form(NUMBER, Relation.CALLED_BY))


def _form(
    thing: Sighting,
    relation: Relation,
    grade: Grade = FREE,
    *,
    narrative: str = "",
    description: str = "",
    conditions: str = "",
) -> links.LinkForm:
    return links.LinkForm(
        thing=thing,
        relation=relation,
        grade=grade,
        source="A made-up constable",
        narrative=narrative,
        description=description,
        conditions=conditions,
    )


def _links(work: Work, ids: list[UUID]) -> None:
    def add(place: int, form: links.LinkForm) -> Link:
        return links.link(work, cases.open_case(work, ids[place]).case, form)

    car = add(0, _form(CAR, Relation.TRAVELLED_IN, narrative="Collected from school twice."))
    add(1, _form(CAR, Relation.SEEN_WITH))
    add(0, _form(FLAT, Relation.FOUND_AT))
    add(2, _form(FLAT, Relation.FOUND_AT))
    add(2, _form(NUMBER, Relation.CALLED_BY))
    add(3, _form(NUMBER, Relation.CALLED_BY))
    add(3, _form(SHOP, Relation.GOES_TO))
    add(4, _form(SHOP, Relation.GOES_TO))
    add(1, _form(HANDLE, Relation.IN_TOUCH, GUARDED, conditions="Ask the made-up constable first"))
    adult = _form(ADULT, Relation.KEEPS, description="A made-up adult.")
    dean = links.connect(work, link_queries.open_thing(work, car.to_thing_id), adult)
    person = link_queries.open_thing(work, dean.to_thing_id)
    links.connect(work, person, _form(NUMBER, Relation.USES))
