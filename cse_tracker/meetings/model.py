"""The meeting, its invitations by agency, and its actions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class MeetingState(Enum):
    """Where a meeting stands."""

    SCHEDULED = "scheduled"
    HELD_QUORATE = "held_quorate"
    HELD_INQUORATE = "held_inquorate"


HELD: Final = frozenset({MeetingState.HELD_QUORATE, MeetingState.HELD_INQUORATE})


class Attendance(StrEnum):
    """Whether an agency came."""

    NOT_RECORDED = "not_recorded"
    ATTENDED = "attended"
    DEPUTY = "deputy"
    APOLOGIES = "apologies"
    ABSENT = "absent"


# How long after a meeting the agencies invited may read what was decided there (our own choice), and longer while an
# action agreed at it is open.
READ_FOR: Final = timedelta(days=28)
PRESENT: Final = frozenset({Attendance.ATTENDED, Attendance.DEPUTY})


@dataclass(frozen=True, repr=False)
class MeetingHead(Payload):
    """What kind of meeting it is and where."""

    type_key: str
    type_label: str
    place: str


@dataclass(frozen=True, repr=False)
class MeetingBody(Payload):
    """What was decided there."""

    purpose: str = ""
    decisions: str = ""
    quorum: int = 0
    required_kinds: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    recorded_by: UUID | None = None


class Meeting(SealedRecord):
    """A meeting about one case, sealed with it."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("state IN ('scheduled', 'held_quorate', 'held_inquorate')", name="state"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_meeting_calendar", "borough_gss", "starts_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.SCHEDULED)
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    closed_to_agencies_at: Mapped[datetime | None] = mapped_column(default=None)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    invitations: Mapped[list["Invitation"]] = relationship(
        init=False, lazy="selectin", order_by="Invitation.id", back_populates="meeting"
    )

    head = SealedPayload(MeetingHead)
    body = SealedPayload(MeetingBody)

    @property
    def reference(self) -> str:
        """The reference that an invitation carries in place of any name."""
        return reference("M", self.id)

    @property
    def act(self) -> str:
        """The act that holding it is, as the duty that demands it names it."""
        return f"meeting:{self.head.type_key}"

    @property
    def access_subject(self) -> Subject:
        """A meeting is seen by the borough's lead officers, and by the agencies invited until its window closes."""
        if self.closed_to_agencies_at is not None:
            return Subject(borough_gss=self.borough_gss)
        invited = frozenset(invitation.agency_id for invitation in self.invitations)
        return Subject(borough_gss=self.borough_gss, invited_agency_ids=invited)

    @property
    def is_held(self) -> bool:
        """Whether it has taken place."""
        return self.state in HELD

    def hold(self, *, quorate: bool) -> None:
        """Record that it took place; raises RuleBroken the second time."""
        if self.is_held:
            code = "meeting.held"
            raise RuleBroken(code, "This meeting has been recorded already")
        self.state = MeetingState.HELD_QUORATE if quorate else MeetingState.HELD_INQUORATE


@dataclass(frozen=True, repr=False)
class InvitationBody(Payload):
    """Whether the agency was required and whether it came."""

    required: bool
    attendance: Attendance = Attendance.NOT_RECORDED
    reason: str = ""


class Invitation(SealedRecord):
    """An agency's invitation, addressed to the holder of its post."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("meeting_id", "agency_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    invited_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    meeting: Mapped[Meeting] = relationship(init=False, lazy="raise", back_populates="invitations")

    body = SealedPayload(InvitationBody)


@dataclass(frozen=True, repr=False)
class ActionBody(Payload):
    """What somebody agreed to do."""

    text: str
    due_on: date
    agreed_at: datetime


class Action(SealedRecord):
    """An action agreed at a meeting; its deadline is a duty."""

    __tablename__ = "action"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    owner_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    duty_id: Mapped[UUID] = mapped_column(ForeignKey("duty.id"))
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ActionBody)
