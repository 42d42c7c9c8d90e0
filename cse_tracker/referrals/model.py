"""The referral, its draft answers as typed, and its decision."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.likeness.numbers import nhs_number_checks
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.referrals.rules import ADULT, FEWEST_DIGITS, YOUNGEST
from cse_tracker.work.errors import RuleBroken


class ReferralState(Enum):
    """Where an inbound referral stands. Leaving out one that nobody asks for any more: it is only marked withdrawn."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_TRIAGE = "in_triage"
    INFO_REQUESTED = "info_requested"
    REDIRECTED = "redirected"
    ACCEPTED_NEW = "accepted_new"
    JOINED_EXISTING = "joined_existing"
    ADVICE_ONLY = "advice_only"
    DECLINED = "declined"


DECIDED: Final = frozenset(
    {
        ReferralState.ACCEPTED_NEW,
        ReferralState.JOINED_EXISTING,
        ReferralState.ADVICE_ONLY,
        ReferralState.DECLINED,
    }
)
# Waiting for the borough, its answer to another borough's offer, or the referrer's words: the clock runs in each.
AWAITING: Final = frozenset(
    {ReferralState.SUBMITTED, ReferralState.IN_TRIAGE, ReferralState.INFO_REQUESTED, ReferralState.REDIRECTED}
)
TRANSITIONS: Final = {
    ReferralState.DRAFT: frozenset({ReferralState.SUBMITTED}),
    ReferralState.SUBMITTED: frozenset({ReferralState.IN_TRIAGE}),
    ReferralState.IN_TRIAGE: frozenset(
        {ReferralState.SUBMITTED, ReferralState.INFO_REQUESTED, ReferralState.REDIRECTED, *DECIDED}
    ),
    # A lead officer may go on without waiting for the answer, by claiming the referral again.
    ReferralState.INFO_REQUESTED: frozenset({ReferralState.SUBMITTED, ReferralState.IN_TRIAGE}),
    ReferralState.REDIRECTED: frozenset({ReferralState.SUBMITTED}),
    ReferralState.ACCEPTED_NEW: frozenset[ReferralState](),
    ReferralState.JOINED_EXISTING: frozenset[ReferralState](),
    ReferralState.ADVICE_ONLY: frozenset[ReferralState](),
    ReferralState.DECLINED: frozenset[ReferralState](),
}
# How long one lead officer's claim keeps others from deciding.
CLAIM_LASTS: Final = timedelta(minutes=30)
# A draft is kept for ninety days after its author last touched it, who is reminded a month before.
KEPT_UNTOUCHED: Final = timedelta(days=90)
REMINDED: Final = timedelta(days=60)
# How long after the decision the referring agency may read its referral, once it has been told (our own choice).
READ_FOR: Final = timedelta(days=90)


class Answer(StrEnum):
    """Yes, no, or honestly not known."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, repr=False)
class ReferralAnswers(Payload):
    """What the referrer says, once every step is right."""

    identity: Identity
    details: PersonDetails
    age_reason: str
    immediate_danger: bool
    why_worried: str
    first_worried_on: date | None
    seen: tuple[str, ...]
    seen_details: str
    missing: Answer
    who_knows: tuple[str, ...]
    who_knows_details: str
    carer_aware: Answer
    young_person_aware: Answer
    not_aware_reason: str
    young_person_view: str
    referrer_name: str
    referrer_role: str
    referrer_phone: str

    def first_problem(self, *, today: date, indicators: Collection[str]) -> tuple[str, str] | None:
        """Give the first answer that cannot stand, and a sentence about it: what the pages ask step by step.

        `indicators` are the keys of the borough's protocol.
        """
        return next(self._problems(today, indicators), None)

    def _problems(self, today: date, indicators: Collection[str]) -> Iterator[tuple[str, str]]:
        age = self.identity.age_on(today)
        filled = {
            "first_name": (self.identity.first_name, "Enter their first name"),
            "last_name": (self.identity.last_name, "Enter their last name"),
            "why_worried": (self.why_worried, "Enter why you are worried"),
            "referrer_name": (self.referrer_name, "Enter your name"),
            "referrer_role": (self.referrer_role, "Enter your role"),
        }
        yield from ((field, sentence) for field, (said, sentence) in filled.items() if not said.strip())
        if age is not None and age < 0:
            yield "born", "Date of birth must be in the past"
        elif age is not None and (age >= ADULT or age < YOUNGEST) and not self.age_reason.strip():
            yield "born", f"This date of birth makes them {age}. Check it, or say why you are referring them"
        if self.identity.nhs_number and not nhs_number_checks(self.identity.nhs_number):
            yield "nhs_number", "NHS number is not a real one: check each number against the record it came from"
        if self.first_worried_on is not None and self.first_worried_on > today:
            yield "first_worried_on", "When you were first worried must be in the past"
        if set(self.seen) - set(indicators):
            yield "seen", "Name indicators of the borough’s protocol only"
        if self.young_person_aware is Answer.NO and not self.not_aware_reason.strip():
            yield "not_aware_reason", "Enter why the young person has not been told"
        if sum(character.isdigit() for character in self.referrer_phone) < FEWEST_DIGITS:
            yield "referrer_phone", "Enter a telephone number, like 020 7946 0000"


@dataclass(frozen=True, repr=False)
class ReferralHead(Payload):
    """What a list of referrals shows."""

    name: str = ""
    immediate_danger: bool = False


@dataclass(frozen=True, repr=False)
class ReferralBody(Payload):
    """The answers as they were typed, step by step, and as they were sent."""

    typed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    answers: ReferralAnswers | None = None


class Referral(SealedRecord):
    """A worry about a young person, from an agency to a borough."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'in_triage', 'info_requested', 'redirected',"
            " 'accepted_new', 'joined_existing', 'advice_only', 'declined')",
            name="state",
        ),
        CheckConstraint("(state = 'draft') = (received_at IS NULL)", name="received"),
        CheckConstraint(
            "(state IN ('accepted_new', 'joined_existing', 'advice_only', 'declined')) = (decided_at IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint("(state = 'in_triage') = (claimed_by IS NOT NULL)", name="claimed"),
        # Offered to one of them; an agency that has said yes keeps its sight until the window closes.
        CheckConstraint(
            "CASE WHEN state = 'redirected' THEN (offered_to_gss IS NULL) <> (with_agency_id IS NULL)"
            " ELSE offered_to_gss IS NULL END",
            name="offered",
        ),
        CheckConstraint("(state IN ('accepted_new', 'joined_existing')) = (case_id IS NOT NULL)", name="has_case"),
        Index("ix_referral_inbox", "borough_gss", "state", "received_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    state: Mapped[ReferralState] = mapped_column(default=ReferralState.DRAFT)
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), default=None, index=True)
    batch_id: Mapped[UUID | None] = mapped_column(default=None, index=True)
    touched_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_to_referrer_at: Mapped[datetime | None] = mapped_column(default=None)
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"), default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    offered_to_gss: Mapped[str | None] = mapped_column(ForeignKey("borough.gss"), default=None, index=True)
    with_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), default=None, index=True)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(ReferralHead)
    body = SealedPayload(ReferralBody)

    @property
    def reference(self) -> str:
        """The reference that the referrer is given."""
        return reference("R", self.id)

    @property
    def access_subject(self) -> Subject:
        """A draft belongs to its author; once sent, to the referring agency and the borough's lead officers.

        The agency's window closes some time after the decision; a young person's record is not theirs to keep. An
        agency to which it is passed sees it from the offer, and no longer when it has refused or has not answered.
        """
        if self.state is ReferralState.DRAFT:
            return Subject(author_id=self.author_id)
        if self.closed_to_referrer_at is not None:
            return Subject(borough_gss=self.borough_gss, other_borough_gss=self.offered_to_gss)
        return Subject(
            borough_gss=self.borough_gss,
            other_borough_gss=self.offered_to_gss,
            referring_agency_id=self.from_agency_id,
            author_id=self.author_id,
            receiving_agency_id=self.with_agency_id,
        )

    @property
    def is_agreed(self) -> bool:
        """Whether another agency has said that it helps, and the borough has yet to decide."""
        return self.with_agency_id is not None and self.state in AWAITING - {ReferralState.REDIRECTED}

    @property
    def is_draft(self) -> bool:
        """Whether it has not been sent yet."""
        return self.state is ReferralState.DRAFT

    @property
    def is_decided(self) -> bool:
        """Whether the borough has decided."""
        return self.state in DECIDED

    @property
    def answers(self) -> ReferralAnswers:
        """The answers as sent; raises RuleBroken for a draft."""
        if self.body.answers is None:
            code = "referral.draft"
            raise RuleBroken(code, "This referral has not been sent yet")
        return self.body.answers

    def check(self, state: ReferralState) -> None:
        """Raise RuleBroken where that state does not follow from this one."""
        if state not in TRANSITIONS[self.state]:
            code = "referral.transition"
            raise RuleBroken(code, self._why_not())

    def _why_not(self) -> str:
        match self.state:
            case ReferralState.DRAFT:
                return "This referral has not been sent yet"
            case ReferralState.REDIRECTED:
                return "This referral is offered to somebody else: wait for their answer, or take the offer back"
            case ReferralState.SUBMITTED | ReferralState.INFO_REQUESTED:
                return "Nobody has claimed this referral yet"
            case ReferralState.IN_TRIAGE:
                return "This referral has been claimed already"
            case _:
                return "This referral has been decided already"

    def receive(self, *, at: datetime) -> None:
        """Be sent; raises RuleBroken for one that has been."""
        if not self.is_draft:
            code = "referral.sent"
            raise RuleBroken(code, "This referral has been sent already")
        self.state, self.received_at = ReferralState.SUBMITTED, at

    def decide(self, state: ReferralState, *, at: datetime, case_id: UUID | None) -> None:
        """Be decided; state, time and case change together, as the table's constraints demand."""
        self.check(state)
        self.state, self.decided_at, self.case_id = state, at, case_id
        self.claimed_by = self.claimed_at = None

    def claim(self, user_id: UUID, *, at: datetime) -> None:
        """Be claimed, or taken over when the claim before has run out; raises RuleBroken while it runs."""
        if self.state is ReferralState.IN_TRIAGE:
            if self.held_by_another(user_id, at=at):
                code = "referral.claimed"
                raise RuleBroken(code, "Somebody else has claimed this referral. You can take it over 30 minutes later")
        else:
            self.check(ReferralState.IN_TRIAGE)
        self.state, self.claimed_by, self.claimed_at = ReferralState.IN_TRIAGE, user_id, at

    def held_by_another(self, user_id: UUID | None, *, at: datetime) -> bool:
        """Whether somebody else's claim still keeps this user from deciding."""
        return (
            self.claimed_by is not None
            and self.claimed_by != user_id
            and self.claimed_at is not None
            and at < self.claimed_at + CLAIM_LASTS
        )

    def put(self, state: ReferralState, *, offered_to: str | None = None, agency_id: UUID | None = None) -> None:
        """Wait: for a claim, for the referrer's answer, or for that of another borough or agency, and only then."""
        if self.is_draft:
            code = "referral.draft"
            raise RuleBroken(code, self._why_not())
        self.check(state)
        self.state, self.offered_to_gss = state, offered_to
        if state is ReferralState.REDIRECTED:
            self.with_agency_id = agency_id
        self.claimed_by = self.claimed_at = None


@dataclass(frozen=True, repr=False)
class DecisionBody(Payload):
    """What was decided, why, and what the referrer is told."""

    state: ReferralState
    reason_key: str
    reason_label: str
    note_to_referrer: str
    decided_by: UUID | None
    decided_at: datetime


class HowTold(Enum):
    """How the referrer came to know of the decision, or why nobody can be told any more."""

    READ = "read"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"
    LETTER = "letter"
    NOBODY_LEFT = "nobody_left"
    BEFORE = "before"


class ReferralDecision(SealedRecord):
    """The one decision on a referral. Feedback is owed until `told_at` says that it was given, or why it cannot be."""

    __tablename__ = "referral_decision"
    __table_args__ = (CheckConstraint("(told_at IS NULL) = (told_how IS NULL)", name="told"),)

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), unique=True)
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    told_how: Mapped[HowTold | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DecisionBody)
