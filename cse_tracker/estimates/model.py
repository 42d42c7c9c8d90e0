"""Versions of the data, runs on them, and reviews of how actively a borough looks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True)
class Counted:
    """A number identified that was counted in the tracker: exact for the method, `shown` for every reader.

    `last_month` is the first day of the last of the twelve months that were counted.
    """

    borough_gss: str
    last_month: date
    number: int
    shown: int


@dataclass(frozen=True, repr=False)
class DataBody(Payload):
    """The tables as CSV text by name, exactly as they were read, what was counted here, and who brought them in."""

    schema: ClassVar[int] = 2

    texts: dict[str, str]
    note: str
    imported_at: datetime
    imported_by: UUID | None
    counted: tuple[Counted, ...] = ()

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a version from before the tracker's own numbers could be taken."""
        if schema == 1:
            return data
        return super().upgrade(data, schema)


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


@dataclass(frozen=True, repr=False)
class ListsBody(Payload):
    """The exact counts by pattern (such as `101`, in the order of the lists), what was protected of them, the answer.

    `release` is None where no protection was found. `opinion` holds every figure at full precision.
    """

    last_month: date
    lists: tuple[str, ...]
    counts: dict[str, int]
    release: dict[str, Any] | None
    opinion: dict[str, Any]
    draws: int
    seed: int
    reason: str
    made_at: datetime
    made_by: UUID | None


class ListsCompared(SealedRecord):
    """One second opinion from the tracker's own linked lists, made once for a year and kept."""

    __tablename__ = "estimate_lists"
    __table_args__ = (UniqueConstraint("borough_gss", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    number: Mapped[int]
    made_on: Mapped[date]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ListsBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class AnswerBody(Payload):
    """Whether the estimate looks right to a lead officer, and why."""

    looks: str
    why: str
    answered_at: datetime
    answered_by: UUID | None


class EstimateAnswer(SealedRecord):
    """One lead officer's answer to a run, kept beside it; the newest of each counts."""

    __tablename__ = "estimate_answer"
    __table_args__ = (UniqueConstraint("run_id", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("estimate_run.id"), index=True)
    number: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AnswerBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class TrainingBody(Payload):
    """What a training was about, when it was held, and for which services."""

    held_on: date
    about: str
    services: str
    recorded_at: datetime
    recorded_by: UUID | None


class Training(SealedRecord):
    """One training on sexual exploitation that the borough organised."""

    __tablename__ = "training_held"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(TrainingBody)

    @property
    def access_subject(self) -> Subject:
        """Seen by managers and lead officers of the borough."""
        return Subject(borough_gss=self.borough_gss)
