"""A made-up legal hold and a made-up request for access, so that a new user meets the end of records."""

from dataclasses import replace
from datetime import timedelta

from cse_tracker.cases import queries as cases
from cse_tracker.demo.accounts import BOROUGH
from cse_tracker.people.model import Person
from cse_tracker.retention import commands as retention
from cse_tracker.subject_access import commands as requests
from cse_tracker.subject_access import queries
from cse_tracker.subject_access.model import Asker
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running


def play(running: Running, lead: Actor, officer: Actor) -> None:
    """Put the oldest case's records under hold, and let somebody ask for what the next one holds."""
    quiet = replace(running, reactions=())
    with quiet.work(lead) as work:
        rows = [row for row in cases.cases_in_sight(work) if row.case.borough_gss == BOROUGH]
        rows.sort(key=lambda row: row.case.head.opened_at)
        held, asked = rows[0].case, rows[1].case
        person = work.session.get_one(Person, held.person_id)
        retention.place_hold(work, person, reason="Serious case review: keep everything until it has reported.")
        case_id = asked.id
    with quiet.work(officer) as work:
        case = queries.case_to_ask_for(work, case_id)
        form = requests.AccessForm(
            asker=Asker.REPRESENTATIVE,
            requester="Sample Solicitors, for the young person",
            identity_checked="Signed authority and a copy of the passport; the number was called back.",
            received_on=work.now.date() - timedelta(days=6),
        )
        requests.ask(work, case, form, standing=None)
