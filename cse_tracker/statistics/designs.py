"""The publishable designs, fixed as data: there is no free table builder, because differencing needs one."""

from enum import StrEnum
from typing import Final

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
