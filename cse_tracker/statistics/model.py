"""The register of releases: every protected month, frozen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class ReleaseBody(Payload):
    """The protected tables of a month, by design, as the disclosure room stores them."""

    tables: dict[str, dict[str, Any]]
    taken_at: datetime
    taken_by: UUID | None


class MonthlyRelease(SealedRecord):
    """One borough's month. A provisional one, taken within its month, is followed by the final one."""

    __tablename__ = "monthly_release"
    __table_args__ = (UniqueConstraint("borough_gss", "month", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    month: Mapped[date]
    number: Mapped[int]
    taken_on: Mapped[date]
    final: Mapped[bool]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ReleaseBody)

    @property
    def access_subject(self) -> Subject:
        """A release is seen by the borough's managers and lead officers."""
        return Subject(borough_gss=self.borough_gss)
