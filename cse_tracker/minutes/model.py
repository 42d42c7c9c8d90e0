"""A version of the minutes of a meeting, and its sections."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class MinutesState(Enum):
    """Where a version stands; an agreed one is never changed again."""

    DRAFT = "draft"
    AGREED = "agreed"


@dataclass(frozen=True, repr=False)
class VersionBody(Payload):
    """Who drafted it and who agreed it, when."""

    drafted_at: datetime
    drafted_by: UUID | None
    agreed_at: datetime | None = None
    agreed_by: UUID | None = None
    note: str = ""


class MinuteVersion(SealedRecord):
    """One version of a meeting's minutes."""

    __tablename__ = "minute_version"
    __table_args__ = (
        UniqueConstraint("meeting_id", "ordinal"),
        CheckConstraint("state IN ('draft', 'agreed')", name="state"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    ordinal: Mapped[int]
    state: Mapped[MinutesState] = mapped_column(default=MinutesState.DRAFT)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(VersionBody)


@dataclass(frozen=True, repr=False)
class SectionBody(Payload):
    """What is minuted under a heading. `only` names the agencies that get it; everybody invited where it is empty."""

    heading: str
    text: str
    only: tuple[UUID, ...] = ()


class MinuteSection(SealedRecord):
    """One section, sealed with the case it is about, or with the meeting."""

    __tablename__ = "minute_section"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("minute_version.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), index=True, default=None)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(SectionBody)
