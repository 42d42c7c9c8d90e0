"""A borough's adopted protocol versions: never edited, only superseded."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record
from cse_tracker.rulebook.document import ProtocolDocument, parse


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
