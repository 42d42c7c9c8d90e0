"""What a thief of the token table can work out: surnames guessed by how common the tokens are."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from cse_tracker.app import Service
from cse_tracker.likeness.names import sounds
from cse_tracker.matching.rules import Composite, kept
from cse_tracker.people.rules import Identity
from cse_tracker.records.blind import Blinding

SURNAMES = 400
FIRST_NAMES = 200


def synthetic_london(size: int, seed: int = 2005) -> list[Identity]:
    """Made-up people whose surnames are as unequal as real ones: the commonest about three in a hundred."""
    dice = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u")]
    lasts = ["".join(dice.sample(syllables, 3)) + "n" for _ in range(SURNAMES)]
    firsts = ["".join(dice.sample(syllables, 2)) for _ in range(FIRST_NAMES)]
    weights = [1 / (place + 8) for place in range(SURNAMES)]
    start = date(2006, 1, 1)
    return [
        Identity(
            dice.choice(firsts),
            dice.choices(lasts, weights)[0],
            date_of_birth=start + timedelta(days=dice.randrange(4_000)),
        )
        for _ in range(size)
    ]


def guessed_right(rows: list[tuple[int, str]], known: Counter[str]) -> float:
    """The share of rows whose surname is guessed by matching the ranks of tokens to the ranks of surnames."""
    ranks = [token for token, _ in Counter(token for token, _ in rows).most_common()]
    names = [name for name, _ in known.most_common()]
    guess = dict(zip(ranks, names, strict=False))
    return sum(guess.get(token) == name for token, name in rows) / len(rows)


def attacked(blinding: Blinding, people: list[Identity], *, by_surname_alone: bool) -> tuple[float, float]:
    """The share that an attacker with public name statistics guesses, and that of always guessing the commonest."""

    def composites(person: Identity) -> list[Composite]:
        if by_surname_alone:
            return [("name", min(sounds(person.last_name.casefold())))]
        return kept(person, "")

    rows = [(blinding.token(*each), person.last_name) for person in people for each in composites(person)]
    known = Counter(person.last_name for person in people)
    commonest = known.most_common(1)[0][0]
    return guessed_right(rows, known), sum(name == commonest for _, name in rows) / len(rows)


@pytest.mark.parametrize("size", [4_000])
def test_tokens_give_a_thief_no_better_guess_than_the_commonest_name(sqlite_service: Service, size: int) -> None:
    blinding, people = Blinding(sqlite_service.store.keyring()), synthetic_london(size)
    guessed, baseline = attacked(blinding, people, by_surname_alone=False)
    assert guessed <= baseline + 0.01
    # The attack works where there is something to find: tokens of surnames alone give themselves away.
    guessed, baseline = attacked(blinding, people, by_surname_alone=True)
    assert guessed > 2 * baseline


def test_no_two_different_composites_of_a_city_share_a_token(sqlite_service: Service) -> None:
    blinding, people = Blinding(sqlite_service.store.keyring()), synthetic_london(4_000)
    composites = {each for person in people for each in kept(person, "")}
    assert len({blinding.token(*each) for each in composites}) == len(composites)
