"""A file of a case: what it is, sealed with the case; and its content in chunks under a key of its own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.papers.kinds import Kind
from cse_tracker.records.base import Base
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class AttachmentBody(Payload):
    """What a file is called, what it is, who added it, and the key to its chunks."""

    name: str
    kind: Kind
    about: str
    length: int
    key: str
    added_at: datetime
    added_by: UUID | None


class Attachment(SealedRecord):
    """One file of a case. Without this row, or without the case's key, its chunks are noise."""

    __tablename__ = "attachment"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    chunks: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AttachmentBody)

    @property
    def saved_as(self) -> str:
        """The name under which it is handed out: on somebody's desktop it should name nobody."""
        return f"{reference('F', self.id)}.{self.body.kind.value}"

    @property
    def access_subject(self) -> Subject:
        """A file is seen by those who see its case."""
        return Subject(borough_gss=self.borough_gss)


class AttachmentChunk(Base):
    """64 KiB of a file, sealed and bound to its place."""

    __tablename__ = "attachment_chunk"

    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chunk: Mapped[bytes] = mapped_column(LargeBinary)
