"""Which of two cases can end in the other, and what is then held of the young person."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

from cse_tracker.cases.model import WORDS, CaseStatus
from cse_tracker.likeness.names import normal_name
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.rulebook.decisions import Certainty

# How closely a case is watched where it stands; the one that goes on must be watched as closely as the one that ends.
WATCHED: Final = {
    CaseStatus.CLOSED: 0,
    CaseStatus.MONITORING: 1,
    CaseStatus.OPENED: 2,
    CaseStatus.ACTIVE: 2,
}
NOTHING_HELD: Final = {
    "ethnicity": "NOBT",
    "looked_after": "not_known",
    "disability": "not_known",
    "from_abroad": "not_known",
}


@dataclass(frozen=True)
class Stance:
    """Where a case stands, as far as joining depends on it."""

    reference: str
    status: CaseStatus
    level: int | None
    certainty: Certainty | None
    has_open_episode: bool = False


def problems_with(ending: Stance, going_on: Stance) -> Iterator[str]:
    """Say why one case cannot end in the other: nothing may be watched less, or be held less serious, than before."""
    for each in (ending, going_on):
        if each.status not in WATCHED:
            yield f"Case {each.reference} is {WORDS[each.status]}, so it cannot be joined"
    if WATCHED.get(going_on.status, 2) < WATCHED.get(ending.status, 2):
        yield (
            f"Case {going_on.reference} is {WORDS[going_on.status]} and case {ending.reference} is "
            f"{WORDS[ending.status]}. Let the one that is watched more closely go on, or take the other up again first"
        )
    if (going_on.level or 0) < (ending.level or 0):
        yield (
            f"Case {ending.reference} is at the higher level. Let that one go on, or decide the level of "
            f"{going_on.reference} first: joining never lowers a level"
        )
    if ending.certainty is Certainty.KNOWN and going_on.certainty is not Certainty.KNOWN:
        yield (
            f"Exploitation is recorded as known on case {ending.reference} only. Record on {going_on.reference} first "
            "what is known: joining never makes it less certain"
        )
    if ending.has_open_episode and going_on.has_open_episode:
        yield (
            "Both cases have a missing episode that is still open. Record the return on one, or withdraw it as "
            "recorded twice"
        )


def identity_of_both(going_on: Identity, ending: Identity) -> Identity:
    """Give who the young person is now held to be: nothing of the one is changed, its gaps are filled from the other.

    Every other name is kept, so that whoever searches by it finds them.
    """
    names = [each.strip() for each in going_on.also_known_as.replace(";", ",").replace("\n", ",").split(",")]
    others = [ending.full_name, *ending.also_known_as.replace(";", ",").replace("\n", ",").split(",")]
    known = {normal_name(each) for each in (going_on.full_name, *names)}
    for name in others:
        if normal_name(name) and normal_name(name) not in known:
            names.append(name.strip())
            known.add(normal_name(name))
    return replace(
        going_on,
        also_known_as=", ".join(filter(None, names)),
        date_of_birth=going_on.date_of_birth or ending.date_of_birth,
        age_disputed=going_on.age_disputed or ending.age_disputed or _two_births(going_on, ending),
        sex=ending.sex if going_on.sex is Sex.UNKNOWN else going_on.sex,
        nhs_number=going_on.nhs_number or ending.nhs_number,
        postcode=going_on.postcode or ending.postcode,
    )


def _two_births(one: Identity, other: Identity) -> bool:
    return bool(one.date_of_birth and other.date_of_birth and one.date_of_birth != other.date_of_birth)


def details_of_both(going_on: PersonDetails, ending: PersonDetails) -> PersonDetails:
    """Fill what is not held of the one from the other."""
    gaps = {
        each.name: getattr(ending, each.name)
        for each in fields(going_on)
        if getattr(going_on, each.name) in {"", NOTHING_HELD.get(each.name, "")}
    }
    return replace(going_on, **gaps)
