"""The chain in use: whole over many works, over many threads at once, and over works that came to nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cse_tracker.app import Service
from cse_tracker.audit.chain import GENESIS, ONE_WRITER
from cse_tracker.audit.encoding import microseconds
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verdict import Verdict
from cse_tracker.audit.verify import verify
from cse_tracker.identity.model import Agency
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.vault.errors import CryptoError
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work
from tests import people

THREADS = 8
WORKS = 10


@dataclass(frozen=True, kw_only=True)
class Noted(Event):
    """Something that tests record."""

    name: ClassVar = "test.noted"
    subject: ClassVar = "test"
    number: int
    when: datetime | None = None
    about: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Wordy(Event):
    """An event that breaks the rule: it carries free text."""

    name: ClassVar = "test.wordy"
    subject: ClassVar = "test"
    words: object


class Undone(Exception):
    """Something goes wrong in the middle of a work."""


def fail_on_odd(step: int) -> None:
    if step % 2:
        raise Undone


def verdict_on(service: Service) -> Verdict:
    with people.working(service, reading=True) as work:
        return verify(work.session)


def note(service: Service, *numbers: int) -> None:
    with service.app.app_context(), service.tools.running.work() as work:
        for number in numbers:
            work.record(Noted(subject_id=None, number=number))


def noted(service: Service) -> list[int]:
    with people.working(service, reading=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.action == Noted.name))
        return sorted(int(facts_of(work.session, row)["number"] or 0) for row in rows)


def test_a_chain_is_intact_over_many_works(service: Service) -> None:
    before = verdict_on(service).entries
    for number in range(30):
        note(service, *range(number % 4))
    verdict = verdict_on(service)
    assert verdict.intact
    assert verdict.entries == before + sum(number % 4 for number in range(30))


def test_an_entry_says_who_when_what_and_about_what(service: Service) -> None:
    subject, request, sign_in = uuid4(), uuid4(), uuid4()
    actor = people.open_case(service)
    with service.app.app_context():
        who = people.actor(service, people.LEAD)
        with service.tools.running.work(who, request_id=request, sign_in_id=sign_in) as work:
            now = work.now
            work.record(Noted(subject_id=subject, borough_gss=people.HACKNEY, number=7, about=actor.id))
    with people.working(service, reading=True) as work:
        row = work.session.scalars(select(AuditEntry).where(AuditEntry.object_id == subject)).one()
        assert (row.action, row.object_type, row.borough_gss) == ("test.noted", "test", people.HACKNEY)
        assert (row.actor_id, row.request_id, row.sign_in_id) == (who.user_id, request, sign_in)
        assert row.at_us == microseconds(now)
        assert facts_of(work.session, row) == {"number": 7, "when": None, "about": str(actor.id)}


@pytest.mark.parametrize("microsecond", [0, 1, 123456, 999999])
def test_a_time_keeps_its_microseconds_as_a_whole_number(microsecond: int) -> None:
    at = datetime(2026, 11, 16, 10, 0, 0, microsecond, tzinfo=UTC)
    assert microseconds(at) == 1_794_823_200_000_000 + microsecond


def test_the_entries_of_one_work_keep_their_order(service: Service) -> None:
    note(service, 5, 3, 9)
    with people.working(service, reading=True) as work:
        rows = list(work.session.scalars(select(AuditEntry).where(AuditEntry.action == Noted.name)))
        rows.sort(key=lambda row: row.sequence)
        assert [facts_of(work.session, row)["number"] for row in rows] == [5, 3, 9]
        assert [row.sequence for row in rows] == [rows[0].sequence + step for step in range(3)]
        assert [row.previous for row in rows[1:]] == [row.mac for row in rows[:2]]


def test_writers_at_once_lose_nothing_and_raise_no_false_alarm(service: Service) -> None:
    before, start = verdict_on(service).entries, Barrier(THREADS)

    def write(thread: int) -> None:
        start.wait()
        for step in range(WORKS):
            with service.app.app_context(), service.tools.running.work() as work:
                number = thread * WORKS + step
                work.record(Noted(subject_id=None, number=number))
                work.session.add(Agency(name=f"Agency {number}", kind=AgencyKind.OTHER, borough_gss=None))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))
    verdict = verdict_on(service)
    assert verdict.intact
    assert verdict.entries == before + THREADS * WORKS
    assert noted(service) == list(range(THREADS * WORKS))


def test_works_that_fail_between_others_raise_no_false_alarm(service: Service) -> None:
    start = Barrier(4)

    def write(thread: int) -> None:
        start.wait()
        for step in range(WORKS):
            try:
                with service.app.app_context(), service.tools.running.work() as work:
                    work.record(Noted(subject_id=None, number=thread * WORKS + step))
                    fail_on_odd(step)
            except Undone:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert verdict_on(service).intact
    assert noted(service) == [thread * WORKS + step for thread in range(4) for step in range(0, WORKS, 2)]


def test_a_work_that_is_undone_leaves_no_entry_and_no_gap(service: Service) -> None:
    def fail() -> None:
        with people.working(service) as work:
            work.record(Noted(subject_id=None, number=2))
            raise Undone

    note(service, 1)
    with pytest.raises(Undone):
        fail()
    note(service, 3)
    assert noted(service) == [1, 3]
    assert verdict_on(service).intact


def test_a_commit_that_fails_after_its_entries_were_written_leaves_no_gap(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_session: Session) -> None:
        raise Undone

    note(service, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", refuse)
        with pytest.raises(Undone):
            note(service, 2)
    note(service, 3)
    assert noted(service) == [1, 3]
    assert verdict_on(service).intact


def test_a_commit_that_was_made_although_it_seemed_to_fail_raises_no_false_alarm(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Session.commit

    def commit_and_lose_the_answer(session: Session) -> None:
        real(session)
        raise Undone

    note(service, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", commit_and_lose_the_answer)
        with pytest.raises(Undone):
            note(service, 2)
    note(service, 3)
    assert noted(service) == [1, 2, 3]
    assert verdict_on(service).intact


def test_sqlite_keeps_one_chain_from_the_first_entry_on(sqlite_service: Service) -> None:
    note(sqlite_service, 1)
    with people.working(sqlite_service, reading=True) as work:
        assert set(work.session.scalars(select(AuditEntry.writer))) == {ONE_WRITER}
        first = work.session.get_one(AuditEntry, (ONE_WRITER, 1))
        assert first.previous == GENESIS
        last = work.session.scalar(select(func.max(AuditEntry.sequence)))
        assert last == work.session.scalar(select(func.count()).select_from(AuditEntry))


def test_facts_are_sealed_and_open_again(service: Service) -> None:
    about, when = uuid4(), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    with people.working(service) as work:
        work.record(Noted(subject_id=None, number=424242, when=when, about=about))
    with people.working(service, reading=True) as work:
        row = work.session.scalars(select(AuditEntry).where(AuditEntry.action == Noted.name)).one()
        facts = {"number": 424242, "when": when.isoformat(), "about": str(about)}
        assert facts_of(work.session, row) == facts
        for plain in (*facts, *map(str, facts.values()), json.dumps(facts), about.hex):
            assert plain.encode() not in row.facts_sealed
        assert about.bytes not in row.facts_sealed
        # Short facts all have one length, so that a length tells nothing.
        assert {len(blob) for blob in work.session.scalars(select(AuditEntry.facts_sealed))} <= {95, 159, 287}


def test_facts_open_in_the_place_of_no_other_entry(service: Service) -> None:
    note(service, 1, 2)
    with people.working(service, reading=True) as work:
        one, other = work.session.scalars(select(AuditEntry).where(AuditEntry.action == Noted.name)).all()
        work.session.expunge(other)
        other.facts_sealed = one.facts_sealed
        with pytest.raises(CryptoError):
            facts_of(work.session, other)


@pytest.mark.parametrize("words", ["Keira", b"Keira", 1.5, ("Keira",), ["Keira"], {"name": "Keira"}])
def test_an_event_with_free_text_is_refused_and_leaves_nothing(sqlite_service: Service, words: object) -> None:
    def record(work: Work) -> None:
        work.record(Wordy(subject_id=None, words=words))

    before = verdict_on(sqlite_service).entries
    with people.working(sqlite_service) as work:
        with pytest.raises(TypeError, match="no free text"):
            record(work)
        assert work.events == []
    assert verdict_on(sqlite_service).entries == before
