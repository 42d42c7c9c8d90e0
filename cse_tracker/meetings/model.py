"""The meeting, what is on its agenda, and its invitations by agency."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cse_tracker.access.matrix import Subject
from cse_tracker.meetings.rules import PRESENT, Attendance, Reply
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.terms import MeetingFormat, MeetingScope
from cse_tracker.work.errors import RuleBroken

__all__ = [
    "HELD",
    "OPEN",
    "PRESENT",
    "AgendaItem",
    "Attendance",
    "Invitation",
    "Meeting",
    "MeetingState",
    "Reply",
    "Topic",
]


class MeetingState(Enum):
    """Where a meeting stands; moving it to another time changes no state."""

    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    HELD_QUORATE = "held_quorate"
    HELD_INQUORATE = "held_inquorate"
    MINUTES_DRAFT = "minutes_draft"
    MINUTES_AGREED = "minutes_agreed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


# How long after a meeting the agencies invited may read what was decided there (our own choice), and longer while an
# action agreed at it is open.
READ_FOR: Final = timedelta(days=28)

S = MeetingState
JUST_HELD: Final = frozenset({S.HELD_QUORATE, S.HELD_INQUORATE})
HELD: Final = JUST_HELD | {S.MINUTES_DRAFT, S.MINUTES_AGREED, S.CLOSED}
OPEN: Final = frozenset({S.PROPOSED, S.SCHEDULED})
TRANSITIONS: Final = {
    S.PROPOSED: frozenset({S.SCHEDULED, S.CANCELLED}),
    S.SCHEDULED: JUST_HELD | {S.CANCELLED},
    S.HELD_QUORATE: frozenset({S.MINUTES_DRAFT}),
    S.HELD_INQUORATE: frozenset({S.MINUTES_DRAFT}),
    S.MINUTES_DRAFT: frozenset({S.MINUTES_AGREED}),
    # Agreed minutes that turn out wrong are drafted anew; the agreed version is kept.
    S.MINUTES_AGREED: frozenset({S.CLOSED, S.MINUTES_DRAFT}),
    S.CLOSED: frozenset[MeetingState](),
    S.CANCELLED: frozenset[MeetingState](),
}
WORDS: Final = {
    S.PROPOSED: "proposed",
    S.SCHEDULED: "scheduled",
    S.HELD_QUORATE: "recorded as held",
    S.HELD_INQUORATE: "recorded as held",
    S.MINUTES_DRAFT: "being minuted",
    S.MINUTES_AGREED: "minuted",
    S.CLOSED: "closed",
    S.CANCELLED: "cancelled",
}
_STATES: Final = f"state IN ({', '.join(repr(state.value) for state in MeetingState)})"


@dataclass(frozen=True, repr=False)
class MeetingHead(Payload):
    """What kind of meeting it is and where."""

    schema: ClassVar[int] = 2

    type_key: str
    type_label: str
    place: str
    link: str = ""
    format: MeetingFormat = MeetingFormat.IN_PERSON
    scope: MeetingScope = MeetingScope.ONE

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a meeting from before it could be held by telephone or be about several young people."""
        return data if schema == 1 else super().upgrade(data, schema)

    @property
    def where(self) -> str:
        """The place, the link, or both, on one line."""
        parts = [part for part in (self.place, self.link) if part]
        return " or ".join(parts) or ("By telephone" if self.format is MeetingFormat.TELEPHONE else "")


@dataclass(frozen=True, repr=False)
class Move(Payload):
    """That a meeting was moved: from when to when, why, and which agency asked."""

    from_at: datetime
    to_at: datetime
    reason: str
    asked_by: UUID | None
    at: datetime
    by: UUID | None


@dataclass(frozen=True, repr=False)
class Ending(Payload):
    """Why a meeting was cancelled."""

    reason: str
    at: datetime
    by: UUID | None


@dataclass(frozen=True, repr=False)
class MeetingBody(Payload):
    """What it is for, what was decided there, and what became of its calling."""

    schema: ClassVar[int] = 2

    purpose: str = ""
    decisions: str = ""
    quorum: int = 0
    required_kinds: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    recorded_by: UUID | None = None
    quorate: bool | None = None
    deputies_count: bool = True
    inquorate_counts: bool = False
    chair_kind: str = ""
    chair_note: str = ""
    demanded_at: datetime | None = None
    called_at: datetime | None = None
    moves: tuple[Move, ...] = ()
    cancelled: Ending | None = None

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a meeting from before it could be moved, cancelled and minuted."""
        return data if schema == 1 else super().upgrade(data, schema)


class Meeting(SealedRecord):
    """A meeting, sealed with the one case it is about, or in a compartment of its own where there are several."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint(_STATES, name="state"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_meeting_calendar", "borough_gss", "starts_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), index=True, default=None)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    chair_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"), default=None)
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting.id"), default=None)
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
    def minuting(self) -> str:
        """The act that sending its minutes is."""
        return f"minutes:{self.id}"

    @property
    def access_subject(self) -> Subject:
        """A meeting is seen by the borough's lead officers, by who chairs it and by the agencies invited to it."""
        if self.closed_to_agencies_at is not None:
            return Subject(borough_gss=self.borough_gss, chair_id=self.chair_id)
        invited = frozenset(invitation.agency_id for invitation in self.invitations)
        return Subject(borough_gss=self.borough_gss, invited_agency_ids=invited, chair_id=self.chair_id)

    @property
    def is_held(self) -> bool:
        """Whether it has taken place."""
        return self.state in HELD

    @property
    def is_open(self) -> bool:
        """Whether it is still to be held."""
        return self.state in OPEN

    @property
    def quorate(self) -> bool:
        """Whether enough came; meetings from before this was kept say so by their state."""
        return self.state is MeetingState.HELD_QUORATE if self.body.quorate is None else self.body.quorate

    def move_to(self, state: MeetingState) -> None:
        """Go on to another state; raises RuleBroken where it does not follow."""
        self.require_next(state)
        self.state = state

    def require_next(self, state: MeetingState) -> None:
        """Raise RuleBroken where a state does not follow the present one."""
        if state not in TRANSITIONS[self.state]:
            code = "meeting.held" if self.is_held and state in JUST_HELD else "meeting.transition"
            message = (
                "This meeting has been recorded already"
                if code == "meeting.held"
                else f"A meeting that is {WORDS[self.state]} cannot become {WORDS[state]}"
            )
            raise RuleBroken(code, message)

    def require_open(self) -> None:
        """Raise RuleBroken where it is not to be held any more."""
        if not self.is_open:
            code = "meeting.over"
            raise RuleBroken(code, f"This meeting is {WORDS[self.state]}, so it cannot be changed")


class Topic(StrEnum):
    """What is spoken of under an item: the four subjects of a panel, in the words of this service."""

    YOUNG_PERSON = "young_person"
    PERSON_OF_CONCERN = "person_of_concern"
    PLACE = "place"
    THEME = "theme"


@dataclass(frozen=True, repr=False)
class ItemBody(Payload):
    """What an item is about, and why it is on the agenda; a case is named by its reference alone."""

    topic: Topic
    title: str
    note: str = ""


class AgendaItem(SealedRecord):
    """One thing spoken of at a meeting, sealed with its case, or with the meeting where it concerns no case.

    Two items may be about one case: two cases that a panel spoke of may turn out to be one young person's.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("meeting_id", "ordinal"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), index=True, default=None)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ItemBody)


@dataclass(frozen=True, repr=False)
class InvitationBody(Payload):
    """Whether the agency was required, what it answered, and whether it came."""

    schema: ClassVar[int] = 2

    required: bool
    attendance: Attendance = Attendance.NOT_RECORDED
    reason: str = ""
    reply: Reply = Reply.NONE
    reply_note: str = ""
    deputy: str = ""
    replied_at: datetime | None = None
    replied_by: UUID | None = None
    by_mail: bool = False
    invited_at: datetime | None = None

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read an invitation from before it could be answered."""
        return data if schema == 1 else super().upgrade(data, schema)


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
