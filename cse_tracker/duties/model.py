"""A duty: one deadline as a row that survives the fact."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.terms import EscalationPost, Unit
from cse_tracker.work.errors import RuleBroken


class DutyState(Enum):
    """Where a duty stands.

    `breached` is open and late; `met_late` stays late for ever. `waived` was let go by a person with a reason; `void`
    lost its cause; `superseded` gave way to what a newer decision or protocol version demands. None of these wipes
    out a breach: `breached_at` stays.
    """

    PENDING = "pending"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    WAIVED = "waived"
    VOID = "void"
    SUPERSEDED = "superseded"


OPEN: Final = frozenset({DutyState.PENDING, DutyState.BREACHED})
SETTLED: Final = frozenset(DutyState) - OPEN
TRANSITIONS: Final = {
    DutyState.PENDING: frozenset({DutyState.BREACHED, *SETTLED}),
    # Met after a breach only where what was done was done in time and recorded late; `settle` sees to that.
    DutyState.BREACHED: SETTLED,
    **{state: frozenset[DutyState]() for state in SETTLED},
}


STATES: Final = "state IN ('pending', 'breached', 'met', 'met_late', 'waived', 'void', 'superseded')"


class About(Enum):
    """What kind of record a duty is about."""

    REFERRAL = "referral"
    CASE = "case"
    CLAIM = "claim"
    OUTBOUND = "outbound"
    MEETING = "meeting"


# The letter with which the reference of what a duty is about begins.
LETTERS: Final = {
    About.REFERRAL: "R",
    About.CASE: "C",
    About.CLAIM: "H",
    About.OUTBOUND: "X",
    About.MEETING: "M",
}


@dataclass(frozen=True, repr=False)
class Step(Payload):
    """A step in taking a late duty higher, as the protocol version said when the duty began."""

    post: EscalationPost
    amount: int
    unit: Unit


@dataclass(frozen=True, repr=False)
class Taken(Payload):
    """A step that was taken: to which post, and when."""

    post: EscalationPost
    at: datetime


@dataclass(frozen=True, repr=False)
class DutyBody(Payload):
    """What is demanded and why: its rule's key would give the level away, so all of it is sealed.

    `done_at` is when what was demanded was done, `settled_at` when that was recorded.
    """

    schema: ClassVar[int] = 2

    rule_key: str
    label: str
    sentence: str
    satisfied_by: str
    protocol_version_id: UUID
    started_at: datetime
    settled_at: datetime | None = None
    settled_by: UUID | None = None
    settled_note: str = ""
    done_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    taken: tuple[Taken, ...] = ()

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a duty from before it was taken higher and before the time of doing was kept apart."""
        if schema == 1:
            return {**data, "done_at": data.get("settled_at")}
        return super().upgrade(data, schema)


class Duty(SealedRecord):
    """One demand on one agency with its time."""

    __tablename__ = "duty"
    __table_args__ = (
        CheckConstraint(STATES, name="state"),
        Index("ix_duty_open", "borough_gss", "state", "due_at"),
        Index("ix_duty_escalate", "state", "escalate_at"),
        Index("ix_duty_about", "about_id"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    owner_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    about: Mapped[About]
    about_id: Mapped[UUID]
    due_at: Mapped[datetime]
    state: Mapped[DutyState] = mapped_column(default=DutyState.PENDING)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    escalate_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DutyBody)

    @property
    def access_subject(self) -> Subject:
        """Duties are settled where their case or referral is; who owes one knows of it for as long as it is open."""
        return Subject(borough_gss=self.borough_gss, receiving_agency_id=self.owner_agency_id if self.is_open else None)

    @property
    def about_reference(self) -> str:
        """The reference of the record that it is about."""
        return reference(LETTERS[self.about], self.about_id)

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

    @property
    def was_late(self) -> bool:
        """Whether it was met late, or given up after its time had passed: for ever, whatever was done since."""
        return self.state is DutyState.MET_LATE or (self.state is not DutyState.MET and self.breached_at is not None)

    @property
    def recorded_late(self) -> bool:
        """Whether it was done in time but stood as late until that was recorded."""
        return self.state is DutyState.MET and self.breached_at is not None

    def breach(self, at: datetime) -> None:
        """Write down that its time has passed."""
        self._move(DutyState.BREACHED)
        self.breached_at = at

    def settle(self, *, at: datetime, by: UUID | None, note: str = "", done_at: datetime | None = None) -> None:
        """Meet the duty: late if it was done after its time (without `done_at`: recorded after it), for ever."""
        late = (done_at or at) > self.due_at
        self._move(DutyState.MET_LATE if late else DutyState.MET)
        if late and self.breached_at is None:
            self.breached_at = self.due_at
        self._end(at, by, note, done_at or at)

    def waive(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Let the duty go for a reason."""
        self._give_up(DutyState.WAIVED, at, by, note)

    def void(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Cancel a duty whose cause has gone."""
        self._give_up(DutyState.VOID, at, by, note)

    def supersede(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Let the duty give way to what is demanded instead."""
        self._give_up(DutyState.SUPERSEDED, at, by, note)

    def _give_up(self, state: DutyState, at: datetime, by: UUID | None, note: str) -> None:
        late = self.is_late(at)
        self._move(state)
        if late and self.breached_at is None:
            self.breached_at = self.due_at
        self._end(at, by, note, None)

    def _end(self, at: datetime, by: UUID | None, note: str, done_at: datetime | None) -> None:
        self.escalate_at = None
        self.body = replace(self.body, settled_at=at, settled_by=by, settled_note=note, done_at=done_at)
