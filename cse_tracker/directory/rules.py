"""What an entry of the service directory may say, and whom a service serves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cse_tracker.hsds.reading import Listed
from cse_tracker.london import BOROUGHS
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken

OLDEST: Final = 25
LONGEST_WAIT_WEEKS: Final = 520


class Serves(StrEnum):
    """Whom a service takes, by sex."""

    EVERYONE = "everyone"
    GIRLS = "girls"
    BOYS = "boys"


SERVES: Final = {
    Serves.EVERYONE: "Everyone",
    Serves.GIRLS: "Girls and young women only",
    Serves.BOYS: "Boys and young men only",
}


class Capacity(StrEnum):
    """Whether a service can take somebody on, as it says itself."""

    OPEN = "open"
    LIMITED = "limited"
    FULL = "full"


CAPACITIES: Final = {
    Capacity.OPEN: "Taking referrals",
    Capacity.LIMITED: "Few places left",
    Capacity.FULL: "No places now",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The paper form of one service: addresses are those of a team, never of a person.

    `min_age` and `max_age` are completed years; `wait_weeks` is the usual wait, None where the service does not say.
    `covers` are GSS codes; `commissioned_by` those of the boroughs that pay for it, among them.
    """

    name: str
    description: str
    min_age: int | None = None
    max_age: int | None = None
    serves: Serves = Serves.EVERYONE
    capacity: Capacity = Capacity.OPEN
    wait_weeks: int | None = None
    who_may_refer: str = ""
    how_to_refer: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    covers: frozenset[str] = frozenset()
    commissioned_by: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is asked of the directory; an empty part asks nothing."""

    words: str = ""
    borough_gss: str = ""
    age: int | None = None
    sex: str = ""
    kind: AgencyKind | None = None
    with_room: bool = False


def check(entry: Entry) -> None:
    """Raise RuleBroken for an entry that cannot be right."""
    if not entry.name.strip():
        raise RuleBroken("service.name", "Enter the name of the service", field="name")
    if not entry.covers:
        raise RuleBroken("service.covers", "Select at least one borough that the service covers", field="covers")
    if not entry.commissioned_by <= entry.covers:
        message = "A borough that commissions the service must be one that it covers"
        raise RuleBroken("service.commissions", message, field="commissioned_by")
    ages = [age for age in (entry.min_age, entry.max_age) if age is not None]
    if any(not 0 <= age <= OLDEST for age in ages):
        raise RuleBroken("service.age", f"Ages must be between 0 and {OLDEST}", field="min_age")
    if len(ages) == 2 and ages[0] > ages[1]:
        raise RuleBroken("service.ages", "The youngest age must not be above the oldest", field="min_age")
    if entry.wait_weeks is not None and not 0 <= entry.wait_weeks <= LONGEST_WAIT_WEEKS:
        message = f"The usual wait must be between 0 and {LONGEST_WAIT_WEEKS} weeks"
        raise RuleBroken("service.wait", message, field="wait_weeks")


def unsuitable(entry: Entry, *, age: int | None, sex: str, borough_gss: str) -> list[str]:
    """Say in sentences why a service is not for a young person of this age, sex (F, M or U) and borough.

    A hint for whoever refers, never a refusal: services make exceptions, and ages are disputed.
    """
    found = []
    if borough_gss not in entry.covers:
        found.append("It does not cover the borough.")
    if age is not None and entry.min_age is not None and age < entry.min_age:
        found.append(f"It serves young people from {entry.min_age} years.")
    if age is not None and entry.max_age is not None and age > entry.max_age:
        found.append(f"It serves young people up to {entry.max_age} years.")
    if (entry.serves is Serves.GIRLS and sex == "M") or (entry.serves is Serves.BOYS and sex == "F"):
        found.append(f"It serves {SERVES[entry.serves].lower()}.")
    return found


def answers_to(entry: Entry, agency_name: str, kind: AgencyKind, wanted: Search) -> bool:
    """Whether a service is among what a search asks for; every word must be found somewhere in its entry."""
    text = f"{entry.name} {agency_name} {entry.description} {entry.who_may_refer}".casefold()
    hints = unsuitable(entry, age=wanted.age, sex=wanted.sex, borough_gss=wanted.borough_gss or _any(entry))
    return (
        all(word in text for word in wanted.words.casefold().split())
        and not hints
        and (wanted.kind is None or kind is wanted.kind)
        and not (wanted.with_room and entry.capacity is Capacity.FULL)
    )


def _any(entry: Entry) -> str:
    return min(entry.covers, default="")


class DirectoryRefused(RuleBroken):
    """A file that cannot be loaded whole; `problems` are sentences, each beginning with its path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("directory.refused", "Nothing was loaded: the file has problems", field="file")
        self.problems = problems


_CODES: Final = {gss for gss, _, _ in BOROUGHS}
_NAMES: Final = {name.casefold(): gss for gss, name, _ in BOROUGHS}


def entry_of(each: Listed) -> Entry | list[str]:
    """Give a service of a file as an entry, or the problems that keep it from being one, each with its path.

    Areas outside London are passed over, as long as one London borough is left; what the file does not say of whom a
    service serves and what room it has is taken for everyone and open.
    """
    covers, commissions = set(), set()
    for place in each.places:
        gss = place.code if place.code in _CODES else _NAMES.get(place.name.casefold(), "")
        if gss:
            covers.add(gss)
            if place.commissions:
                commissions.add(gss)
    problems = []
    if not covers:
        problems.append(f"{each.path}, service_areas: no London borough is among them")
    if each.serves and each.serves not in set(Serves):
        problems.append(f"{each.path}, attributes, serves: must be one of {', '.join(Serves)}")
    if each.capacity and each.capacity not in set(Capacity):
        problems.append(f"{each.path}, attributes, capacity: must be one of {', '.join(Capacity)}")
    if problems:
        return problems
    entry = Entry(
        name=each.name,
        description=each.description,
        min_age=_age(each.min_age),
        max_age=_age(each.max_age),
        serves=Serves(each.serves or Serves.EVERYONE),
        capacity=Capacity(each.capacity or Capacity.OPEN),
        wait_weeks=each.wait_weeks,
        who_may_refer=each.who_may_refer,
        how_to_refer=each.how_to_refer,
        email=each.email,
        phone=each.phone,
        website=each.website,
        covers=frozenset(covers),
        commissioned_by=frozenset(commissions),
    )
    try:
        check(entry)
    except RuleBroken as broken:
        return [f"{each.path}, {broken.field}: {broken.message}"]
    return entry


def _age(age: int | None) -> int | None:
    # A service for people of all ages says 100 or more; here it is one without an upper limit.
    return None if age is None or age > OLDEST else age
