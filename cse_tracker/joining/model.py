"""A joining that was proposed, what came of it, and everything that would have to go back."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.cases.model import CaseStatus
from cse_tracker.joining.rules import Held
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class JoiningState(Enum):
    """Where a joining stands."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


TRANSITIONS: Final = {
    JoiningState.PROPOSED: frozenset({JoiningState.AGREED, JoiningState.REFUSED, JoiningState.WITHDRAWN}),
    JoiningState.AGREED: frozenset({JoiningState.UNDONE}),
    JoiningState.REFUSED: frozenset[JoiningState](),
    JoiningState.WITHDRAWN: frozenset[JoiningState](),
    JoiningState.UNDONE: frozenset[JoiningState](),
}


@dataclass(frozen=True, repr=False)
class Moved(Payload):
    """One row that went over: of which table, by which of its columns."""

    table: str
    row_id: UUID
    column: str


@dataclass(frozen=True, repr=False)
class JoiningBody(Payload):
    """Why, who agreed, and what went over. What is about both is emptied when a joining is undone.

    `numbered_on` is by how much the entries of the case's record were numbered on, to come after those of the other.
    """

    reason: str
    proposed_at: datetime
    proposed_by: UUID | None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    note: str = ""
    undone_at: datetime | None = None
    undone_by: UUID | None = None
    undone_reason: str = ""
    status_before: CaseStatus | None = None
    left_before: datetime | None = None
    person_before: UUID | None = None
    held: Held | None = None
    moved: tuple[Moved, ...] = ()
    numbered_on: int = 0


class Joining(SealedRecord):
    """One proposal that a case is another one's duplicate, in a compartment of its own."""

    __tablename__ = "case_joining"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'agreed', 'refused', 'withdrawn', 'undone')", name="state"),
        CheckConstraint("ending_id <> going_on_id", name="two"),
        Index(
            "uq_case_joining_waiting",
            "ending_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    ending_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    going_on_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    state: Mapped[JoiningState] = mapped_column(default=JoiningState.PROPOSED)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(JoiningBody)

    def move(self, state: JoiningState) -> None:
        """Answer or undo it; raises RuleBroken where that has been done already."""
        if state not in TRANSITIONS[self.state]:
            code = "joining.transition"
            raise RuleBroken(code, "This cannot follow: the proposal has been answered or undone already")
        self.state = state
