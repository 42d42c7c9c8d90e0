"""Versions of the data, runs on them, and reviews of how actively a borough looks."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class DataBody(Payload):
    """The tables as CSV text by name, exactly as they were read, and who brought them in."""

    texts: dict[str, str]
    note: str
    imported_at: datetime
    imported_by: UUID | None


class EstimateData(SealedRecord):
    """One version of everything an estimate rests on. It is never changed; a correction is a new version."""

    __tablename__ = "estimate_data"
    __table_args__ = (UniqueConstraint("borough_gss", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    number: Mapped[int]
    imported_on: Mapped[date]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DataBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough that brought it in."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class RunBody(Payload):
    """All that makes a run repeat, and the hash of its result to show that it does."""

    anchors: tuple[str, ...]
    reason: str
    draws: int
    seed: int
    inputs_sha256: str
    result_sha256: str
    versions: dict[str, str]
    made_at: datetime
    made_by: UUID | None


class EstimateMade(SealedRecord):
    """One run of the method on one version of the data."""

    __tablename__ = "estimate_run"
    __table_args__ = (UniqueConstraint("borough_gss", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    data_id: Mapped[UUID] = mapped_column(ForeignKey("estimate_data.id"), index=True)
    number: Mapped[int]
    made_on: Mapped[date]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(RunBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough that made it."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class ReviewBody(Payload):
    """The nine answers by indicator, each with its evidence, and who gave them."""

    answers: dict[str, bool]
    evidence: dict[str, str]
    reviewed_at: datetime
    reviewed_by: UUID | None


class ProactivityReview(SealedRecord):
    """How actively one borough looked for young people at risk in one year; the newest number counts."""

    __tablename__ = "proactivity_review"
    __table_args__ = (UniqueConstraint("borough_gss", "year", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    year: Mapped[int]
    number: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ReviewBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough."""
        return Subject(borough_gss=self.borough_gss)
