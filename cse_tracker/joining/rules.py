"""Which of two cases can end in the other, and what is then held of the young person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from cse_tracker.cases.model import WORDS, CaseStatus
from cse_tracker.likeness.names import normal_name
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.records.payload import Payload
from cse_tracker.rulebook.decisions import Certainty

BothHeld = tuple[Identity, PersonDetails]
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


@dataclass(frozen=True, repr=False)
class Held(Payload):
    """Who the young person was held to be before and after, so that undoing takes out what joining put in."""

    before: Identity
    after: Identity
    details_before: PersonDetails
    details_after: PersonDetails


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
    names = _other_names(going_on)
    known = {normal_name(each) for each in (going_on.full_name, *names)}
    for name in (ending.full_name, *_other_names(ending)):
        if normal_name(name) and normal_name(name) not in known:
            names.append(name)
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


def _other_names(identity: Identity) -> list[str]:
    return [each.strip() for each in identity.also_known_as.replace(";", ",").replace("\n", ",").split(",")]


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


def taken_apart(now: BothHeld, held: Held, still: Sequence[BothHeld]) -> BothHeld:
    """Take out of what is held what one joining put in, unless it was corrected since.

    What went in with others that are `still` joined stays, and what they too could have filled is filled from them.
    """
    head, details = now
    heads, bodies = (
        _put_back(held.before, held.after, head),
        _put_back(held.details_before, held.details_after, details),
    )
    heads.pop("also_known_as", None)
    head, details = replace(head, **heads), replace(details, **bodies)
    both_heads, both_bodies = head, details
    for other, others_details in still:
        both_heads, both_bodies = identity_of_both(both_heads, other), details_of_both(both_bodies, others_details)
    head = replace(head, **{name: getattr(both_heads, name) for name in heads})
    details = replace(details, **{name: getattr(both_bodies, name) for name in bodies})
    return replace(head, also_known_as=_names_left(head, held, [other for other, _ in still])), details


def _put_back(before: object, after: object, now: object) -> dict[str, Any]:
    return {name: value for name, value in vars(before).items() if value != getattr(after, name) == getattr(now, name)}


def _names_left(now: Identity, held: Held, still: Sequence[Identity]) -> str:
    """Give the other names without those that came with the joining; another's that were added since stay."""
    theirs = {normal_name(name) for each in still for name in (each.full_name, *_other_names(each))}
    before = {normal_name(name) for name in _other_names(held.before)}
    came = {normal_name(name) for name in _other_names(held.after)} - before - theirs
    if not came:
        return now.also_known_as
    return ", ".join(name for name in _other_names(now) if name and normal_name(name) not in came)
