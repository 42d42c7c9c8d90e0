"""The made-up estimate of the demo: the figures of 2003, a run on them, lists to compare, and an answer."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from cse_tracker.demo.accounts import ACCOUNTS, BOROUGH
from cse_tracker.demo.cast import characters
from cse_tracker.demo.story import PEOPLE
from cse_tracker.estimates import commands as estimates
from cse_tracker.estimates import lists, queries
from cse_tracker.estimates.proposing import proposal
from cse_tracker.estimates.years import finished
from cse_tracker.identity.model import PostKind
from cse_tracker.involvement import commands as involvement
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running

LONDON_2003: Final = Path(__file__).parent / "london_2003"
TABLES: Final = ("indicators", "population", "identified", "proactivity", "steps")
MARKED: Final = 0.35
AGO: Final = timedelta(days=75)


def play(running: Running, actors: dict[str, Actor]) -> None:
    """Bring the figures in and run the method as the manager, have services say whom they know, compare the lists."""
    manager, lead = actors["manager@demo.example"], actors["lead@demo.example"]
    _say_who_is_known(running, actors, running.clock())
    with replace(running, reactions=()).work(manager) as work:
        data = estimates.import_data(work, borough_gss=BOROUGH, uploads=uploads(), note="The made-up figures of 2003")
        anchors = proposal(work, data).codes or ()
        made = estimates.make_estimate(work, data, anchors=anchors, reason="As the made-up survey of 2003 proposes.")
        lists.compare_lists(work, borough_gss=BOROUGH, last_month=finished(work.now)[0].last_month)
        run_id = made.id
    with replace(running, reactions=()).work(lead) as work:
        kept = queries.open_estimate(work, LONDON_2003, run_id).made
        assert kept is not None  # noqa: S101 - it was made a moment ago
        estimates.answer_estimate(work, kept, looks="right", why="It fits what the services of the borough tell me.")
        held = (running.clock() - AGO).date()
        about = "Signs of sexual exploitation and how to refer"
        estimates.record_training(
            work, borough_gss=BOROUGH, held_on=held, about=about, services="designated leads of schools"
        )


def _say_who_is_known(running: Running, actors: dict[str, Actor], now: datetime) -> None:
    """Services say of about a third of the young people that they are involved, so that their lists overlap."""
    random = Random(1002)  # noqa: S311 - made-up events, not keys
    people = [each.identity for each in characters(PEOPLE, now.date())]
    local = [each for each in ACCOUNTS if each.borough_gss == BOROUGH and PostKind.MEETING_CONTACT in each.posts]
    for account in local:
        if account.kind in {AgencyKind.SOCIAL_CARE, AgencyKind.YOT}:
            continue
        with replace(running, clock=lambda: now - AGO, reactions=()).work(actors[account.email]) as work:
            for each in people:
                born = each.date_of_birth
                if born is not None and random.random() < MARKED:
                    form = involvement.MarkerForm(
                        borough_gss=BOROUGH, first_name=each.first_name, last_name=each.last_name, born=born,
                        contact=account.name,
                    )  # fmt: skip
                    involvement.mark(work, form)


def uploads() -> dict[str, bytes]:
    """The tables as a manager would bring them in, each series with its period and where it is from."""
    files = {f"{name}.csv": (LONDON_2003 / f"{name}.csv").read_bytes() for name in TABLES}
    with (LONDON_2003 / "indicator_definitions.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["indicator"], row["period"], "made up", row["label"]) for row in csv.DictReader(lines)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("series", "period", "source", "label"))
    writer.writerows(rows)
    writer.writerow(("population", "mid-2003", "made up", "Residents aged 10 to 19"))
    writer.writerow(("identified", "2003", "made up", "Young people identified"))
    return {**files, "series.csv": out.getvalue().encode()}
