"""A lease in the database, so that exactly one clock acts however many are started."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from cse_tracker.records.base import Base


class Lease(Base):
    """Who holds the clock, and until when unless renewed."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until: Mapped[datetime]


def hold(session: Session, name: str, owner: str, now: datetime, length: timedelta) -> bool:
    """Take or renew the lease; False when another owner holds it. Commits, because others must see it at once."""
    taken = session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.owner == owner, Lease.until < now))
        .values(owner=owner, until=now + length)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 1:  # type: ignore[attr-defined]
        session.commit()
        return True
    if session.scalar(select(Lease.name).where(Lease.name == name)) is not None:
        session.rollback()
        return False
    try:
        session.add(Lease(name=name, owner=owner, until=now + length))
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def release(session: Session, name: str, owner: str) -> None:
    """Give the lease back, where this owner holds it. Commits."""
    session.execute(
        delete(Lease).where(Lease.name == name, Lease.owner == owner).execution_options(synchronize_session=False)
    )
    session.commit()
