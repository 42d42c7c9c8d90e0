"""When each job last ran, with what outcome: one row for a job that runs often, one for each day of a daily one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from cse_tracker.records.base import Base

# A daily job that failed, or whose process was killed, is tried again after as long.
AGAIN: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=400)


class JobRun(Base):
    """One run of a job in a period; the period is empty for jobs that run again and again."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    items: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str] = mapped_column(default="")


def begin(session: Session, name: str, period: str, owner: str, now: datetime) -> bool:
    """Begin a run; False where this period's is done, or another clock is at it. Commits, so that others see it."""
    mine = update(JobRun).where(JobRun.name == name, JobRun.period == period)
    if period:
        free = or_(JobRun.failed_at.is_not(None), JobRun.owner != owner)
        mine = mine.where(JobRun.ended_at.is_(None), JobRun.started_at <= now - AGAIN, free)
    taken = session.execute(
        mine.values(owner=owner, started_at=now, ended_at=None).execution_options(synchronize_session=False)
    )
    if taken.rowcount == 1:  # type: ignore[attr-defined]
        session.commit()
        return True
    known = select(JobRun.name).where(JobRun.name == name, JobRun.period == period)
    if session.scalar(known) is not None:
        session.rollback()
        return False
    try:
        session.add(JobRun(name=name, period=period, owner=owner, started_at=now))
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def end(session: Session, name: str, period: str, items: int, now: datetime) -> None:
    """Note that a run ended well, and forget runs of long ago. Commits."""
    _note(
        session, name, period, {"ended_at": now, "items": items, **({"failed_at": None, "error": ""} if period else {})}
    )
    session.execute(
        delete(JobRun)
        .where(JobRun.name == name, JobRun.started_at < now - KEPT)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def fail(session: Session, name: str, period: str, error: str, now: datetime) -> None:
    """Note that a run failed, by the kind of its error alone. Commits."""
    _note(session, name, period, {"failed_at": now, "error": error[:80]})
    session.commit()


def _note(session: Session, name: str, period: str, values: dict[str, object]) -> None:
    wanted = update(JobRun).where(JobRun.name == name, JobRun.period == period)
    session.execute(wanted.values(**values).execution_options(synchronize_session=False))


@dataclass(frozen=True)
class LastRun:
    """How a job last ran; `failed_at` with `error` is its last failure, which may be before its last good run."""

    started_at: datetime
    ended_at: datetime | None
    items: int
    failed_at: datetime | None
    error: str


def last_runs(session: Session) -> dict[str, LastRun]:
    """Give the last run of every job that ever ran here, by name."""
    found: dict[str, LastRun] = {}
    for row in session.scalars(select(JobRun).order_by(JobRun.started_at)):
        before = found.get(row.name)
        failed_at = row.failed_at or (before.failed_at if before else None)
        error = row.error or (before.error if before else "")
        found[row.name] = LastRun(row.started_at, row.ended_at, row.items, failed_at, error)
    return found
