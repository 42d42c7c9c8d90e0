"""The publishable designs, fixed as data: there is no free table builder, because differencing needs one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from cse_tracker.rulebook.terms import AgencyKind

LONDON: Final = ZoneInfo("Europe/London")
DESIGNS_VERSION: Final = 2


class Design(StrEnum):
    """What a monthly release shows."""

    YOUNG_PEOPLE = "young-people"
    REFERRALS = "referrals"
    ATTENDANCE = "attendance"
    MEETINGS = "meetings"


@dataclass(frozen=True)
class Meaning:
    """A design in words."""

    title: str
    counts: str


MEANINGS: Final[Mapping[Design, Meaning]] = {
    Design.YOUNG_PEOPLE: Meaning(
        "Young people with an open case",
        "Young people, each counted once, who had an open case in the borough at the end of the month.",
    ),
    Design.REFERRALS: Meaning(
        "Referrals received",
        "Referrals received in the month, by the kind of agency that referred and what had come of them by its end.",
    ),
    Design.ATTENDANCE: Meaning(
        "Attendance at meetings",
        "Invitations of agencies to meetings held in the month. An agency that sent a deputy attended.",
    ),
    Design.MEETINGS: Meaning("Meetings held", "Meetings held in the month, with or without a quorum."),
}

CERTAINTY: Final = ("Indicated", "Known", "Not recorded")
SEX: Final = ("Female", "Male", "Not known")
AGE: Final = ("Under 13", "13 to 15", "16 to 17", "18 and over", "Not known")
OUTCOME: Final = ("Accepted as a new case", "Joined to a known young person", "Declined", "Awaiting a decision")
ATTENDED: Final = ("Attended", "Did not attend")
EARLIER_LEVEL: Final = "Level of an earlier protocol"
NO_LEVEL: Final = "No level yet"
AGENCY_KINDS: Final[Mapping[AgencyKind, str]] = {
    AgencyKind.SOCIAL_CARE: "Children’s social care",
    AgencyKind.POLICE: "Police",
    AgencyKind.HEALTH: "Health",
    AgencyKind.SEXUAL_HEALTH: "Sexual health",
    AgencyKind.CAMHS: "Child mental health",
    AgencyKind.EDUCATION: "Schools and education",
    AgencyKind.YOT: "Youth justice",
    AgencyKind.SPECIALIST_CSE: "Specialist service",
    AgencyKind.VOLUNTARY: "Voluntary organisations",
}
OTHER_AGENCY: Final = "Other agencies"


def agency_kind(kind: AgencyKind) -> str:
    """Give the published category of a kind of agency."""
    return AGENCY_KINDS.get(kind, OTHER_AGENCY)


def agency_kinds() -> tuple[str, ...]:
    """Give every published category, whether anybody is in it or not: a row that is missing tells something too."""
    return (*AGENCY_KINDS.values(), OTHER_AGENCY)


def age_band(age: int | None) -> str:
    """Give the published age band of an age in completed years."""
    if age is None:
        return AGE[4]
    if age < 13:
        return AGE[0]
    if age < 16:
        return AGE[1]
    return AGE[2] if age < 18 else AGE[3]


def levels(defined: Iterable[str]) -> tuple[str, ...]:
    """Give every published category of level, from the labels that the protocol in force defines and nothing else.

    A label that only an earlier protocol had gets no row of its own: the row would be there only when somebody is in
    it, and so its 0 would say "from 1 to 4".
    """
    return tuple(dict.fromkeys([*defined, EARLIER_LEVEL, NO_LEVEL]))


def level(label: str | None, defined: Iterable[str]) -> str:
    """Give the published category of the label under which a level was decided, None where none was."""
    if label is None:
        return NO_LEVEL
    return label if label in set(defined) else EARLIER_LEVEL


def tally(categories: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    """Count how often each category is found; raises KeyError for one that the design does not have."""
    counts = dict.fromkeys(categories, 0)
    for category in found:
        counts[category] += 1
    return counts


@dataclass(frozen=True)
class Period:
    """A calendar month on London's clock."""

    first: date

    def __post_init__(self) -> None:
        if self.first.day != 1:
            message = "A month is named by its first day"
            raise ValueError(message)

    @property
    def starts_at(self) -> datetime:
        """The first moment of the month."""
        return datetime.combine(self.first, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the month."""
        return datetime.combine(self.following, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def following(self) -> date:
        """The first day of the next month."""
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1)

    @property
    def before(self) -> "Period":
        """The month before."""
        return Period((self.first - timedelta(days=1)).replace(day=1))

    @property
    def name(self) -> str:
        """The month in words, such as October 2026."""
        return f"{self.first:%B %Y}"


def month_of(moment: datetime) -> Period:
    """Give the month of a moment on London's clock."""
    return Period(moment.astimezone(LONDON).date().replace(day=1))
