"""What requests hold and answers give, as data that both the checks and the published document are made from."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cse_tracker import london
from cse_tracker.outbound.rules import DeclineReason, Section
from cse_tracker.people.rules import Sex
from cse_tracker.referrals.model import Answer
from cse_tracker.referrals.rules import ETHNICITIES, LONGEST_LINE, LONGEST_TEXT, WHO_KNOWS

BoroughCode = StrEnum("BoroughCode", {gss: gss for gss, _, _ in london.BOROUGHS})  # type: ignore[misc]
Ethnicity = StrEnum("Ethnicity", {code: code for code, _ in ETHNICITIES})  # type: ignore[misc]
Knowing = StrEnum("Knowing", {key: key for key, _ in WHO_KNOWS if key != "none_of_these"})  # type: ignore[misc]

Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Filled = Annotated[str, Field(min_length=1, max_length=LONGEST_LINE)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
FilledText = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
NhsNumber = Annotated[str, Field(pattern=r"^([0-9]{10})?$")]
MOST_PER_PAGE: Final = 100


def whole(value: object) -> object:
    """Read 3.0 as 3: JSON knows one kind of number, and JSON Schema calls both an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Taken(BaseModel):
    """Something that is sent to us: what it does not know is refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Given(BaseModel):
    """Something that we answer with."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class YoungPersonIn(Taken):
    """Who the young person is."""

    first_name: Annotated[str, Field(min_length=1, max_length=80)]
    last_name: Annotated[str, Field(min_length=1, max_length=80, description="“not known” where it is not")]
    also_known_as: Line = ""
    date_of_birth: date | None = None
    age_reason: Annotated[
        str, Field(max_length=1000, description="Needed below 4 and from 18: why they are referred")
    ] = ""
    sex: Sex
    ethnicity: Ethnicity = Ethnicity("NOBT")
    nhs_number: NhsNumber = ""
    address: Annotated[str, Field(max_length=500)] = ""
    postcode: Annotated[str, Field(max_length=20)] = ""
    school: Line = ""
    looked_after: Answer
    disability: Annotated[Answer, Field(description="Whether they have a disability or learning needs")] = (
        Answer.NOT_KNOWN
    )
    from_abroad: Annotated[Answer, Field(description="Whether they came here from abroad")] = Answer.NOT_KNOWN
    contact: Annotated[str, Field(max_length=500, description="How they can be contacted safely")] = ""


class WorriesIn(Taken):
    """Why the referrer is worried. In immediate danger, call 999 first."""

    immediate_danger: bool
    why_worried: FilledText
    first_worried_on: date | None = None


class SeenIn(Taken):
    """What has been seen or told: keys of the indicators of the borough's protocol, none of them where none apply."""

    indicators: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=200)]
    details: Text = ""
    missing: Answer


class OthersIn(Taken):
    """Who else knows about these worries; nobody where the list is empty."""

    who_knows: Annotated[tuple[Knowing, ...], Field(max_length=20)]
    details: Text = ""
    carer_aware: Answer


class AwareIn(Taken):
    """What the young person knows and wants."""

    young_person_aware: Answer
    not_aware_reason: Annotated[str, Field(max_length=2000, description="Needed where they do not know")] = ""
    young_person_view: Text = ""


class ReferrerIn(Taken):
    """Whom the lead officer can speak to."""

    name: Filled
    role: Filled
    phone: Annotated[str, Field(min_length=1, max_length=40)]


class ReferralIn(Taken):
    """A worry about one young person, sent to a borough."""

    borough: BoroughCode
    young_person: YoungPersonIn
    worries: WorriesIn
    seen: SeenIn
    others: OthersIn
    aware: AwareIn
    referrer: ReferrerIn


class AnswerIn(Taken):
    """The answer to a question."""

    answer: FilledText


class ReferralState(StrEnum):
    """Where a referral stands, as its referrer is told: whether the young person was known already is not said."""

    SUBMITTED = "submitted"
    QUESTION_ASKED = "question_asked"
    BEING_DECIDED = "being_decided"
    ACCEPTED = "accepted"
    ADVICE_GIVEN = "advice_given"
    DECLINED = "declined"


class QuestionOut(Given):
    """A question of the borough's, with the agency's answer."""

    id: UUID
    number: int
    question: str
    answer: str | None


class DecisionOut(Given):
    """What was decided, as the referrer is told."""

    decided_at: datetime
    reason: str
    reason_in_words: str
    note: str


class ReferralLine(Given):
    """A referral in a list: nothing about anybody."""

    id: UUID
    reference: str
    borough: str
    state: ReferralState
    request_withdrawn: bool
    received_at: datetime


class ReferralOut(ReferralLine):
    """A referral and what came of it."""

    questions: tuple[QuestionOut, ...]
    decision: DecisionOut | None


class ReferralPage(Given):
    """Some of the referrals of the agency, the earliest first; `next` leads on, and is null at the end."""

    items: tuple[ReferralLine, ...]
    next: str | None


class OutboundStateOut(StrEnum):
    """Where a referral to a service stands."""

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


class OutboundLine(Given):
    """A referral to one's service in a list: nothing about anybody."""

    id: UUID
    reference: str
    borough: str
    state: OutboundStateOut
    sent_at: datetime


class SaidOut(Given):
    """A heading and what it says."""

    heading: str
    text: str


class PartOut(Given):
    """One part of what was shared."""

    section: Section
    title: str
    lines: tuple[SaidOut, ...]


class OutboundOut(OutboundLine):
    """A referral to one's service with what was shared, for as long as it is live."""

    asked_for: str
    needs: tuple[str, ...]
    shared: tuple[PartOut, ...]


class OutboundPage(Given):
    """The live referrals to one's services, the earliest first."""

    items: tuple[OutboundLine, ...]
    next: str | None


class WordsIn(Taken):
    """A few words to the borough, or none."""

    words: Text = ""


class AcceptIn(Taken):
    """The service takes the young person on."""

    kind: Literal["accept"]
    words: Text = ""


class WaitIn(Taken):
    """The service has put the young person on its waiting list."""

    kind: Literal["wait"]
    expected_on: date
    position: Annotated[int, Field(ge=1, le=100_000), BeforeValidator(whole)] | None = None
    words: Text = ""


class DeclineIn(Taken):
    """The service does not take the young person on."""

    kind: Literal["decline"]
    reason: DeclineReason
    words: Text = ""


class OutboundAnswerIn(Taken):
    """What the service answers."""

    answer: Annotated[AcceptIn | WaitIn | DeclineIn, Field(discriminator="kind")]


class OutboundMoved(Given):
    """Where a referral to one's service stands after an answer. What was shared closes when it has ended."""

    id: UUID
    reference: str
    state: OutboundStateOut


class DutyOut(Given):
    """Something that the agency must do by a time, by reference alone."""

    id: UUID
    about: Literal["referral", "case", "claim", "outbound"]
    reference: str
    due_at: datetime
    late: bool


class DutyPage(Given):
    """What the agency must do, the first due first."""

    items: tuple[DutyOut, ...]
    next: str | None


class ReferralAnswered(Given):
    """A question was answered."""

    id: UUID
    reference: str
    question_id: UUID


class PageIn(Taken):
    """Which part of a list."""

    # What stands in an address is text, so a number is read out of it.
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = 50
    cursor: Annotated[
        str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the part before")
    ] = ""


class PartOfProblem(Given):
    """One thing that is wrong with a request."""

    pointer: str
    detail: str


class Problem(Given):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request: str
    errors: tuple[PartOfProblem, ...] = ()
