"""An action: whose it is, where it stands, and how it came to stand there."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.identity.model import PostKind
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class ActionState(Enum):
    """Where an action stands. That it is overdue is not a state: its duty says so, for ever."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    VERIFIED = "verified"
    CANCELLED = "cancelled"


S = ActionState
TERMINAL: Final = frozenset({S.VERIFIED, S.CANCELLED})
OPEN: Final = frozenset(ActionState) - TERMINAL - {S.DONE}
TRANSITIONS: Final = {
    S.PROPOSED: frozenset({S.AGREED, S.CANCELLED}),
    S.AGREED: frozenset({S.IN_PROGRESS, S.BLOCKED, S.DONE, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.BLOCKED, S.DONE, S.CANCELLED}),
    S.BLOCKED: frozenset({S.IN_PROGRESS, S.DONE, S.CANCELLED}),
    S.DONE: frozenset({S.VERIFIED, S.IN_PROGRESS}),
    S.VERIFIED: frozenset[ActionState](),
    S.CANCELLED: frozenset[ActionState](),
}
WORDS: Final = {
    S.PROPOSED: "waiting for its agency to agree",
    S.AGREED: "agreed",
    S.IN_PROGRESS: "in progress",
    S.BLOCKED: "blocked",
    S.DONE: "done, waiting to be verified",
    S.VERIFIED: "done and verified",
    S.CANCELLED: "cancelled",
}


@dataclass(frozen=True, repr=False)
class Step(Payload):
    """One thing that happened to an action, in words for its page."""

    what: str
    note: str
    at: datetime
    by: UUID | None
    agency_id: UUID | None = None


@dataclass(frozen=True, repr=False)
class ActionBody(Payload):
    """What somebody agreed to do, which post of the agency does it, and everything that happened to it since."""

    schema: ClassVar[int] = 2

    text: str
    due_on: date
    agreed_at: datetime
    post: PostKind = PostKind.MEETING_CONTACT
    evidence: str = ""
    done_by: UUID | None = None
    done_at: datetime | None = None
    blocked_by: str = ""
    steps: tuple[Step, ...] = ()

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read an action from before it had a course of its own."""
        return data if schema == 1 else super().upgrade(data, schema)


class Action(SealedRecord):
    """An action agreed at a meeting; its deadline is a duty. `offered_to_id` is asked to take it over."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed', 'agreed', 'in_progress', 'blocked', 'done', 'verified', 'cancelled')", name="state"
        ),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), index=True, default=None)
    owner_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    offered_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True, default=None)
    duty_id: Mapped[UUID] = mapped_column(ForeignKey("duty.id"))
    ordinal: Mapped[int]
    state: Mapped[ActionState] = mapped_column(default=ActionState.AGREED)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ActionBody)

    @property
    def reference(self) -> str:
        """The reference that a mail carries in place of what is to be done."""
        return reference("A", self.id)

    @property
    def act(self) -> str:
        """The act that doing it is, as its duty names it."""
        return f"action:{self.meeting_id}:{self.ordinal}"

    @property
    def about_id(self) -> UUID:
        """What its duty is about: the case, or the meeting where it concerns no case."""
        return self.case_id or self.meeting_id

    @property
    def access_subject(self) -> Subject:
        """An action is seen by the borough's lead officers, its agency, and the one asked to take it over."""
        owning = frozenset({self.owner_agency_id, *((self.offered_to_id,) if self.offered_to_id else ())})
        return Subject(borough_gss=self.borough_gss, owning_agency_ids=owning)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN

    def move_to(self, state: ActionState) -> None:
        """Go on to another state; raises RuleBroken where it does not follow."""
        if state not in TRANSITIONS[self.state]:
            code = "action.transition"
            raise RuleBroken(code, f"An action that is {WORDS[self.state]} cannot become {WORDS[state]}")
        self.state = state
