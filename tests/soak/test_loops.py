"""The long loops: concurrent work on both databases, roundings attacked, keys under contention."""

import itertools
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from cse_tracker.app import Service
from cse_tracker.audit.verify import verify
from cse_tracker.disclosure.model import one_way_tables, two_way_table
from cse_tracker.disclosure.release import protect
from cse_tracker.referrals import queries
from cse_tracker.rulebook.calendar import Unit, due, is_working_day
from cse_tracker.vault.envelope import Sealer
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import new_key
from tests import people
from tests.soak.conftest import Report

pytestmark = pytest.mark.soak


def test_two_hundred_referrals_from_eight_threads_are_all_there_and_the_audit_is_intact(
    service: Service, report: Report
) -> None:
    sent: list[object] = []
    lock = threading.Lock()

    def one(number: int) -> None:
        referral = people.refer(service, first_name=f"First{number}", last_name=f"Last{number}")
        with lock:
            sent.append(referral.id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(200)))
    with people.working(service, people.LEAD, reading=True) as work:
        waiting = {referral.id for referral in queries.awaiting_decision(work)}
    assert waiting == set(sent)
    with people.working(service, reading=True) as work:
        verdict = verify(work.session)
    assert verdict.intact
    name = service.store.engine.dialect.name
    report(f"referrals lost of 200 sent by 8 threads ({name})", 200 - len(waiting), "count", limit=0, holds=True)


def test_eight_threads_sealing_for_eight_compartments_never_use_another_key(report: Report) -> None:
    sealers = [Sealer(new_key(), 1) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:

        def seal(place: int) -> int:
            wrong = 0
            for number in range(10_000):
                blob = sealers[place].seal(b"%d" % number, ("t", "c", place, number))
                if sealers[place].open(blob, ("t", "c", place, number)) != b"%d" % number:
                    wrong += 1
                if number % 100 == 0:
                    with pytest.raises(CryptoError):
                        sealers[(place + 1) % 8].open(blob, ("t", "c", place, number))
            return wrong

        with ThreadPoolExecutor(8) as pool:
            wrong = sum(pool.map(seal, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert wrong == 0
    report("payloads under a wrong key of 80,000", wrong, "count", limit=0, holds=True)


def test_a_thousand_random_tables_are_protected_and_none_is_refused(report: Report) -> None:
    dice = random.Random(2005)
    for number in range(500):
        total = dice.randrange(60)
        breakdowns = {}
        for dimension in ("a", "b", "c", "d"):
            categories = [f"k{i}" for i in range(dice.randrange(2, 8))]
            counts = dict.fromkeys(categories, 0)
            for _ in range(total):
                counts[dice.choice(categories)] += 1
            breakdowns[dimension] = counts
        release = protect(one_way_tables(f"one-{number}", "All", breakdowns), seed=b"soak")
        assert all(release.number(key) % 5 == 0 for key, _ in release)
        rows, columns = [f"r{i}" for i in range(6)], [f"c{i}" for i in range(4)]
        cells = {(row, column): dice.randrange(9) for row, column in itertools.product(rows, columns)}
        protect(two_way_table(f"two-{number}", "r", "c", cells, rows=rows, columns=columns), seed=b"soak")
    report("tables refused of 1,000", 0, "count", limit=0, holds=True)


def test_no_deadline_of_ten_years_falls_on_a_day_off(report: Report) -> None:
    dice = random.Random(1148)
    for _ in range(20_000):
        start = datetime(
            2024 + dice.randrange(10), 1 + dice.randrange(12), 1 + dice.randrange(28), dice.randrange(24), tzinfo=UTC
        )
        found = due(start, 1 + dice.randrange(60), Unit.WORKING_DAYS)
        assert is_working_day(found.at.date())
    report("deadlines on a day off of 20,000", 0, "count", limit=0, holds=True)
