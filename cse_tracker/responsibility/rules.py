"""The states of a claim, who answers for what until it is settled, and how long two boroughs were in dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final


class ClaimState(Enum):
    """Where a claim stands. `kept` and `withdrawn` leave the case where it was, `handed_over` moves it."""

    ASSERTED = "asserted"
    NOTIFIED = "notified"
    DISPUTED = "disputed"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    DECIDED = "decided"
    HANDED_OVER = "handed_over"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


# The other borough has said yes, or it was decided for it; it has not taken the case over yet.
AGREED: Final = frozenset({ClaimState.ACCEPTED, ClaimState.DECIDED})
UNSETTLED: Final = AGREED | {ClaimState.ASSERTED, ClaimState.NOTIFIED, ClaimState.DISPUTED, ClaimState.ESCALATED}
TRANSITIONS: Final = {
    ClaimState.ASSERTED: frozenset({ClaimState.NOTIFIED, ClaimState.WITHDRAWN}),
    ClaimState.NOTIFIED: frozenset({ClaimState.ACCEPTED, ClaimState.DISPUTED, ClaimState.WITHDRAWN}),
    ClaimState.DISPUTED: frozenset({ClaimState.ACCEPTED, ClaimState.ESCALATED, ClaimState.WITHDRAWN}),
    ClaimState.ESCALATED: frozenset({ClaimState.ACCEPTED, ClaimState.DECIDED, ClaimState.KEPT, ClaimState.WITHDRAWN}),
    ClaimState.ACCEPTED: frozenset({ClaimState.HANDED_OVER, ClaimState.WITHDRAWN}),
    # What was decided by somebody above both is not taken back by one of them.
    ClaimState.DECIDED: frozenset({ClaimState.HANDED_OVER}),
    ClaimState.HANDED_OVER: frozenset[ClaimState](),
    ClaimState.KEPT: frozenset[ClaimState](),
    ClaimState.WITHDRAWN: frozenset[ClaimState](),
}
WORDS: Final = {
    ClaimState.ASSERTED: "Asserted",
    ClaimState.NOTIFIED: "Received",
    ClaimState.DISPUTED: "Disputed",
    ClaimState.ESCALATED: "Escalated",
    ClaimState.ACCEPTED: "Accepted, not yet taken over",
    ClaimState.DECIDED: "Decided, not yet taken over",
    ClaimState.HANDED_OVER: "Handed over",
    ClaimState.KEPT: "Decided: stays where it is",
    ClaimState.WITHDRAWN: "Withdrawn",
}


class Footing(StrEnum):
    """Why the other borough is held to be responsible (s.1184, and the London procedures on home and host)."""

    LIVES_THERE = "lives_there"
    FOUND_THERE = "found_there"
    PLACED_BY = "placed_by"
    LOOKED_AFTER_BY = "looked_after_by"
    ORDINARY_RESIDENCE = "ordinary_residence"
    CARE_LEAVER = "care_leaver"


FOOTINGS: Final = {
    Footing.LIVES_THERE: "Lives there now",
    Footing.FOUND_THERE: "Was found there",
    Footing.PLACED_BY: "Was placed here by that borough",
    Footing.LOOKED_AFTER_BY: "Is looked after by that borough",
    Footing.ORDINARY_RESIDENCE: "Ordinarily lives there",
    Footing.CARE_LEAVER: "That borough owes duties to a care leaver",
}


@dataclass(frozen=True)
class Interim:
    """Which borough (GSS code) answers for what at this moment; neither is ever empty."""

    plan: str
    emergency: str


def interim(state: ClaimState, *, from_gss: str, to_gss: str, host_gss: str) -> Interim:
    """Say who answers for the plan and who acts in an emergency.

    The borough that holds the case answers for the plan until the other has taken it over; saying yes is not enough.
    The borough in which the young person is acts in an emergency until then (London procedures: the host authority is
    relieved only once agreement is reached and confirmed in writing).
    """
    if state is ClaimState.HANDED_OVER:
        return Interim(plan=to_gss, emergency=to_gss)
    if state not in UNSETTLED:
        return Interim(plan=from_gss, emergency=from_gss)
    return Interim(plan=from_gss, emergency=host_gss)


def days_in_dispute(steps: Sequence[tuple[ClaimState, datetime]], now: datetime) -> int:
    """Count the whole days from the first dispute to the step that ended it, or to now; 0 where there was none."""
    began = next((at for state, at in steps if state is ClaimState.DISPUTED), None)
    if began is None:
        return 0
    settling = AGREED | {ClaimState.KEPT, ClaimState.WITHDRAWN}
    ended = next((at for state, at in steps if at >= began and state in settling), now)
    return (ended - began).days
