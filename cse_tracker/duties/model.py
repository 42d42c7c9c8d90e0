"""A duty: one deadline as a row that survives the fact."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class DutyState(Enum):
    """Where a duty stands. `breached` is open and late; `met_late` stays late for ever."""

    PENDING = "pending"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    VOID = "void"


OPEN: Final = frozenset({DutyState.PENDING, DutyState.BREACHED})
TRANSITIONS: Final = {
    DutyState.PENDING: frozenset({DutyState.BREACHED, DutyState.MET, DutyState.MET_LATE, DutyState.VOID}),
    DutyState.BREACHED: frozenset({DutyState.MET_LATE, DutyState.VOID}),
    DutyState.MET: frozenset[DutyState](),
    DutyState.MET_LATE: frozenset[DutyState](),
    DutyState.VOID: frozenset[DutyState](),
}


class About(Enum):
    """What kind of record a duty is about."""

    REFERRAL = "referral"
    CASE = "case"
    CLAIM = "claim"


@dataclass(frozen=True, repr=False)
class DutyBody(Payload):
    """What is demanded and why: its rule's key would give the level away, so all of it is sealed."""

    rule_key: str
    label: str
    sentence: str
    satisfied_by: str
    protocol_version_id: UUID
    started_at: datetime
    settled_at: datetime | None = None
    settled_by: UUID | None = None
    settled_note: str = ""


class Duty(SealedRecord):
    """One demand on one agency with its time."""

    __tablename__ = "duty"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'breached', 'met', 'met_late', 'void')", name="state"),
        Index("ix_duty_open", "borough_gss", "state", "due_at"),
        Index("ix_duty_about", "about_id"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    owner_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    about: Mapped[About]
    about_id: Mapped[UUID]
    due_at: Mapped[datetime]
    state: Mapped[DutyState] = mapped_column(default=DutyState.PENDING)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DutyBody)

    @property
    def access_subject(self) -> Subject:
        """Duties are seen and settled where their case or referral is."""
        return Subject(borough_gss=self.borough_gss)

    @property
    def is_open(self) -> bool:
        """Whether something is still demanded."""
        return self.state in OPEN

    def is_late(self, now: datetime) -> bool:
        """Whether it is open past its time, whether or not the clock has written that down yet."""
        return self.state is DutyState.BREACHED or (self.state is DutyState.PENDING and now > self.due_at)

    def _move(self, state: DutyState) -> None:
        if state not in TRANSITIONS[self.state]:
            code = "duty.transition"
            raise RuleBroken(code, "This duty has been settled already")
        self.state = state

    def breach(self) -> None:
        """Write down that its time has passed."""
        self._move(DutyState.BREACHED)

    def settle(self, *, at: datetime, by: UUID | None, note: str = "") -> None:
        """Meet the duty: late if its time has passed, and then late for ever."""
        self._move(DutyState.MET_LATE if self.is_late(at) else DutyState.MET)
        self.body = replace(self.body, settled_at=at, settled_by=by, settled_note=note)

    def void(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Cancel a duty whose cause has gone."""
        self._move(DutyState.VOID)
        self.body = replace(self.body, settled_at=at, settled_by=by, settled_note=note)
