"""The calendar feeds of colleagues."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record


class CalendarFeed(Record):
    """A colleague's own read-only calendar: its address holds a token of which only the digest is kept here."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]
