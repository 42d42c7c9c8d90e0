"""The dated facts of a case: certainty, assessment and level, append-only, each made under a protocol version."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import RuleBroken


class Basis(StrEnum):
    """On what a statement of certainty rests."""

    DISCLOSURE = "disclosure"
    PROFESSIONAL_ASSESSMENT = "professional_assessment"
    POLICE_EVIDENCE = "police_evidence"
    THIRD_PARTY = "third_party"
    MEDICAL = "medical"
    DIGITAL_EVIDENCE = "digital_evidence"


class Source(StrEnum):
    """How the observer came to know of an indicator."""

    SEEN = "seen"
    TOLD = "told"
    INFERRED = "inferred"


@dataclass(frozen=True, repr=False)
class CertaintyBody(Payload):
    """Whether exploitation is indicated or known, and on what that rests."""

    certainty: Certainty
    basis: Basis
    explanation: str
    recorded_at: datetime
    recorded_by: UUID | None


class CertaintyFact(SealedRecord):
    """One dated statement of certainty; a later one supersedes it, none is changed."""

    __tablename__ = "certainty_fact"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(CertaintyBody)


@dataclass(frozen=True, repr=False)
class Observation(Payload):
    """One indicator that was observed, with its evidence in words."""

    indicator: str
    source: Source
    evidence: str
    observed_on: date | None = None


@dataclass(frozen=True, repr=False)
class AssessmentBody(Payload):
    """What was observed and what the protocol suggested for it."""

    observations: tuple[Observation, ...]
    narrative: str
    young_person_view: str
    protocol_version_id: UUID
    suggested_level: int | None
    suggestion_reasons: tuple[str, ...]
    floor: int | None
    recorded_at: datetime
    recorded_by: UUID | None


class Assessment(SealedRecord):
    """One dated assessment of a case."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AssessmentBody)


@dataclass(frozen=True, repr=False)
class LevelBody(Payload):
    """A decision on the level, under the protocol version of the case; a lowering carries its second signatory."""

    schema: ClassVar[int] = 2

    level: int
    level_label: str
    reason: str
    override_reason: str
    suggested_level: int | None
    protocol_version_id: UUID
    decided_at: datetime
    decided_by: UUID | None
    signed_by: UUID | None = None

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a decision from before lowerings had a second signatory."""
        if schema == 1:
            return data
        return super().upgrade(data, schema)


class LevelDecision(SealedRecord):
    """One dated level decision of a case."""

    __tablename__ = "level_decision"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(LevelBody)


class ProposalState(Enum):
    """Where a proposal to lower a level stands. `superseded` by a newer decision that did not need it."""

    PENDING = "pending"
    SIGNED = "signed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


PENDING_IN_SQL: Final = "state = 'pending'"


@dataclass(frozen=True, repr=False)
class ProposalBody(Payload):
    """A lower level that one person proposes, and what the second person answered."""

    before: int
    before_label: str
    level: int
    level_label: str
    reason: str
    override_reason: str
    suggested_level: int | None
    protocol_version_id: UUID
    proposed_at: datetime
    proposed_by: UUID | None
    answered_at: datetime | None = None
    answered_by: UUID | None = None
    note: str = ""


class LevelProposal(SealedRecord):
    """A proposal to lower a level; the level stays as it is until another person signs. One waits at a time."""

    __tablename__ = "level_proposal"
    __table_args__ = (
        UniqueConstraint("case_id", "ordinal"),
        CheckConstraint("state IN ('pending', 'signed', 'refused', 'withdrawn', 'superseded')", name="state"),
        Index(
            "uq_level_proposal__pending",
            "case_id",
            unique=True,
            sqlite_where=text(PENDING_IN_SQL),
            postgresql_where=text(PENDING_IN_SQL),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.PENDING)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ProposalBody)

    def answer(self, state: ProposalState, *, at: datetime, by: UUID | None, note: str = "") -> None:
        """Sign, refuse, withdraw or supersede it; raises RuleBroken where it has been answered already."""
        if self.state is not ProposalState.PENDING:
            code = "proposal.answered"
            raise RuleBroken(code, "This proposal has been answered already")
        self.state = state
        self.body = replace(self.body, answered_at=at, answered_by=by, note=note)
