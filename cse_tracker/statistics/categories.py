"""The published categories of each dimension, the same whoever is in them, and which of them something falls into."""

from collections.abc import Iterable, Mapping
from typing import Final

from cse_tracker.meetings.rules import Attendance
from cse_tracker.outbound.rules import DECLINES, DeclineReason, GapKind
from cse_tracker.rulebook.terms import AgencyKind

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
