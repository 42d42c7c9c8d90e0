"""States, sections and reasons of a referral to a service, and what each section takes from the case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Final

from cse_tracker.assessments.model import AssessmentBody
from cse_tracker.cases.model import CaseHead
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.payload import Payload
from cse_tracker.referrals.model import ReferralAnswers
from cse_tracker.rulebook.calendar import Unit


class OutboundState(Enum):
    """Where a referral to a service stands."""

    DRAFT = "draft"
    SENT = "sent"
    NO_RESPONSE = "no_response"
    ACKNOWLEDGED = "acknowledged"
    WAITING_LIST = "waiting_list"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    DECLINED = "declined"
    REVOKED = "revoked"


WORDS: Final = {
    OutboundState.DRAFT: "Draft",
    OutboundState.SENT: "Sent",
    OutboundState.NO_RESPONSE: "No answer",
    OutboundState.ACKNOWLEDGED: "Acknowledged",
    OutboundState.WAITING_LIST: "On a waiting list",
    OutboundState.ACCEPTED: "Accepted",
    OutboundState.ACTIVE: "Support has begun",
    OutboundState.COMPLETED: "Completed",
    OutboundState.ENDED_EARLY: "Ended early",
    OutboundState.DECLINED: "Declined",
    OutboundState.REVOKED: "Revoked",
}
# The service has it in hand: only then may it see what was sent.
LIVE: Final = frozenset(
    {
        OutboundState.SENT,
        OutboundState.NO_RESPONSE,
        OutboundState.ACKNOWLEDGED,
        OutboundState.WAITING_LIST,
        OutboundState.ACCEPTED,
        OutboundState.ACTIVE,
    }
)
# The service has not said yet whether it takes the young person on.
UNDECIDED: Final = frozenset(
    {OutboundState.SENT, OutboundState.NO_RESPONSE, OutboundState.ACKNOWLEDGED, OutboundState.WAITING_LIST}
)
_ANSWERS: Final = frozenset(
    {OutboundState.WAITING_LIST, OutboundState.ACCEPTED, OutboundState.DECLINED, OutboundState.REVOKED}
)
TRANSITIONS: Final = {
    OutboundState.DRAFT: frozenset({OutboundState.SENT}),
    OutboundState.SENT: _ANSWERS | {OutboundState.ACKNOWLEDGED, OutboundState.NO_RESPONSE},
    # A late answer is an answer; that it was late stays in the duty.
    OutboundState.NO_RESPONSE: _ANSWERS | {OutboundState.ACKNOWLEDGED},
    OutboundState.ACKNOWLEDGED: _ANSWERS,
    # Again on the list: with another place or another estimate.
    OutboundState.WAITING_LIST: _ANSWERS,
    OutboundState.ACCEPTED: frozenset({OutboundState.ACTIVE, OutboundState.ENDED_EARLY, OutboundState.REVOKED}),
    OutboundState.ACTIVE: frozenset({OutboundState.COMPLETED, OutboundState.ENDED_EARLY, OutboundState.REVOKED}),
    OutboundState.COMPLETED: frozenset[OutboundState](),
    OutboundState.ENDED_EARLY: frozenset[OutboundState](),
    OutboundState.DECLINED: frozenset[OutboundState](),
    OutboundState.REVOKED: frozenset[OutboundState](),
}

# The acts that meet the duties of a service.
ACKNOWLEDGE: Final = "outbound:acknowledge"
ANSWER: Final = "outbound:answer"
PLACE: Final = "outbound:place"


@dataclass(frozen=True)
class Fallback:
    """A time limit of our own (no source), for a protocol that names none under this key."""

    key: str
    label: str
    trigger: str
    amount: int
    unit: Unit = Unit.WORKING_DAYS


ACKNOWLEDGED_WITHIN: Final = Fallback(
    "EXT_REF_ACK", "Referral acknowledged by the service", "the referral being sent", 5
)
ANSWERED_WITHIN: Final = Fallback(
    "EXT_REF_ANSWER", "Referral answered by the service", "the referral being acknowledged", 10
)
PLACE_ASKED: Final = Fallback("EXT_REF_PLACE", "Place on the waiting list", "the wait being estimated", 30)


class Way(Enum):
    """How a referral reaches the service."""

    ACCOUNT = "account"
    LINK = "link"


class DeclineReason(StrEnum):
    """Why a service does not take a young person on; no capacity is told apart from a threshold (s.1152-1168)."""

    NO_CAPACITY = "no_capacity"
    THRESHOLD = "threshold"
    OUTSIDE_AGE = "outside_age"
    OUTSIDE_AREA = "outside_area"
    SEX_NOT_SERVED = "sex_not_served"
    NEED_NOT_MET_HERE = "need_not_met_here"
    OUT_OF_REACH = "out_of_reach"
    MET_ELSEWHERE = "met_elsewhere"
    OTHER = "other"


DECLINES: Final = {
    DeclineReason.NO_CAPACITY: "No capacity: we would take them on if we had room",
    DeclineReason.THRESHOLD: "Our threshold is not met",
    DeclineReason.OUTSIDE_AGE: "Outside the ages that we serve",
    DeclineReason.OUTSIDE_AREA: "Outside the area that we serve",
    DeclineReason.SEX_NOT_SERVED: "We do not serve young people of this sex",
    DeclineReason.NEED_NOT_MET_HERE: "We do not offer what is needed",
    DeclineReason.OUT_OF_REACH: "They could not get to us safely",
    DeclineReason.MET_ELSEWHERE: "Another service meets the need already",
    DeclineReason.OTHER: "Another reason",
}


class GapKind(StrEnum):
    """How a gap in services showed."""

    DECLINED = "declined"
    NO_SERVICE = "no_service"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How far a need was met at the end."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT = "not"


OUTCOMES: Final = {Outcome.ACHIEVED: "Achieved", Outcome.PARTLY: "Partly achieved", Outcome.NOT: "Not achieved"}


class Agreement(StrEnum):
    """Whether agreement to sharing was sought; it is sought where that is safe, and is never the only way."""

    AGREED = "agreed"
    REFUSED = "refused"
    NOT_SOUGHT = "not_sought"


AGREEMENTS: Final = {
    Agreement.AGREED: "It was sought, and given",
    Agreement.REFUSED: "It was sought, and not given",
    Agreement.NOT_SOUGHT: "It was not sought",
}


class Section(StrEnum):
    """A part of the case that may be shared with a service, chosen one by one."""

    IDENTITY = "identity"
    CONTACT = "contact"
    CIRCUMSTANCES = "circumstances"
    WORRY = "worry"
    SIGNS = "signs"
    ASSESSMENT = "assessment"
    LEVEL = "level"
    VIEW = "view"


SECTIONS: Final = {
    Section.IDENTITY: "Name, age and sex",
    Section.CONTACT: "Address and how to make contact safely",
    Section.CIRCUMSTANCES: "School, whether looked after, ethnic group",
    Section.WORRY: "What the referrer was worried about",
    Section.SIGNS: "Signs that were observed",
    Section.ASSESSMENT: "The assessment in words",
    Section.LEVEL: "Level and certainty",
    Section.VIEW: "What the young person thinks",
}


@dataclass(frozen=True, repr=False)
class Leaf(Payload):
    """One section as it leaves: its title, and headings with what they say."""

    section: Section
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, repr=False)
class Material:
    """What the sections are taken from; `signs` are the words of the protocol for the indicators observed."""

    identity: Identity
    details: PersonDetails
    case: CaseHead
    answers: ReferralAnswers | None
    assessment: AssessmentBody | None
    signs: tuple[tuple[str, str], ...]
    today: date


Lines = Iterator[tuple[str, str]]


def leaves(chosen: frozenset[Section], material: Material) -> tuple[Leaf, ...]:
    """Give exactly what leaves with these sections, and nothing of any other; empty ones say that nothing is known."""
    made = []
    for section, take in _TAKE.items():
        if section in chosen:
            lines = tuple((heading, text) for heading, text in take(material) if text.strip())
            made.append(Leaf(section, SECTIONS[section], lines or (("Nothing is recorded", "Not known"),)))
    return tuple(made)


def _identity(material: Material) -> Lines:
    who = material.identity
    age = who.age_on(material.today)
    yield "Name", who.full_name
    yield "Also known as", who.also_known_as
    yield "Age", "" if age is None else f"{age} years{' (disputed)' if who.age_disputed else ''}"
    yield "Sex", {"F": "Female", "M": "Male"}.get(who.sex.value, "Not known")


def _contact(material: Material) -> Lines:
    yield "Address", material.details.address
    yield "Postcode", material.identity.postcode
    yield "How to make contact safely", material.details.contact
    yield "Parent or carer", material.details.carer


def _circumstances(material: Material) -> Lines:
    yield "School", material.details.school
    looked_after = {"yes": "Yes", "no": "No"}.get(material.details.looked_after, "Not known")
    yield "Looked after by the borough", looked_after
    yield "Ethnic group (census code)", material.details.ethnicity


def _worry(material: Material) -> Lines:
    if material.answers is not None:
        yield "Why the referrer was worried", material.answers.why_worried
        yield "What was seen", material.answers.seen_details


def _signs(material: Material) -> Lines:
    yield from material.signs


def _assessment(material: Material) -> Lines:
    yield "Assessment", material.assessment.narrative if material.assessment else ""


def _level(material: Material) -> Lines:
    yield "Level", material.case.level_label
    yield "Certainty", material.case.certainty.value.capitalize() if material.case.certainty else ""


def _view(material: Material) -> Lines:
    view = material.assessment.young_person_view if material.assessment else ""
    yield "In the assessment", view
    yield "When referred", material.answers.young_person_view if material.answers else ""


_TAKE: Final[dict[Section, Callable[[Material], Lines]]] = {
    Section.IDENTITY: _identity,
    Section.CONTACT: _contact,
    Section.CIRCUMSTANCES: _circumstances,
    Section.WORRY: _worry,
    Section.SIGNS: _signs,
    Section.ASSESSMENT: _assessment,
    Section.LEVEL: _level,
    Section.VIEW: _view,
}
