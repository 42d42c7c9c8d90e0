"""The report's nine signs of a borough that looks actively for young people at risk, scored and grouped."""

from collections.abc import Mapping
from typing import Final

# Report, "Responses in different local authorities": the nine indicators, scored yes or no.
SIGNS: Final[Mapping[str, str]] = {
    "protocol_active_use": "A protocol on sexual exploitation is in active use",
    "lead_postholder": "A named person in social care takes an active lead",
    "risk_indicator_awareness": "Staff know the signs of risk",
    "knows_indicated_numbers": "It is known how many young people are indicated, not only known, to be exploited",
    "training_organised": "Training is organised",
    "police_involvement_sought": "Police are actively brought in",
    "multi_agency_working": "Agencies work together to identify and respond",
    "specialist_service_access": "Young people can reach a specialist service",
    "preventative_work": "Preventative work is done",
}
# The report gives no cuts; these are ours and give its three groups on the demo's answers.
GROUPS: Final = ((7, "proactive"), (4, "developing"), (0, "needs development"))


def score(answers: Mapping[str, bool]) -> int:
    """How many of the nine are answered yes; raises KeyError for one that is not answered."""
    return sum(answers[sign] for sign in SIGNS)


def group(points: int) -> str:
    """The group that a score of 0 to 9 belongs to."""
    return next(name for least, name in GROUPS if points >= least)
