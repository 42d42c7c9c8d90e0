"""The made-up service directory of the demo, and two referrals to services: one accepted, one that nobody answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.cases import queries as cases
from cse_tracker.demo.accounts import BOROUGH
from cse_tracker.directory import commands as directory
from cse_tracker.directory.model import Service
from cse_tracker.directory.rules import Capacity, Entry, Serves
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as agencies
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import answering, following, sending
from cse_tracker.outbound.model import Plan
from cse_tracker.outbound.rules import Agreement, Section
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.sharing.model import Footing
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running

ISLINGTON: Final = "E09000019"
BOTH: Final = frozenset({BOROUGH, ISLINGTON})
ENTRIES: Final = (
    (
        "Safe Steps specialist service",
        Entry(
            name="One-to-one support",
            description="One worker for as long as it takes, at places that the young person chooses.",
            min_age=11,
            max_age=18,
            capacity=Capacity.LIMITED,
            wait_weeks=3,
            who_may_refer="Any professional who works with the young person",
            how_to_refer="Through this service",
            email="referrals@safe-steps.example",
            phone="020 7946 0101",
            covers=BOTH,
            commissioned_by=BOTH,
        ),
    ),
    (
        "Open Door counselling",
        Entry(
            name="Counselling for young people",
            description="Twelve sessions with a counsellor, and a group on Thursdays.",
            min_age=12,
            max_age=21,
            wait_weeks=6,
            who_may_refer="Anybody, young people themselves too",
            how_to_refer="Through this service; we have no account and open a link",
            email="team@open-door.example",
            phone="020 7946 0102",
            covers=frozenset({BOROUGH}),
            commissioned_by=frozenset({BOROUGH}),
        ),
    ),
    (
        "Willow House",
        Entry(
            name="Safe place to stay for girls",
            description="Six places, for up to six months.",
            min_age=16,
            max_age=18,
            serves=Serves.GIRLS,
            capacity=Capacity.FULL,
            wait_weeks=20,
            who_may_refer="Children’s social care",
            how_to_refer="By telephone first",
            email="house@willow.example",
            phone="020 7946 0103",
            covers=BOTH,
            commissioned_by=frozenset({ISLINGTON}),
        ),
    ),
)


def play(running: Running, lead: Actor, worker: Actor) -> None:
    """Fill the directory, and refer two young people of the demo borough to the specialist service."""
    now = running.clock()
    start = replace(running, clock=lambda: now - timedelta(days=40), reactions=())
    with start.work() as work:
        known = {each.name for each in agencies.agencies(work).values()}
        for name in dict.fromkeys(agency for agency, _ in ENTRIES):
            if name not in known:
                identity.add_agency(work, name=name, kind=AgencyKind.VOLUNTARY, borough_gss=None)
    with start.work(lead) as work:
        made = [directory.enter(work, agencies.agency_named(work, name), entry).id for name, entry in ENTRIES]
        found = [row.case.id for row in cases.cases_in_sight(work)[:2]]
    for case_id, days in zip(found, (30, 12), strict=True):
        _refer(running, lead, worker, case_id, made[0], sent=now - timedelta(days=days), answered=days == 30)
    _write_down_the_silence(running, now)


def _refer(
    running: Running, lead: Actor, worker: Actor, case_id: UUID, service_id: UUID, *, sent: datetime, answered: bool
) -> None:
    then = replace(running, clock=lambda: sent, reactions=())
    plan = Plan(
        asked_for="Please meet her where she feels safe, and stay in touch even when she does not answer.",
        needs=("Somebody she can trust", "Back at school"),
        sections=frozenset({Section.IDENTITY, Section.CONTACT, Section.VIEW}),
        footing=Footing.SAFEGUARDING,
        agreement=Agreement.AGREED,
        said="She wants to meet the worker first.",
    )
    with then.work(lead) as work:
        row = cases.open_case(work, case_id, for_change=True)
        outbound = sending.prepare(work, row.case, work.session.get_one(Service, service_id), plan)
        sending.send(work, outbound, row.case, queries.leaving(work, row, plan.sections))
        outbound_id = outbound.id
    if answered:
        later = replace(running, clock=lambda: sent + timedelta(days=2), reactions=())
        with later.work(worker) as work:
            found = queries.open_outbound(work, outbound_id, for_change=True)
            answering.accept(work, found, words="We will write to her this week.")


def _write_down_the_silence(running: Running, now: datetime) -> None:
    today = replace(running, clock=lambda: now, reactions=())
    with today.work(reading=True) as work:
        late, silent = duty_queries.overdue_ids(work.session, work.now), queries.silent_ids(work)
    for duty_id in late:
        with today.work() as work:
            duties.breach(work, duty_id)
    for outbound_id in silent:
        with today.work() as work:
            following.note_silence(work, outbound_id)
