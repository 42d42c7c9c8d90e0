"""The dated facts of a case: certainty, assessment and level, append-only, each made under a protocol version."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.decisions import Certainty


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
    """A decision on the level, under the protocol version that was in force."""

    level: int
    level_label: str
    reason: str
    override_reason: str
    suggested_level: int | None
    protocol_version_id: UUID
    decided_at: datetime
    decided_by: UUID | None


class LevelDecision(SealedRecord):
    """One dated level decision of a case."""

    __tablename__ = "level_decision"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(LevelBody)
