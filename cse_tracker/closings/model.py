"""A closing that was proposed, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.closings.rules import CODES, OWN
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class ClosingState(Enum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Final = {
    ClosingState.PROPOSED: frozenset({ClosingState.APPROVED, ClosingState.REFUSED, ClosingState.WITHDRAWN}),
    ClosingState.APPROVED: frozenset[ClosingState](),
    ClosingState.REFUSED: frozenset[ClosingState](),
    ClosingState.WITHDRAWN: frozenset[ClosingState](),
}


@dataclass(frozen=True, repr=False)
class ClosingBody(Payload):
    """Why the case should be closed, what the young person says, and what the second lead officer answered.

    `labels` are the reasons in the words of the protocol they are from, `confirmed` what it asks for, as confirmed.
    """

    schema: ClassVar[int] = 2

    reasons: tuple[str, ...]
    explanation: str
    young_person_view: str
    outreach_by: str
    proposed_at: datetime
    proposed_by: UUID | None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    note: str = ""
    labels: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a proposal from before protocols had reasons of their own."""
        if schema == 1:
            known = {reason.key: reason.label for reason in OWN} | dict(CODES)
            return {**data, "labels": [known[reason] for reason in data["reasons"]]}
        return super().upgrade(data, schema)


class Closing(SealedRecord):
    """One proposal to close a case; at most one waits for an answer at a time."""

    __tablename__ = "closing"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", name="state"),
        Index(
            "uq_closing_waiting",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    state: Mapped[ClosingState] = mapped_column(default=ClosingState.PROPOSED)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ClosingBody)

    def move(self, state: ClosingState) -> None:
        """Answer it; raises RuleBroken where it has been answered already."""
        if state not in TRANSITIONS[self.state]:
            code = "closing.transition"
            raise RuleBroken(code, "This proposal has been answered already")
        self.state = state
