"""Keys that tokens, codes, entries and figures are derived from are changed beside live work, and what was issued."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from cse_tracker.app import Service
from cse_tracker.audit import chain
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity import commands as identity
from cse_tracker.intelligence import commands as intelligence
from cse_tracker.intelligence.model import LinkToken, Relation
from cse_tracker.intelligence.rules import Assessment, Grade, Handling, Kind, Sighting, Source
from cse_tracker.jobs.upkeep import close_keys
from cse_tracker.matching import commands as matching
from cse_tracker.matching.model import MatchToken
from cse_tracker.oversight import queries as oversight
from cse_tracker.oversight.commands import make_checkpoint
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import marks, rotation
from cse_tracker.vault.keyring import KeyName
from tests import people
from tests.integration.api import acts
from tests.integration.cli.installation import Installation
from tests.store import CHEAP, Clock

MATCH = KeyName("match", "", 2)


@pytest.fixture
def here(service: Service, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    made = Installation(service, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def small(sqlite_service: Service, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    made = Installation(sqlite_service, tmp_path, clock)
    yield made
    made.close()


def epochs(here: Installation, purpose: str) -> list[int]:
    with people.working(here.service(), reading=True) as work:
        return [one.name.version for one in rotation.survey(work.session) if one.name.purpose == purpose]


def known_in_islington(service: Service) -> UUID:
    born = date(2012, 3, 4)
    with people.working(service, people.OTHER_LEAD) as work:
        name = Identity("Keira", "Marsh", date_of_birth=born)
        return people_commands.add(work, name, PersonDetails(), borough_gss=people.ISLINGTON).id


def found_by_hackney(service: Service) -> int:
    with people.working(service, people.LEAD) as work:
        return len(matching.holders_of(work, Identity("Keira", "Marsh", date_of_birth=date(2012, 3, 4)), ""))


def a_car(service: Service) -> UUID:
    case = people.open_case(service)
    form = intelligence.LinkForm(
        thing=Sighting(Kind.VEHICLE, "AB12 CDE"),
        relation=Relation.TRAVELLED_IN,
        grade=Grade(Source.RELIABLE, Assessment.KNOWN_DIRECTLY, Handling.SHARED),
        source="A neighbour",
    )
    with people.working(service, people.LEAD) as work:
        return intelligence.link(work, case, form).to_thing_id


def held_in_hackney(service: Service) -> UUID | None:
    with people.working(service, people.LEAD) as work:
        held = intelligence.held_here(work, people.HACKNEY, Sighting(Kind.VEHICLE, "ab12cde"))
        return held.id if held else None


def tokens(service: Service) -> set[tuple[str, int]]:
    with people.working(service, reading=True) as work:
        return {
            (kind.__tablename__, version)
            for kind in (MatchToken, LinkToken)
            for version in work.session.scalars(select(kind.key_version))
        }


def test_blind_tokens_are_written_anew_and_nobody_is_missed_meanwhile(here: Installation) -> None:
    running = here.service()
    known_in_islington(running)
    car = a_car(running)
    assert "would rotate match: tokens of 2 persons and 1 things" in here.ok(
        "keys", "rotate", "--matching", "--dry-run"
    )
    assert epochs(here, "match") == [1]
    with people.working(here.service()) as work:
        assert rotation.begin(work.session, running.store.root, "match", "", work.now) == MATCH
    # Killed here: a process that started before, and one that starts now, find what is under the older key.
    for service in (running, here.service()):
        assert (found_by_hackney(service), held_in_hackney(service)) == (1, car)
    half_done = "match, epoch 1: tokens are still under it; run cse-tracker keys rotate --matching"
    assert half_done in here.ok("keys", "status")
    with people.working(here.service(), people.LEAD) as work:
        leon = Identity("Leon", "Stone", date_of_birth=date(2011, 1, 1))
        people_commands.add(work, leon, PersonDetails(), borough_gss=people.HACKNEY)
    assert tokens(running) == {("match_token", 1), ("match_token", 2), ("link_token", 1)}
    here.ok("keys", "rotate", "--matching")
    assert epochs(here, "match") == [2]
    assert tokens(running) == {("match_token", 2), ("link_token", 2)}
    for service in (running, here.service()):
        assert (found_by_hackney(service), held_in_hackney(service)) == (1, car)
    assert half_done not in here.ok("keys", "status")


def test_colleagues_sign_in_through_a_change_of_the_staff_key(here: Installation) -> None:
    running = here.service()
    with people.working(running) as work:
        before = marks.mark(work.session, "one-time code", "x")
    here.ok("keys", "rotate", "--staff")
    for service in (running, here.service()):
        with people.working(service, people.LEAD, reading=True) as work:
            tokens = identity.email_tokens(work, people.LEAD)
            assert [marks.epoch_of(each) for each in tokens] == [2, 1]
            assert marks.marked(work.session, before, "one-time code", "x")
    assert "staff, epoch 1: sessions, codes or answers made under it may still come" in here.ok("keys", "status")
    at_once = here.service()
    with at_once.app.app_context():
        assert close_keys(at_once.tools) == 0
    here.clock.advance(days=1, minutes=1)
    later = here.service()
    with later.app.app_context():
        assert close_keys(later.tools) == 1
    assert epochs(here, "staff") == [2]
    for service in (running, here.service()):
        with people.working(service, people.LEAD, reading=True) as work:
            assert not marks.marked(work.session, before, "one-time code", "x")
        with people.working(service) as work:
            assert identity.sign_in(work, email=people.HEALTH, password=people.PASSWORD, passwords=CHEAP)


def test_an_answer_kept_for_a_system_keeps_the_staff_key_that_knows_its_request(small: Installation) -> None:
    running = small.service()
    system = acts.partner(running)
    sent = acts.referral()
    key = "a-key-that-comes-again"
    first = system.post("/referrals", sent, key=key)
    assert first.status_code == 201
    small.ok("keys", "rotate", "--staff")
    again = system.post("/referrals", sent, key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert system.post("/referrals", acts.referral(why_worried="Another"), key=key).status_code == 422
    small.clock.advance(days=2)
    later = small.service()
    with later.app.app_context():
        assert close_keys(later.tools) == 0
    assert epochs(small, "staff") == [1, 2]


def test_a_cookie_from_before_is_read_after_the_next_start(small: Installation) -> None:
    running = small.service()
    before = running.web.secret_key
    small.ok("keys", "rotate", "--staff")
    started = small.service().web
    assert started.secret_key != before
    assert started.config["SECRET_KEY_FALLBACKS"] == [before]


def forge(service: Service, minutes: int) -> None:
    """Somebody who once copied the audit key writes an entry of a chain of their own, for a time that suits them."""
    keyring = service.store.keyring()
    pen = chain._Pen(keyring, UUID(int=77))
    entry = chain.Entry(
        at=service.tools.running.clock() - timedelta(minutes=minutes),
        actor_id=None,
        sign_in_id=None,
        request_id=None,
        action="case.viewed",
        object_type="case",
        object_id=None,
        borough_gss=None,
        facts={},
    )
    pen._facts = keyring.sealer("audit", "facts", version=1)
    stored = pen.write(entry, chain.Tail(), {})
    with service.store.engine.begin() as connection:
        connection.execute(insert(AuditEntry), chain._columns(stored))


def verdict(here: Installation) -> tuple[bool, str]:
    service = here.service()
    with people.working(service, reading=True) as work:
        found = oversight.verification(work, service.tools.checkpoints)
    return found.intact, str(found.problem)


def test_the_audit_goes_on_under_a_new_key_and_the_old_one_writes_nothing_more(here: Installation) -> None:
    here.add("Keira")
    here.ok("keys", "rotate", "--audit")
    here.add("Leon")
    assert verdict(here) == (True, "None")
    with people.working(here.service(), reading=True) as work:
        found = work.session.scalars(select(AuditEntry)).all()
    assert {entry.facts_sealed[1:3] for entry in found} == {b"\0\1", b"\0\2"}
    here.clock.advance(minutes=61)
    with people.working(here.service(), reading=True) as work:
        make_checkpoint(work, here.service().tools.checkpoints)
    here.add("Mona")
    assert verdict(here) == (True, "None")
    forge(here.service(), minutes=600)
    intact, problem = verdict(here)
    assert not intact
    assert "key of the audit that had been replaced" in problem


def test_a_chosen_key_alone_is_rotated(small: Installation) -> None:
    said = small.ok("keys", "rotate", "--statistics", "--dry-run")
    assert said.count("would rotate") == 1
    assert "figures about months and years that end from now on" in said
    assert "1 keys are in a new epoch" in small.ok("keys", "rotate", "--statistics")
    assert (epochs(small, "statistics"), epochs(small, "audit")) == ([1, 2], [1])


def test_data_keys_are_followed_by_new_ones_from_the_command_line(here: Installation) -> None:
    here.add("Keira")
    where = ("keys", "rotate", "--borough", people.HACKNEY, "--data-keys")
    assert "1 data keys, each followed by a new one" in here.ok(*where, "--dry-run")
    assert "moved 1 data keys" in here.ok(*where)
    assert here.names() == {"Keira"}
    assert "key.data_keys_renewed" in here.actions()
    here.ok("keys", "rotate", "--staff", "--data-keys")
    assert here.names() == {"Keira"}
    assert verdict(here)[0]
