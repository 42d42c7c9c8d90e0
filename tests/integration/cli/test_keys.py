"""Operators' commands over keys: rotation, a new root key, escrow, recovery, and every refusal in one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cse_tracker.app import Service
from cse_tracker.people.model import Person
from cse_tracker.records import rotation
from cse_tracker.records.keys import DataKey, KeyEncryptionKey
from cse_tracker.records.store import SHARED_KEYS
from cse_tracker.vault import kit
from cse_tracker.vault.local import FileRootKey
from tests import people
from tests.integration.cli.installation import Installation
from tests.keystores import transit
from tests.store import Clock

ROTATED_ALL = 33 + len(SHARED_KEYS)
ALL = 33 + len(SHARED_KEYS)


@pytest.fixture(autouse=True)
def cheap_kits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a guess is a parameter of the kit, so tests need no weaker code."""
    monkeypatch.setattr(kit.Cost, "__init__", lambda self: self.__dict__.update(memory_kib=64, rounds=1))


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


def test_rotating_everything_leaves_one_epoch_each_and_everything_readable(here: Installation) -> None:
    here.add("Keira")
    assert "would rotate borough E09000012: 1 data keys" in here.ok("keys", "rotate", "--dry-run")
    assert here.actions() == []
    done = here.ok("keys", "rotate")
    assert f"{ROTATED_ALL} keys are in a new epoch" in done
    assert here.names() == {"Keira"}
    with people.working(here.service(), reading=True) as work:
        found = rotation.survey(work.session)
    assert {one.name.version for one in found if one.name.purpose == "borough"} == {2}
    for kept in ("staff", "audit", "statistics"):
        assert [one.name.version for one in found if one.name.purpose == kept] == [1, 2]
    assert [one.name.version for one in found if one.name.purpose == "match"] == [2]
    assert here.actions().count("key.epoch_begun") == ROTATED_ALL
    assert here.actions().count("key.epoch_closed") == 33 + 1
    here.add("Leon")
    assert here.names() == {"Keira", "Leon"}


def test_one_borough_or_the_staff_alone_can_be_rotated_and_slowly(small: Installation) -> None:
    small.add("Keira")
    done = small.ok("keys", "rotate", "--borough", people.HACKNEY, "--max-per-second", "1000")
    assert "moved 1 data keys; 1 keys are in a new epoch" in done
    assert "1 keys are in a new epoch" in small.ok("keys", "rotate", "--staff")
    assert "no key for a borough" in small.refused("keys", "rotate", "--borough", "E1")
    assert small.names() == {"Keira"}


def test_a_rotation_that_was_interrupted_is_shown_and_taken_up(small: Installation) -> None:
    for number in range(3):
        small.add(f"Name{number}")
    service = small.service()
    with people.working(service) as work:
        target = rotation.begin(work.session, service.store.root, "borough", people.HACKNEY, work.now)
        rotation.rewrap(work.session, target, rotation.Progress(), batch=1)
    status = small.ok("keys", "status")
    assert "half done: 2 data keys are under borough E09000012, epoch 1" in status
    assert "moved 2 data keys" in small.ok("keys", "rotate", "--borough", people.HACKNEY)
    assert "half done" not in small.ok("keys", "status")
    assert small.names() == {"Name0", "Name1", "Name2"}


def test_a_key_that_does_not_open_is_named_with_exit_status_1(small: Installation) -> None:
    small.add("Keira")
    with people.working(small.service(), reading=True) as work:
        compartment = work.session.scalars(select(Person.compartment_id)).one()
    with small.service().store.engine.begin() as connection:
        connection.execute(update(DataKey).where(DataKey.compartment_id == compartment).values(wrapped=bytes(79)))
    done = small.run("keys", "rotate", "--borough", people.HACKNEY)
    assert done.exit_code == 1
    assert str(compartment) in done.stderr
    assert "restore their rows of data_key from a backup" in done.stderr


def test_a_new_root_key_opens_everything_and_the_old_one_alone_nothing(here: Installation) -> None:
    here.add("Keira")
    old = here.key.read_text()
    assert f"would wrap {ALL} keys under a new version" in here.ok("keys", "new-root", "--dry-run")
    assert here.key.read_text() == old
    assert f"{ALL} keys are under the root key 2-" in here.ok("keys", "new-root")
    assert here.names() == {"Keira"}
    whole = here.key.read_text()
    here.key.write_text(old)
    assert "another root key" in here.refused("keys", "status")
    here.key.write_text(whole)
    assert "no escrow kit of today's keys has been tried" in here.refused("keys", "new-root", "--forget-old", "--yes")
    here.verify_escrow(here.escrow())
    assert "would destroy: 1-" in here.ok("keys", "new-root", "--forget-old", "--dry-run")
    assert "destroyed: 1-" in here.ok("keys", "new-root", "--forget-old", "--yes")
    assert len(here.key.read_text().splitlines()) == len(whole.splitlines()) - 1
    assert here.names() == {"Keira"}
    assert set(here.actions()) == {
        "key.root_renewed",
        "key.escrow_made",
        "key.escrow_tried",
        "key.root_forgotten",
    }


def test_a_new_root_key_that_was_interrupted_is_taken_up_and_makes_no_third(small: Installation) -> None:
    FileRootKey(small.key).renew()
    assert f"half done: {ALL} keys are under an older root key" in small.ok("keys", "status")
    assert "under an older root key" in small.refused("keys", "new-root", "--forget-old", "--yes")
    assert f"would wrap {ALL} keys under the newest" in small.ok("keys", "new-root", "--dry-run")
    assert f"{ALL} keys are under the root key 2-" in small.ok("keys", "new-root")
    assert "half done" not in small.ok("keys", "status")


def test_a_kit_opens_a_store_whose_root_key_is_lost(here: Installation) -> None:
    here.add("Keira")
    assert "NO KIT OF TODAY'S KEYS HAS BEEN TRIED" in here.ok("keys", "status")
    made = here.escrow()
    assert made.stat().st_mode & 0o777 == 0o600
    assert "NO KIT" in here.ok("keys", "status")
    assert f"opens all {ALL} keys" in here.verify_escrow(made)
    assert "escrow: tried on 16 November 2026" in here.ok("keys", "status")
    here.ok("keys", "rotate", "--borough", people.HACKNEY)
    assert "escrow: tried on" in here.ok("keys", "status")
    here.key.unlink()
    here.environment["CSE_TRACKER_ROOT_KEY_FILE"] = str(here.folder / "back.key")
    found = here.ok(
        *("keys", "recover", str(made), "--passphrase-file", str(here.passphrase)),
        *("--file", str(here.folder / "back.key")),
    )
    assert "set CSE_TRACKER_ROOT_KEY_FILE" in found
    assert here.names() == {"Keira"}


def test_a_kit_in_shares_is_made_and_tried_by_typing_them(small: Installation) -> None:
    path = str(small.folder / "kit")
    said = small.ok("keys", "escrow", path, "--shares", "2/3")
    papers = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert len(papers) == 3
    assert f"opens all {ALL}" in small.ok("keys", "verify-escrow", path, typed=f"{papers[2]}\n{papers[0]}\n")
    assert "mistyped" in small.refused("keys", "verify-escrow", path, typed=f"{papers[2]}x\n{papers[0]}\n")
    assert "2 different shares" in small.refused("keys", "verify-escrow", path, typed=f"{papers[2]}\n{papers[2]}\n")


def test_a_kit_is_asked_for_anew_after_a_new_root_key(small: Installation) -> None:
    made = small.escrow()
    small.verify_escrow(made)
    small.ok("keys", "new-root")
    assert "NO KIT" in small.ok("keys", "status")
    assert "another root key" in small.refused(
        "keys", "verify-escrow", str(made), "--passphrase-file", str(small.passphrase)
    )


def test_moving_to_vault_and_losing_it_again(here: Installation) -> None:
    here.add("Keira")
    token = here.folder / "token"
    with transit.running() as engine:
        token.write_text(engine.token)
        token.chmod(0o600)
        here.environment |= {"CSE_TRACKER_VAULT_ADDR": engine.url, "CSE_TRACKER_VAULT_TOKEN_FILE": str(token)}
        assert "no transit key" in here.refused("keys", "new-root", "--to", "vault")
        here.environment["CSE_TRACKER_ROOT_KEY_SOURCE"] = "vault"
        here.ok("keys", "create")
        assert "another root key" in here.refused("keys", "status")
        del here.environment["CSE_TRACKER_ROOT_KEY_SOURCE"]
        assert "set CSE_TRACKER_ROOT_KEY_SOURCE to vault" in here.ok("keys", "new-root", "--to", "vault")
        assert "another root key" in here.refused("keys", "status")
        here.environment["CSE_TRACKER_ROOT_KEY_SOURCE"] = "vault"
        here.key.unlink()
        before = len(engine.asked)
        assert here.names() == {"Keira"}
        assert len(engine.asked) - before <= 4
        assert f"opens all {ALL} keys" in here.verify_escrow(here.escrow())
        here.ok("keys", "rotate", "--borough", people.HACKNEY)
        assert "NO KIT" in here.ok("keys", "status")
        made = here.escrow("second")
        here.ok("keys", "new-root")
        assert here.names() == {"Keira"}
        # Vault is there while it is there: what is running needs it no more.
        service = here.service()
        engine.sealed = True
        with people.working(service, people.LEAD, reading=True) as work:
            assert [row.head.first_name for row in work.session.scalars(select(Person))] == ["Keira"]
        assert "Vault does not answer" in here.refused("keys", "status")
    here.environment["CSE_TRACKER_ROOT_KEY_SOURCE"] = "file"
    FileRootKey(here.key).create(development=False)
    recovered = here.ok("keys", "recover", str(made), "--passphrase-file", str(here.passphrase))
    assert f"{ALL} keys are under the root key in use" in recovered
    assert here.names() == {"Keira"}


def another(key: Path) -> None:
    key.unlink()
    FileRootKey(key).create(development=False)


BAD_KEYS = [
    pytest.param(lambda key: key.unlink(), "cannot be read", id="missing"),
    pytest.param(lambda key: key.chmod(0o640), "may be read by others: run chmod 600", id="open"),
    pytest.param(lambda key: key.write_text("AAAA\n"), "stands for 32 bytes", id="length"),
    pytest.param(lambda key: key.write_text("1 x\n"), "stands for 32 bytes", id="no base64"),
    pytest.param(another, "another installation", id="wrong"),
]


@pytest.mark.parametrize(("spoil", "sentence"), BAD_KEYS)
def test_a_bad_root_key_is_one_sentence_and_no_start(small: Installation, spoil: object, sentence: str) -> None:
    small.environment["CSE_TRACKER_MODE"] = "production"
    small.environment |= {"SMTP_HOST": "localhost", "CSE_TRACKER_URL": "https://tracker.example"}
    assert "is a development key" in small.refused("serve")
    secret = small.key.read_text().splitlines()[-1]
    small.key.write_text(secret + "\n")
    assert "production key" in small.ok("keys", "status")
    spoil(small.key)  # type: ignore[operator]
    for command in (("serve",), ("keys", "status"), ("audit", "verify"), ("jobs", "once", "verify-audit")):
        said = small.refused(*command)
        assert sentence in said
        assert said.count("\n") == 1
        assert secret.split()[-1] not in said


def test_a_key_of_an_epoch_that_was_changed_stops_the_start(small: Installation) -> None:
    with small.service().store.engine.begin() as connection:
        hackney = KeyEncryptionKey.scope == people.HACKNEY
        connection.execute(update(KeyEncryptionKey).where(hackney).values(wrapped=bytes(79)))
    assert "restore the table key_encryption_key" in small.refused("keys", "status")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"CSE_TRACKER_ROOT_KEY_SOURCE": "cloud"}, "CSE_TRACKER_ROOT_KEY_SOURCE must be one of"),
        ({"CSE_TRACKER_ROOT_KEY_SOURCE": "vault"}, "CSE_TRACKER_VAULT_ADDR must be set"),
        ({"CSE_TRACKER_ROOT_KEY_SOURCE": "pkcs11"}, "CSE_TRACKER_PKCS11_MODULE must be set"),
        ({"CSE_TRACKER_ROOT_KEY_SOURCE": "kit"}, "CSE_TRACKER_KIT_FILE must be set"),
        ({"CSE_TRACKER_ROOT_KEY_SOURCE": "environment"}, "CSE_TRACKER_ROOT_KEY must be set"),
    ],
)
def test_a_setting_that_is_missing_is_named(small: Installation, change: dict[str, str], sentence: str) -> None:
    small.environment |= change
    assert sentence in small.refused("keys", "status")


def test_files_are_never_written_over_and_bad_kits_are_told(small: Installation) -> None:
    assert "never overwritten" in small.refused("keys", "create", str(small.key))
    assert "never overwritten" in small.refused("keys", "escrow", str(small.key))
    made = small.escrow()
    words = ("--passphrase-file", str(small.passphrase))
    assert "never overwritten" in small.refused("keys", "recover", str(made), *words, "--file", str(small.key))
    assert "say with --file" in small.refused("keys", "recover", str(made), *words)
    assert "not an escrow kit" in small.refused("keys", "verify-escrow", str(small.key), *words)
    assert "cannot be read" in small.refused("keys", "verify-escrow", str(small.folder / "none"), *words)
    assert "written like 2/3" in small.refused("keys", "escrow", str(small.folder / "k"), "--shares", "1/3")
    small.passphrase.write_text("quite another set of words here")
    assert "does not open" in small.refused("keys", "verify-escrow", str(made), *words)
    small.passphrase.chmod(0o644)
    assert "may be read by others" in small.refused("keys", "verify-escrow", str(made), *words)
