"""One contract for every place of a root key: whatever holds here holds for all of them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import keyring
import pytest

from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.keyring import open_keyring
from cse_tracker.vault.kit import Cost, KitRootKey
from cse_tracker.vault.local import EnvironmentRootKey, FileRootKey, new_root_keys
from cse_tracker.vault.oskeyring import KeyringRootKey
from cse_tracker.vault.root import RootKeyProvider, Wrapped
from cse_tracker.vault.token import TokenRootKey
from cse_tracker.vault.transit import TransitRootKey
from cse_tracker.vault.wrapping import KeyName, new_key
from tests.keystores import softhsm, transit
from tests.keystores.filekeyring import FileKeyring

NAMES = [KeyName("borough", f"E0900{number:04d}", 1) for number in range(1, 34)] + [KeyName("staff", "Zoë 吳", 2)]
WORDS = "correct horse battery staple lamp"
CHEAP = Cost(memory_kib=64, rounds=1)


@dataclass
class Place:
    """One kind of provider: how to get at it anew, as a process does that starts, and how to make it useless."""

    again: Callable[[], RootKeyProvider]
    spoil: Callable[[], None]
    other: Callable[[], RootKeyProvider]
    grow: Callable[[], None] | None = None
    asked: Callable[[], int] | None = None
    exports: bool = True
    # A question to a token or a service costs a thousand times what one to memory does; make soak asks them all.
    every: int = 1

    @property
    def provider(self) -> RootKeyProvider:
        return self.again()


def _file(folder: Path) -> Place:
    FileRootKey(folder / "root.key").create(development=False)
    FileRootKey(folder / "other.key").create(development=False)
    return Place(
        again=lambda: FileRootKey(folder / "root.key"),
        spoil=(folder / "root.key").unlink,
        other=lambda: FileRootKey(folder / "other.key"),
    )


def _environment(_folder: Path) -> Place:
    texts = {"mine": new_root_keys().as_text(), "other": new_root_keys().as_text()}

    def grow() -> None:
        fresh = new_root_keys().as_text().split()[1]
        texts["mine"] = texts["mine"].strip().replace("\n", ",") + f",2 {fresh}"

    def spoil() -> None:
        texts["mine"] = "nothing of the kind"

    return Place(
        again=lambda: EnvironmentRootKey(texts["mine"]),
        spoil=spoil,
        other=lambda: EnvironmentRootKey(texts["other"]),
        grow=grow,
    )


def _keyring(folder: Path) -> Place:
    backend = FileKeyring(folder / "keyring.json")
    keyring.set_keyring(backend)
    for entry in ("root-key", "other"):
        KeyringRootKey(entry).create(development=False)

    def spoil() -> None:
        backend.locked = True

    return Place(
        again=lambda: KeyringRootKey("root-key"),
        spoil=spoil,
        other=lambda: KeyringRootKey("other"),
    )


def _kit(folder: Path) -> Place:
    for name in ("kit", "other"):
        KitRootKey(folder / name, WORDS, CHEAP).create(development=False)
    return Place(
        again=lambda: KitRootKey(folder / "kit", WORDS, CHEAP),
        spoil=(folder / "kit").unlink,
        other=lambda: KitRootKey(folder / "other", WORDS, CHEAP),
    )


def _vault(engine: transit.Transit, folder: Path) -> Place:
    token = folder / "token"
    token.write_text(engine.token + "\n")
    token.chmod(0o600)
    for name in ("root", "other"):
        TransitRootKey(engine.url, name, token).create(development=False)

    def spoil() -> None:
        engine.sealed = True

    return Place(
        again=lambda: TransitRootKey(engine.url, "root", token),
        spoil=spoil,
        other=lambda: TransitRootKey(engine.url, "other", token),
        asked=lambda: len(engine.asked),
        exports=False,
        every=17,
    )


def _token(token: softhsm.Token, folder: Path) -> Place:
    key, other = f"root-{uuid4().hex[:8]}", f"other-{uuid4().hex[:8]}"
    pin = folder / "pin"
    pin.write_text(token.pin_file.read_text())
    pin.chmod(0o600)
    for name in (key, other):
        TokenRootKey(token.module, token.label, pin, name).create(development=False)
    return Place(
        again=lambda: TokenRootKey(token.module, token.label, pin, key),
        spoil=pin.unlink,
        other=lambda: TokenRootKey(token.module, token.label, pin, other),
        exports=False,
        every=17,
    )


@pytest.fixture(scope="module")
def softhsm_token(tmp_path_factory: pytest.TempPathFactory) -> softhsm.Token:
    return softhsm.make(tmp_path_factory.mktemp("token"))


@pytest.fixture(params=["file", "environment", "keyring", "kit", "vault", "pkcs11"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    match request.param:
        case "vault":
            with transit.running() as engine:
                yield _vault(engine, tmp_path)
        case "pkcs11":
            yield _token(request.getfixturevalue("softhsm_token"), tmp_path)
        case name:
            before = keyring.get_keyring()
            yield {"file": _file, "environment": _environment, "keyring": _keyring, "kit": _kit}[name](tmp_path)
            keyring.set_keyring(before)


def wrapped(provider: RootKeyProvider) -> tuple[list[bytes], list[tuple[KeyName, Wrapped]]]:
    keys = [new_key() for _ in NAMES]
    return keys, list(zip(NAMES, provider.wrap_many(list(zip(NAMES, keys, strict=True))), strict=True))


def renewed(place: Place) -> None:
    if place.grow is not None:
        place.grow()
    else:
        place.provider.renew()


def test_what_was_wrapped_unwraps_after_a_new_start(place: Place) -> None:
    keys, stored = wrapped(place.provider)
    assert place.again().unwrap_many(stored) == keys
    assert place.again().unwrap_many(stored[::-1]) == keys[::-1]
    assert all(key not in one.blob for key, (_, one) in zip(keys, stored, strict=True))
    assert {one.root_id for _, one in stored} == {place.provider.status().newest}


def test_a_whole_keyring_is_opened_with_at_most_two_questions(place: Place) -> None:
    keys, stored = wrapped(place.provider)
    before = place.asked() if place.asked else 0
    ring = open_keyring(place.again(), dict(stored))
    assert all(name in ring for name in NAMES)
    assert len(keys) == 34
    assert (place.asked() if place.asked else 0) - before <= 2


def test_every_flipped_bit_is_refused(place: Place) -> None:
    _, stored = wrapped(place.provider)
    name, one = stored[0]
    provider = place.provider
    for bit in range(0, len(one.blob) * 8, 1 if os.environ.get("CSE_TRACKER_EVERY_BIT") else place.every):
        flipped = bytearray(one.blob)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CryptoError):
            provider.unwrap_many([(name, Wrapped(one.root_id, bytes(flipped)))])


def test_nothing_shorter_or_longer_unwraps(place: Place) -> None:
    _, stored = wrapped(place.provider)
    name, one = stored[0]
    shorter = [one.blob[:length] for length in range(0, len(one.blob), 5)]
    for blob in (*shorter, one.blob + b"\x00", one.blob + b"AAAA", b"\x00" + one.blob):
        with pytest.raises(CryptoError):
            place.provider.unwrap_many([(name, Wrapped(one.root_id, blob))])


def test_a_key_unwraps_under_its_own_name_only(place: Place) -> None:
    _, stored = wrapped(place.provider)
    provider = place.provider
    one = stored[0][1]
    for other in (NAMES[1], KeyName("borough", NAMES[0].scope, 2), KeyName("staff", NAMES[0].scope, 1), NAMES[-1]):
        with pytest.raises(CryptoError):
            provider.unwrap_many([(other, one)])


def test_one_bad_key_in_a_batch_gives_none_of_them(place: Place) -> None:
    _, stored = wrapped(place.provider)
    moved = [(stored[1][0], stored[0][1]), *stored[1:]]
    with pytest.raises(CryptoError):
        place.provider.unwrap_many(moved)


def test_another_root_key_is_told_in_a_sentence(place: Place) -> None:
    _, stored = wrapped(place.other())
    with pytest.raises(RootKeyProblem, match="another installation, or the wrong root key"):
        place.provider.unwrap_many(stored)


def test_a_place_that_fails_says_what_to_do_and_gives_no_detail_away(place: Place) -> None:
    _, stored = wrapped(place.provider)
    place.spoil()
    for ask in (
        lambda: place.again().status(),
        lambda: place.again().wrap_many([(NAMES[0], new_key())]),
        lambda: place.again().unwrap_many(stored),
    ):
        with pytest.raises(RootKeyProblem) as refused:
            ask()
        assert len(str(refused.value)) > 40
        assert refused.value.__cause__ is None


def test_a_new_version_wraps_and_the_old_one_still_unwraps(place: Place) -> None:
    keys, stored = wrapped(place.provider)
    first = place.provider.status()
    renewed(place)
    second = place.again().status()
    assert second.ids[:-1] == first.ids
    assert second.newest not in first.ids
    assert place.again().unwrap_many(stored) == keys
    more, fresh = wrapped(place.again())
    assert {one.root_id for _, one in fresh} == {second.newest}
    assert place.again().unwrap_many([*fresh, *stored]) == [*more, *keys]


def test_a_version_that_is_destroyed_opens_nothing_any_more(place: Place) -> None:
    _, stored = wrapped(place.provider)
    renewed(place)
    keys, fresh = wrapped(place.again())
    old, new = place.provider.status().ids
    with pytest.raises(RootKeyProblem):
        place.provider.forget(new)
    if place.grow is not None:
        with pytest.raises(RootKeyProblem, match="CSE_TRACKER_ROOT_KEY"):
            place.provider.forget(old)
        return
    place.provider.forget(old)
    place.again().forget(old)
    assert place.again().status().ids == (new,)
    assert place.again().unwrap_many(fresh) == keys
    with pytest.raises(RootKeyProblem):
        place.again().unwrap_many(stored)


def test_a_root_key_is_never_made_over_one_that_is_there(place: Place) -> None:
    keys, stored = wrapped(place.provider)
    with pytest.raises((FileExistsError, RootKeyProblem)):
        place.provider.create(development=False)
    assert place.again().unwrap_many(stored) == keys


def test_what_can_be_taken_out_opens_everything_and_what_cannot_says_so(place: Place) -> None:
    keys, stored = wrapped(place.provider)
    exported = place.provider.export()
    assert (exported is not None) is place.exports
    if exported is not None:
        assert EnvironmentRootKey(exported).unwrap_many(stored) == keys


def test_no_provider_shows_its_key(place: Place) -> None:
    exported = place.provider.export() or os.urandom(30).hex()
    secret = exported.split()[-1]
    assert secret not in repr(place.provider)
    assert secret not in f"{place.provider} {place.provider.status()!r}"
    assert not place.provider.status().development
