"""Shares: any few rebuild the secret, fewer tell nothing, a mistyped one is seen."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.shares import Share, combine, inverse, read_share, split, times


def test_the_field_is_that_of_aes() -> None:
    # FIPS 197, section 4.2: {57} x {83} = {c1}, {57} x {13} = {fe}.
    assert times(0x57, 0x83) == 0xC1
    assert times(0x57, 0x13) == 0xFE
    assert all(times(one, inverse(one)) == 1 for one in range(1, 256))


@given(secret=st.binary(min_size=1, max_size=40), needed=st.integers(2, 5), more=st.integers(0, 3))
def test_any_few_rebuild_the_secret(secret: bytes, needed: int, more: int) -> None:
    shares = split(secret, needed=needed, of=needed + more)
    for chosen in combinations(shares, needed):
        assert combine(chosen) == secret
    assert combine(shares) == secret


def test_shares_too_few_are_refused_and_would_tell_nothing() -> None:
    shares = split(bytes(32), needed=3, of=5)
    for chosen in combinations(shares, 2):
        with pytest.raises(RootKeyProblem, match="3 different shares are needed, and 2"):
            combine(chosen)
    with pytest.raises(RootKeyProblem):
        combine([shares[0]] * 3)
    # Counted out for two-of-many: with one share known, every secret fits exactly one value of a second share.
    known = Share(1, 2, b"\x53")
    fitting = [combine([known, Share(2, 2, bytes([value]))]) for value in range(256)]
    assert sorted(fitting) == [bytes([value]) for value in range(256)]


def test_a_share_is_written_and_read_again_however_it_is_typed() -> None:
    for share in split(bytes(range(32)), needed=2, of=3):
        text = share.as_text()
        assert read_share(text) == share
        assert read_share(f" {text.lower().replace('-', ' ')}\n") == share
        assert len(text) < 80


def test_a_mistyped_share_is_seen() -> None:
    text = split(bytes(range(32)), needed=2, of=3)[0].as_text()
    for place, letter in enumerate(text):
        if letter != "-":
            wrong = text[:place] + ("A" if letter != "A" else "C") + text[place + 1 :]
            with pytest.raises(RootKeyProblem, match="mistyped"):
                read_share(wrong)
    for wrong in ("", "-", "AAAA", text[:-3], text + "AB", "é" + text):
        with pytest.raises(RootKeyProblem, match="mistyped"):
            read_share(wrong)


def test_shares_of_different_kinds_do_not_mix() -> None:
    with pytest.raises(RootKeyProblem, match="do not belong"):
        combine([split(bytes(32), needed=2, of=3)[0], split(bytes(32), needed=3, of=3)[1]])


@pytest.mark.parametrize(("needed", "of"), [(1, 3), (4, 3), (2, 256), (0, 0)])
def test_a_splitting_that_keeps_no_secret_is_refused(needed: int, of: int) -> None:
    with pytest.raises(ValueError, match="shares"):
        split(bytes(32), needed=needed, of=of)


def test_two_splittings_of_one_secret_share_nothing() -> None:
    assert split(bytes(32), needed=2, of=3)[0] != split(bytes(32), needed=2, of=3)[0]
