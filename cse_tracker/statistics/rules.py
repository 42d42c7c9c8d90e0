"""The publishable designs, fixed as data: there is no free table builder, because differencing needs one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from cse_tracker.meetings.rules import Attendance
from cse_tracker.outbound.rules import DECLINES, DeclineReason, GapKind
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.terms import AgencyKind

DESIGNS_VERSION: Final = 6


class Design(StrEnum):
    """What a release shows. A release of the last month of a quarter shows the quarter's flows too."""

    YOUNG_PEOPLE = "young-people"
    JOINED = "joined"
    LEFT = "left"
    CHANGES = "changes"
    REFERRALS = "referrals"
    DECISIONS = "decisions"
    DECLINES = "declines"
    DUTIES = "duties"
    ACTIONS = "actions"
    MISSING = "missing"
    INTERVIEWS = "interviews"
    ATTENDANCE = "attendance"
    MEETINGS = "meetings"
    FEEDBACK = "feedback"
    GAPS = "gaps"
    SERVICES = "services"


QUARTERLY: Final = frozenset({Design.JOINED, Design.LEFT, Design.CHANGES})


def table_name(place: str, design: Design) -> str:
    """Name a table the same in every month: rounding is seeded by it."""
    return f"{place}/{design.value}/{DESIGNS_VERSION}"


def version_of(name: str) -> int:
    """Give the version of the definitions from the name that `table_name` gave."""
    return int(name.rpartition("/")[2])


@dataclass(frozen=True)
class Meaning:
    """A design in words: its title, what is counted, and the heading of its numbers."""

    title: str
    counts: str
    unit: str = "Number"


MEANINGS: Final[Mapping[Design, Meaning]] = {
    Design.YOUNG_PEOPLE: Meaning(
        "Young people with an open case",
        "Young people, each counted once, who had an open case in the borough at the end of the month. The source is "
        "the kind of agency whose referral first led to the case. Agency: every kind of agency that referred them; "
        "somebody referred by several is counted at each, so these add up to more than the young people there are. "
        "Known elsewhere: another borough that has signed the agreement had an open case of theirs too. For London "
        "somebody counts once, where the case was opened first, where both boroughs have settled that it is the same "
        "young person; where nobody has decided yet it says perhaps.",
        "Young people",
    ),
    Design.JOINED: Meaning(
        "Young people who came in the quarter",
        "Young people with an open case at the end of the quarter who had none at its beginning: new, reopened or "
        "handed over by another borough. Somebody who came and left within the quarter is not counted.",
        "Young people",
    ),
    Design.LEFT: Meaning(
        "Young people who left in the quarter",
        "Young people with an open case at the beginning of the quarter who had none at its end: closed or "
        "handed over.",
        "Young people",
    ),
    Design.CHANGES: Meaning(
        "Changes in the quarter",
        "Young people in each of these situations; somebody can be in more than one, so they are not added up. Raised "
        "and lowered compare the level at the quarter’s beginning and end. Back within 12 months: came in the quarter "
        "after a case that had been closed within the 12 months before.",
        "Young people",
    ),
    Design.REFERRALS: Meaning(
        "Referrals received",
        "Referrals received in the month, by the kind of agency that referred and what had come of them by its end.",
        "Referrals",
    ),
    Design.DECISIONS: Meaning(
        "Time to a decision",
        "Referrals decided in the month, by the working days from the day of receipt to the day of the decision.",
        "Referrals",
    ),
    Design.DECLINES: Meaning(
        "Referrals declined",
        "Referrals declined in the month, by the reason that the borough’s protocol names.",
        "Referrals",
    ),
    Design.DUTIES: Meaning(
        "Duties that fell due",
        "Duties of the protocol that fell due in the month, by the kind of agency that owed them and how they stood at "
        "the end of the month. Duties whose cause had gone or that gave way to others are left out, and so are "
        "actions of meetings, which are counted by themselves. What was waived was not met; what was done in time and "
        "recorded later was met in time.",
        "Duties",
    ),
    Design.ACTIONS: Meaning(
        "Actions that fell due",
        "Actions agreed at meetings that fell due in the month, by the kind of agency that owed them and whether they "
        "had been done by their day and by the end of the month. Actions that were cancelled are left out.",
        "Actions",
    ),
    Design.MISSING: Meaning(
        "Missing episodes",
        "Episodes that began in the month: missing where nobody knew the whereabouts at any time, else away without "
        "leave. A young person can have several.",
        "Episodes",
    ),
    Design.INTERVIEWS: Meaning(
        "Return interviews",
        "Returns in the month, by whether the return interview had been held by its end, and within 72 hours.",
        "Returns",
    ),
    Design.ATTENDANCE: Meaning(
        "Attendance at meetings",
        "Invitations of agencies to meetings held in the month, by what became of them. Absent without word: neither "
        "they nor a deputy came, and they had not sent apologies. The share is of those invited who came or sent a "
        "deputy.",
        "Invitations",
    ),
    Design.MEETINGS: Meaning(
        "Meetings held",
        "Meetings held in the month, by whether they had the quorum that the protocol demands, and by the working days "
        "from the day on which the protocol began to demand the meeting to the day on which it was held.",
        "Meetings",
    ),
    Design.FEEDBACK: Meaning(
        "Answers owed to those who referred",
        "Referrals received before the end of the month whose sender had not been told of a decision by its end, by "
        "the working days that they had waited. It is recorded when and how a sender is told; where nobody is left to "
        "be told, nothing is owed.",
        "Referrals",
    ),
    Design.GAPS: Meaning(
        "Gaps in services",
        "Times in the month that help was needed and not to be had: a service said no, there was none to refer to, or "
        "it closed.",
        "Gaps",
    ),
    Design.SERVICES: Meaning(
        "Referrals to services",
        "Referrals to services sent in the month, by the kind of agency and whether it had answered by the end of "
        "the month.",
        "Referrals",
    ),
}
_BEFORE_5: Final[Mapping[Design, Meaning]] = {
    Design.DECISIONS: Meaning(
        "Time to a decision",
        "Referrals decided in the month, by the working days from the day of receipt to the day of the decision. The "
        "referrer is told at the decision, so this is also how long feedback took.",
        "Referrals",
    ),
    Design.FEEDBACK: Meaning(
        "Answers owed to those who referred",
        "Referrals received before the end of the month whose sender had no decision yet at its end, by the working "
        "days that they had waited.",
        "Referrals",
    ),
}
_BEFORE_6: Final[Mapping[Design, Meaning]] = {
    Design.DUTIES: Meaning(
        "Duties that fell due",
        "Duties of the protocol that fell due in the month, by the kind of agency that owed them and how they stood at "
        "the end of the month. Duties whose cause had gone are left out.",
        "Duties",
    ),
    Design.ATTENDANCE: Meaning(
        "Attendance at meetings",
        "Invitations of agencies to meetings held in the month. An agency that sent a deputy attended.",
        "Invitations",
    ),
    Design.MEETINGS: Meaning("Meetings held", "Meetings held in the month, with or without a quorum.", "Meetings"),
}


def meaning_of(design: Design, version: int) -> Meaning:
    """Give a design's meaning as it was in a version of the definitions, so that a frozen release keeps its words."""
    for until, meanings in ((5, _BEFORE_5), (6, _BEFORE_6)):
        if version < until and design in meanings:
            return meanings[design]
    return MEANINGS[design]


HEADINGS: Final[Mapping[str, str]] = {
    "certainty": "Certainty",
    "level": "Level",
    "sex": "Sex",
    "age": "Age",
    "ethnicity": "Ethnic group",
    "looked_after": "Looked after",
    "disability": "Disability or learning needs",
    "from_abroad": "Came from abroad",
    "placement": "Placement",
    "source": "Source",
    "known_to": "Agency",
    "elsewhere": "Known elsewhere",
    "waiting": "Waited",
    "gap": "Gap",
    "answer": "Answer",
    "change": "Change",
    "agency": "Agency",
    "outcome": "Outcome",
    "time": "Time taken",
    "reason": "Reason",
    "kind": "Kind",
    "interview": "Return interview",
    "attendance": "Attendance",
    "quorum": "Quorum",
    "demanded": "From demand to meeting",
}
"""What each dimension of a design is called."""

NOT_HELD: Final = (
    "These figures count those who are known and recorded, and nobody else: they are not how many there are. Records "
    "from before disability and coming from abroad were asked for count as not known."
)
CERTAINTY: Final = ("Indicated", "Known", "Not recorded")
SEX: Final = ("Female", "Male", "Not known")
AGE: Final = ("Under 13", "13 to 15", "16 to 17", "18 and over", "Not known")
OUTCOME: Final = (
    "Accepted as a new case",
    "Joined to a known young person",
    "Declined",
    "Awaiting a decision",
    "Advice given",
)
ATTENDANCE: Final[Mapping[Attendance, str]] = {
    # Not "Attended" alone, which counted deputies too until version 5: figures of both lie side by side for ever.
    Attendance.ATTENDED: "Attended themselves",
    Attendance.DEPUTY: "Sent a deputy",
    Attendance.APOLOGIES: "Sent apologies",
    Attendance.ABSENT: "Absent without word",
}
QUORUM: Final = ("With a quorum", "Without a quorum")
DEMANDED: Final = (
    "The same or the next working day",
    "2 to 5 working days",
    "6 to 15 working days",
    "Longer",
    "No deadline demanded it",
)
ACTION_STANDING: Final = ("Done in time", "Done late", "Not done")
ETHNICITY: Final = ("White", "Mixed", "Asian", "Black", "Other", "Not known")
LOOKED_AFTER: Final = ("Looked after", "Not looked after", "Not known")
DISABILITY: Final = ("Yes", "No", "Not known")
FROM_ABROAD: Final = ("Yes", "No", "Not known")
PLACEMENT: Final = ("Secure", "Not secure", "Not recorded")
SECURE: Final = frozenset({"K1", "R5"})
"""Secure children’s homes and the young people’s secure estate, as the Department for Education codes placements."""
ELSEWHERE: Final = ("Counted by another borough", "Perhaps counted by another borough", "Counted here")
GAP: Final[Mapping[GapKind | DeclineReason, str]] = {
    GapKind.NO_SERVICE: "No service to refer to",
    GapKind.CLOSED: "The service closed",
    **{reason: f"Declined: {words[0].lower()}{words[1:]}" for reason, words in DECLINES.items()},
}
ANSWERED: Final = ("Answered", "Not answered")
CHANGE: Final = ("Level raised", "Level lowered", "Back within 12 months", "Turned 18")
TIME_TAKEN: Final = ("The same or the next working day", "2 to 5 working days", "Longer")
DUTY_STANDING: Final = ("Met in time", "Met late", "Not met")
EPISODE: Final = ("Missing", "Away without leave")
INTERVIEW: Final = ("Held within 72 hours", "Held later", "Not held")
OTHER_REASON: Final = "Another reason"
NO_SOURCE: Final = "No referral"
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


def ethnic_group(code: str) -> str:
    """Give the published group of a code of the children in need census (its own grouping of the first letters)."""
    if code in {"NOBT", "REFU", ""}:
        return ETHNICITY[5]
    if code == "CHNE":
        return ETHNICITY[2]
    # BOTH is any other Black background, MOTH mixed, AOTH Asian, WOTH White, OOTH any other group.
    return {"W": ETHNICITY[0], "M": ETHNICITY[1], "A": ETHNICITY[2], "B": ETHNICITY[3], "O": ETHNICITY[4]}.get(
        code[0], ETHNICITY[5]
    )


def looked_after(answer: str) -> str:
    """Give the published category of the answer on a referral."""
    return {"yes": LOOKED_AFTER[0], "no": LOOKED_AFTER[1]}.get(answer, LOOKED_AFTER[2])


def yes_or_no(answer: str) -> str:
    """Give the published category of an answer that is yes, no or not known."""
    return {"yes": "Yes", "no": "No"}.get(answer, "Not known")


def placement(codes: Iterable[str]) -> str:
    """Give the published category of where somebody is placed, by the codes of the placements that hold."""
    held = set(codes)
    if not held:
        return PLACEMENT[2]
    return PLACEMENT[0] if held & SECURE else PLACEMENT[1]


def time_taken(working_days: int) -> str:
    """Give the published band of the working days from receipt to decision."""
    if working_days <= 1:
        return TIME_TAKEN[0]
    return TIME_TAKEN[1] if working_days <= 5 else TIME_TAKEN[2]


def demand_to_meeting(working_days: int | None) -> str:
    """Give the published band of the working days from a demand to its meeting, None where nothing demanded it."""
    if working_days is None:
        return DEMANDED[4]
    if working_days <= 5:
        return DEMANDED[0] if working_days <= 1 else DEMANDED[1]
    return DEMANDED[2] if working_days <= 15 else DEMANDED[3]


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
    def number(self) -> int:
        """The month's number, counted from year 0, so that months can be reckoned with."""
        return self.first.year * 12 + self.first.month - 1

    @property
    def ends_a_quarter(self) -> bool:
        """Whether it is March, June, September or December."""
        return self.first.month % 3 == 0

    @property
    def quarter_starts_at(self) -> datetime:
        """The first moment of the quarter that the month is in."""
        return Period(self.first.replace(month=self.first.month - (self.first.month - 1) % 3)).starts_at

    @property
    def name(self) -> str:
        """The month in words, such as October 2026."""
        return f"{self.first:%B %Y}"


def month_of(moment: datetime) -> Period:
    """Give the month of a moment on London's clock."""
    return Period(moment.astimezone(LONDON).date().replace(day=1))
