"""The case: whose it is, where it stands, and what a list shows of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import RuleBroken


class CaseStatus(Enum):
    """Where a case stands; level and certainty are facts, not states."""

    OPENED = "opened"
    ACTIVE = "active"
    MONITORING = "monitoring"
    TRANSFER_PENDING = "transfer_pending"
    CLOSED = "closed"
    TRANSFERRED_OUT = "transferred_out"
    MERGED = "merged"


# In each of these the borough is responsible, and the case is listed and counted.
OPEN: Final = frozenset(
    {CaseStatus.OPENED, CaseStatus.ACTIVE, CaseStatus.MONITORING, CaseStatus.TRANSFER_PENDING},
)
TRANSITIONS: Final = {
    CaseStatus.OPENED: frozenset(
        {CaseStatus.ACTIVE, CaseStatus.TRANSFER_PENDING, CaseStatus.CLOSED, CaseStatus.MERGED}
    ),
    CaseStatus.ACTIVE: frozenset(
        {CaseStatus.MONITORING, CaseStatus.TRANSFER_PENDING, CaseStatus.CLOSED, CaseStatus.MERGED}
    ),
    CaseStatus.MONITORING: frozenset(
        {CaseStatus.ACTIVE, CaseStatus.TRANSFER_PENDING, CaseStatus.CLOSED, CaseStatus.MERGED}
    ),
    # Back to where it came from when the other borough does not take it over.
    CaseStatus.TRANSFER_PENDING: frozenset(
        {CaseStatus.OPENED, CaseStatus.ACTIVE, CaseStatus.MONITORING, CaseStatus.TRANSFERRED_OUT}
    ),
    CaseStatus.CLOSED: frozenset({CaseStatus.ACTIVE, CaseStatus.MERGED}),
    CaseStatus.TRANSFERRED_OUT: frozenset[CaseStatus](),
    # Only undoing the merge leads out of it, to where the case stood before.
    CaseStatus.MERGED: frozenset({CaseStatus.OPENED, CaseStatus.ACTIVE, CaseStatus.MONITORING, CaseStatus.CLOSED}),
}


@dataclass(frozen=True, repr=False)
class CaseHead(Payload):
    """What a list of cases shows, besides the person's own head."""

    opened_at: datetime
    certainty: Certainty | None = None
    level: int | None = None
    level_label: str = ""
    level_colour: str = "grey"


@dataclass(frozen=True, repr=False)
class CaseBody(Payload):
    """How the case came about."""

    opened_by: UUID | None
    joined_referrals: tuple[UUID, ...] = ()


WORDS: Final = {
    CaseStatus.OPENED: "newly opened",
    CaseStatus.ACTIVE: "active",
    CaseStatus.MONITORING: "being monitored",
    CaseStatus.TRANSFER_PENDING: "about to be handed over",
    CaseStatus.CLOSED: "closed",
    CaseStatus.TRANSFERRED_OUT: "handed over to another borough",
    CaseStatus.MERGED: "joined to another case",
}
_OPEN_IN_SQL: Final = "status IN ('opened', 'active', 'monitoring', 'transfer_pending')"


class Case(SealedRecord):
    """A young person's concern in the borough responsible; at most one of them is open at a time."""

    __tablename__ = "case_"
    __table_args__ = (
        CheckConstraint(
            "status IN ('opened', 'active', 'monitoring', 'transfer_pending', 'closed', 'transferred_out', 'merged')",
            name="status",
        ),
        CheckConstraint(f"({_OPEN_IN_SQL}) = (left_at IS NULL)", name="left"),
        CheckConstraint("(status = 'transferred_out') = (handed_to_gss IS NOT NULL)", name="handed"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        # Two lead officers who open a case for one young person at once make one case, not two.
        Index(
            "uq_case__open",
            "person_id",
            unique=True,
            sqlite_where=text(_OPEN_IN_SQL),
            postgresql_where=text(_OPEN_IN_SQL),
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    status: Mapped[CaseStatus] = mapped_column(default=CaseStatus.OPENED)
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    handed_to_gss: Mapped[str | None] = mapped_column(ForeignKey("borough.gss"), default=None)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), default=None)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(CaseHead)
    body = SealedPayload(CaseBody)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("C", self.id)

    @property
    def access_subject(self) -> Subject:
        """A case is seen by the lead officers of the borough responsible, and of the one it was handed to."""
        return Subject(borough_gss=self.borough_gss, other_borough_gss=self.handed_to_gss)

    @property
    def is_open(self) -> bool:
        """Whether the borough is responsible for it now."""
        return self.status in OPEN

    def require_open(self) -> None:
        """Raise RuleBroken where the case is no longer open: what is over is not added to."""
        if not self.is_open:
            code = "case.closed"
            raise RuleBroken(code, "This case is not open any more. Reopen it before you record anything new on it")

    def make_pages_stale(self) -> None:
        """Raise the case's own revision where only what belongs to it changes: a page made before that is stale."""
        self.head = self.head

    def move(self, status: CaseStatus, *, at: datetime) -> None:
        """Change where it stands; raises RuleBroken where that does not follow from where it is."""
        if status not in TRANSITIONS[self.status]:
            code = "case.transition"
            raise RuleBroken(code, f"A case that is {WORDS[self.status]} cannot become {WORDS[status]}")
        self.status = status
        self.left_at = None if status in OPEN else at


@dataclass(frozen=True, repr=False)
class PassageBody(Payload):
    """Where a case came to stand, when, by whom and why."""

    status: CaseStatus
    before: CaseStatus | None
    at: datetime
    by: UUID | None
    reason: str = ""
    repeat: bool = False


class CasePassage(SealedRecord):
    """One change of where a case stands: append-only, so that any day's count can be worked out later."""

    __tablename__ = "case_passage"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(PassageBody)
