"""Which escrow kits were made, what they cover, and whether anybody has tried them: never what is in them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Base


class EscrowKit(Base):
    """A kit from which the keys could be restored; `covers` says which root keys or epochs it holds."""

    __tablename__ = "escrow_kit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    covers: Mapped[str]
    made_at: Mapped[datetime]
    verified_at: Mapped[datetime | None] = mapped_column(default=None)
