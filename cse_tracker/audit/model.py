"""The audit entry as it is stored."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Base


class AuditEntry(Base):
    """One thing that happened. Who, when, what kind and to which id are plain; its facts are sealed."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_object_id", "object_id"),
        Index("ix_audit_entry_borough", "borough_gss", "at_us"),
    )

    writer: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[UUID | None]
    sign_in_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[UUID | None]
    borough_gss: Mapped[str | None]
    facts_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # What the same transaction wrote to other tables; absent where it wrote nothing.
    rows_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
