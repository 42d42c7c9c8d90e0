"""Keys in use: wrapped under their names, committed to, derived apart, and never shown."""

import hmac
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.vault.envelope import ContextPart, Sealer
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName, Keyring, derive, new_key
from cse_tracker.vault.wrapping import unwrap_under_root, wrap_under_root

HACKNEY = KeyName("borough", "E09000012", 1)
HACKNEY_NEXT = KeyName("borough", "E09000012", 2)
ISLINGTON = KeyName("borough", "E09000019", 1)
STAFF = KeyName("staff", "", 1)
KEYS = {name: new_key() for name in (HACKNEY, HACKNEY_NEXT, ISLINGTON, STAFF)}
COMPARTMENT = "5f0c9d2e"
ROOT = new_key()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(KEYS)


def test_a_wrapped_data_key_unwraps_again(keyring: Keyring) -> None:
    key = new_key()
    wrapped = keyring.wrap(HACKNEY, key, COMPARTMENT, 1)
    assert keyring.unwrap(HACKNEY, wrapped, COMPARTMENT, 1) == key
    assert len(wrapped) == 79
    assert key not in wrapped


@pytest.mark.parametrize("name", [HACKNEY_NEXT, ISLINGTON, STAFF, KeyName("borough", "E09000099", 1)])
def test_a_data_key_unwraps_under_no_other_name(keyring: Keyring, name: KeyName) -> None:
    wrapped = keyring.wrap(HACKNEY, new_key(), COMPARTMENT, 1)
    with pytest.raises(CryptoError):
        keyring.unwrap(name, wrapped, COMPARTMENT, 1)


def test_the_name_binds_even_where_two_names_hold_one_key() -> None:
    key = new_key()
    twins = (HACKNEY, ISLINGTON, KeyName("staff", "E09000012", 1))
    same = Keyring(dict.fromkeys(twins, key))
    wrapped = same.wrap(HACKNEY, new_key(), COMPARTMENT, 1)
    for other in twins[1:]:
        with pytest.raises(CryptoError):
            same.unwrap(other, wrapped, COMPARTMENT, 1)


@pytest.mark.parametrize(
    "context", [("5f0c9d2f", 1), (COMPARTMENT, 2), (COMPARTMENT,), (COMPARTMENT, 1, 1), (1, COMPARTMENT)]
)
def test_a_data_key_unwraps_in_no_other_context(keyring: Keyring, context: tuple[ContextPart, ...]) -> None:
    wrapped = keyring.wrap(HACKNEY, new_key(), COMPARTMENT, 1)
    with pytest.raises(CryptoError):
        keyring.unwrap(HACKNEY, wrapped, *context)


def test_every_flipped_bit_of_a_wrapped_key_is_refused(keyring: Keyring) -> None:
    wrapped = keyring.wrap(HACKNEY, new_key(), COMPARTMENT, 1)
    for place in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(CryptoError):
            keyring.unwrap(HACKNEY, bytes(flipped), COMPARTMENT, 1)


def test_wrapping_under_a_key_that_is_not_there_fails_like_everything_else(keyring: Keyring) -> None:
    with pytest.raises(CryptoError):
        keyring.wrap(KeyName("borough", "E09000099", 1), new_key(), COMPARTMENT, 1)


@pytest.mark.parametrize("raw_length", [32, 47, 49])
def test_a_key_without_its_whole_commitment_is_refused(keyring: Keyring, raw_length: int) -> None:
    key = new_key()
    committed = key + hmac.digest(key, b"cs1-commit", "sha256")
    wrapper = Sealer(derive(KEYS[HACKNEY], "wrap"), 1)
    context = ("dek", "borough", "E09000012", COMPARTMENT, 1)
    whole = wrapper.seal(committed[:48], context, padded=False)
    assert keyring.unwrap(HACKNEY, whole, COMPARTMENT, 1) == key
    partial = wrapper.seal(committed[:raw_length], context, padded=False)
    with pytest.raises(CryptoError):
        keyring.unwrap(HACKNEY, partial, COMPARTMENT, 1)


def test_a_key_with_the_commitment_of_another_is_refused(keyring: Keyring) -> None:
    key, other = new_key(), new_key()
    wrapper = Sealer(derive(KEYS[HACKNEY], "wrap"), 1)
    forged = key + hmac.digest(other, b"cs1-commit", "sha256")[:16]
    wrapped = wrapper.seal(forged, ("dek", "borough", "E09000012", COMPARTMENT, 1), padded=False)
    with pytest.raises(CryptoError):
        keyring.unwrap(HACKNEY, wrapped, COMPARTMENT, 1)


def test_a_key_encryption_key_unwraps_under_its_root_and_name_only() -> None:
    key = new_key()
    wrapped = wrap_under_root(ROOT, 1, HACKNEY, key)
    assert unwrap_under_root(ROOT, 1, HACKNEY, wrapped) == key
    for root, version, name in (
        (new_key(), 1, HACKNEY),
        (ROOT, 2, HACKNEY),
        (ROOT, 1, HACKNEY_NEXT),
        (ROOT, 1, ISLINGTON),
        (ROOT, 1, KeyName("staff", "E09000012", 1)),
    ):
        with pytest.raises(CryptoError):
            unwrap_under_root(root, version, name, wrapped)


def test_the_newest_epoch_is_the_one_of_that_purpose_and_scope(keyring: Keyring) -> None:
    assert keyring.newest("borough", "E09000012") == HACKNEY_NEXT
    assert keyring.newest("borough", "E09000019") == ISLINGTON
    assert keyring.newest("staff") == STAFF
    for purpose, scope in (("borough", ""), ("borough", "E09000099"), ("audit", "")):
        with pytest.raises(CryptoError):
            keyring.newest(purpose, scope)


def test_epochs_are_numbers_and_not_text() -> None:
    names = [KeyName("staff", "", version) for version in (2, 9, 10)]
    assert Keyring({name: new_key() for name in names}).newest("staff").version == 10


LABELS = st.lists(st.one_of(st.text(max_size=6), st.integers(), st.binary(max_size=6)), max_size=3).map(tuple)


@given(one=LABELS, other=LABELS)
def test_keys_derived_under_two_labels_are_two_keys(
    one: tuple[ContextPart, ...], other: tuple[ContextPart, ...]
) -> None:
    secret = bytes(range(32))
    alike = [(type(part), part) for part in one] == [(type(part), part) for part in other]
    assert (derive(secret, *one) == derive(secret, *other)) == alike
    assert derive(secret, *one) != derive(bytes(32), *one)


@pytest.mark.parametrize("length", [16, 32, 48])
def test_a_derived_key_has_the_length_asked_for(length: int) -> None:
    assert len(derive(KEYS[STAFF], "x", length=length)) == length


def test_what_is_derived_for_one_purpose_is_of_no_use_for_another(keyring: Keyring) -> None:
    derived = {
        keyring.secret("staff", "cookies"),
        keyring.secret("staff", "mac"),
        keyring.mac("staff", "cookies"),
        keyring.mac("staff", "e-mail", "a@example.com"),
        keyring.mac("staff", "e-maila@example.com"),
        derive(KEYS[STAFF], "wrap"),
        derive(KEYS[STAFF], "seal", "cookies"),
        KEYS[STAFF],
    }
    assert len(derived) == 8
    blob = keyring.sealer("staff", "facts").seal(b"x", ())
    with pytest.raises(CryptoError):
        keyring.sealer("staff", "releases").open(blob, ())


def test_a_mac_is_the_same_each_time_and_another_in_another_store(keyring: Keyring) -> None:
    assert keyring.mac("staff", "a", 1) == Keyring(KEYS).mac("staff", "a", 1)
    assert keyring.mac("staff", "a", 1) != Keyring({STAFF: new_key()}).mac("staff", "a", 1)
    assert len(keyring.mac("staff", "a", 1)) == 32


def test_nothing_that_holds_a_key_shows_it(keyring: Keyring) -> None:
    secrets = [*KEYS.values(), ROOT]
    shown = [repr(keyring), str(keyring), repr(keyring.sealer("staff", "facts"))]
    with pytest.raises(CryptoError) as refused:
        keyring.unwrap(HACKNEY, b"nonsense", COMPARTMENT, 1)
    shown.append("".join(traceback.format_exception(refused.value)))
    for secret in secrets:
        assert all(secret.hex() not in text and repr(secret) not in text for text in shown)
    assert shown[0] == "<Keyring of 4 keys>"
