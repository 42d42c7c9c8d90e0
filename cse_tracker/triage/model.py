"""Questions to the referrer, offers to another borough, and what was found when young people were compared."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


@dataclass(frozen=True, repr=False)
class QuestionBody(Payload):
    """What a lead officer asks the referrer, and what comes back."""

    question: str
    asked_by: UUID | None
    asked_at: datetime
    answer: str = ""
    answered_by: UUID | None = None
    answered_at: datetime | None = None


class ReferralQuestion(SealedRecord):
    """One question on a referral, sealed with it."""

    __tablename__ = "referral_question"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(QuestionBody)

    @property
    def is_answered(self) -> bool:
        """Whether the referrer has answered."""
        return self.body.answered_at is not None


class OfferState(Enum):
    """What became of an offer to another borough or agency."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"


# The referral is back with the borough that offered it, which must be told loudly.
BOUNCED = frozenset({OfferState.REFUSED, OfferState.LAPSED})


@dataclass(frozen=True, repr=False)
class OfferBody(Payload):
    """Why the other borough is thought responsible, or the agency the right one, and what it answers."""

    reason: str
    offered_by: UUID | None
    answer: str = ""
    answered_by: UUID | None = None


class ReferralOffer(SealedRecord):
    """A referral offered to another borough or agency; the first borough is responsible until it has said yes.

    An agency is never responsible: after its yes the borough still decides.
    """

    __tablename__ = "referral_offer"
    __table_args__ = (
        CheckConstraint("state IN ('offered', 'accepted', 'refused', 'lapsed', 'taken_back')", name="state"),
        CheckConstraint("from_gss <> to_gss", name="elsewhere"),
        CheckConstraint("(to_gss IS NULL) <> (to_agency_id IS NULL)", name="one_receiver"),
        CheckConstraint("(state = 'offered') = (answered_at IS NULL)", name="answered"),
    )

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    from_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    to_gss: Mapped[str | None] = mapped_column(ForeignKey("borough.gss"), default=None)
    to_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), default=None)
    offered_at: Mapped[datetime]
    answer_by: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[OfferState] = mapped_column(default=OfferState.OFFERED)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(OfferBody)

    def settle(self, state: OfferState, *, at: datetime) -> None:
        """Say what became of it; raises RuleBroken the second time."""
        if self.state is not OfferState.OFFERED:
            code = "referral.offer_settled"
            raise RuleBroken(code, "This offer has been answered already")
        self.state, self.answered_at = state, at


class Verdict(Enum):
    """What a comparison with a young person already known came to."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


class Comparison(Record):
    """One young person already known, compared with the one referred, and by whom."""

    __tablename__ = "comparison"
    __table_args__ = (
        CheckConstraint("verdict IN ('same', 'different', 'undecided')", name="verdict"),
        UniqueConstraint("referral_id", "person_id"),
    )

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    verdict: Mapped[Verdict]
    compared_by: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    compared_at: Mapped[datetime]
