"""A borough's adopted protocol versions, never edited, only superseded; and the moves of cases to newer ones."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.base import Record
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.document import ProtocolDocument, parse
from cse_tracker.work.errors import RuleBroken


class ProtocolVersion(Record):
    """One version of a borough's protocol. It is a public procedure and names nobody, so it is kept in plain text."""

    __tablename__ = "protocol_version"
    __table_args__ = (UniqueConstraint("borough_gss", "number"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    number: Mapped[int]
    in_force_from: Mapped[date]
    digest: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    adopted_by: Mapped[UUID | None]

    @property
    def document(self) -> ProtocolDocument:
        """The protocol as a validated document."""
        return parse(self.text)


@dataclass(frozen=True, repr=False)
class MoveBody(Payload):
    """Why a case was moved to another version of the protocol, and by whom."""

    reason: str
    moved_at: datetime
    moved_by: UUID | None


class ProtocolMove(SealedRecord):
    """One move of a case to another version. A case without any stays under the version of the day it was opened."""

    __tablename__ = "protocol_move"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("protocol_version.id"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(MoveBody)


class DraftState(Enum):
    """Where a draft stands; approved, it has become a version and is never touched again."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


DRAFT_TRANSITIONS: Final = {
    DraftState.DRAFT: frozenset({DraftState.SUBMITTED, DraftState.WITHDRAWN}),
    DraftState.SUBMITTED: frozenset({DraftState.DRAFT, DraftState.APPROVED, DraftState.WITHDRAWN}),
    DraftState.APPROVED: frozenset[DraftState](),
    DraftState.WITHDRAWN: frozenset[DraftState](),
}


class ProtocolDraft(Record):
    """A protocol on its way to becoming a version. Like a version it is a public procedure and names nobody."""

    __tablename__ = "protocol_draft"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'approved', 'withdrawn')", name="state"),
        CheckConstraint("(state IN ('submitted', 'approved')) <= (in_force_from IS NOT NULL)", name="dated"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    text: Mapped[str] = mapped_column(Text)
    started_by: Mapped[UUID | None]
    edited_by: Mapped[UUID | None]
    edited_at: Mapped[datetime]
    state: Mapped[DraftState] = mapped_column(default=DraftState.DRAFT)
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("protocol_version.id"), default=None)
    submitted_by: Mapped[UUID | None] = mapped_column(default=None)
    in_force_from: Mapped[date | None] = mapped_column(default=None)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("protocol_version.id"), default=None)

    @property
    def document(self) -> ProtocolDocument:
        """The draft as a validated document."""
        return parse(self.text)

    @property
    def access_subject(self) -> Subject:
        """A draft belongs to its borough."""
        return Subject(borough_gss=self.borough_gss)

    def move(self, state: DraftState) -> None:
        """Change where it stands; raises RuleBroken where that does not follow."""
        if state not in DRAFT_TRANSITIONS[self.state]:
            code = "draft.transition"
            raise RuleBroken(code, f"This draft is {self.state.value}, so it cannot become {state.value}")
        self.state = state


class VersionChanged(Exception):
    """Somebody tried to change an adopted version: a defect, because nothing in the product does."""


def _refuse_change(_mapper: object, _connection: object, version: ProtocolVersion) -> None:
    raise VersionChanged(repr(version))


event.listen(ProtocolVersion, "before_update", _refuse_change)
event.listen(ProtocolVersion, "before_delete", _refuse_change)
