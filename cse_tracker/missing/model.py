"""An episode of going missing or being away, the interview after the return, and the homes that are gone from."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.missing.rules import Kind, Span
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class EpisodeState(Enum):
    """Where an episode stands. Whether somebody is missing now must be found without opening every record."""

    OPEN = "open"
    RETURNED = "returned"
    CHECKED = "checked"
    CLOSED = "closed"
    MOVED = "moved"
    CLOSED_AT_18 = "closed_at_18"
    WITHDRAWN = "withdrawn"


END: Final = frozenset({EpisodeState.CLOSED, EpisodeState.MOVED, EpisodeState.CLOSED_AT_18, EpisodeState.WITHDRAWN})
TRANSITIONS: Final = {
    EpisodeState.OPEN: frozenset(
        {EpisodeState.RETURNED, EpisodeState.MOVED, EpisodeState.CLOSED_AT_18, EpisodeState.WITHDRAWN}
    ),
    EpisodeState.RETURNED: frozenset({EpisodeState.CHECKED, EpisodeState.WITHDRAWN}),
    EpisodeState.CHECKED: frozenset({EpisodeState.CLOSED, EpisodeState.WITHDRAWN}),
    **{state: frozenset[EpisodeState]() for state in END},
}


class InterviewState(StrEnum):
    """Where a return interview stands. A refusal is not the end: it is offered again until somebody says why not."""

    DUE = "due"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_POSSIBLE = "not_possible"
    HELD = "held"
    CONCLUDED = "concluded"


INTERVIEW_END: Final = frozenset({InterviewState.HELD, InterviewState.CONCLUDED})
INTERVIEW_TRANSITIONS: Final = {
    InterviewState.DUE: frozenset({InterviewState.OFFERED, InterviewState.NOT_POSSIBLE}),
    InterviewState.OFFERED: frozenset(
        {InterviewState.ACCEPTED, InterviewState.DECLINED, InterviewState.NOT_POSSIBLE, InterviewState.HELD}
    ),
    InterviewState.ACCEPTED: frozenset({InterviewState.HELD, InterviewState.DECLINED, InterviewState.NOT_POSSIBLE}),
    InterviewState.DECLINED: frozenset({InterviewState.OFFERED, InterviewState.CONCLUDED}),
    InterviewState.NOT_POSSIBLE: frozenset({InterviewState.OFFERED, InterviewState.CONCLUDED}),
    InterviewState.HELD: frozenset[InterviewState](),
    InterviewState.CONCLUDED: frozenset[InterviewState](),
}


class Care(StrEnum):
    """Where somebody lived when they went: children missing from home need the same records as those in care."""

    HOME = "home"
    CHILDRENS_HOME = "childrens_home"
    FOSTER = "foster"
    SUPPORTED = "supported"
    OTHER = "other"


class Grading(StrEnum):
    """How the police graded the risk (College of Policing); 'not graded' where they have not said."""

    NOT_GRADED = "not_graded"
    NO_APPARENT_RISK = "no_apparent_risk"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Asked(StrEnum):
    """Whom an interview was offered to, and who answered."""

    YOUNG_PERSON = "young_person"
    CARER = "carer"
    BOTH = "both"


class Manner(StrEnum):
    """How an interview was offered."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    MESSAGE = "message"
    LETTER = "letter"


class Obstacle(StrEnum):
    """Why no interview could be offered or held (the values that authorities return for Ofsted's Annex A)."""

    MISSING_AGAIN = "missing_again"
    NO_CONTACT = "no_contact"
    NOT_PRESENT = "not_present"
    PLACED_AWAY = "placed_away"
    OTHER = "other"


@dataclass(frozen=True, repr=False)
class Interval(Payload):
    """From when the episode counts as missing, or as away with the whereabouts known."""

    kind: Kind
    starts_at: datetime


@dataclass(frozen=True, repr=False)
class EpisodeHead(Payload):
    """What lists and counts need."""

    intervals: tuple[Interval, ...]
    care: Care
    home_id: UUID | None = None
    ended_at: datetime | None = None

    @property
    def starts_at(self) -> datetime:
        """When it began."""
        return self.intervals[0].starts_at

    @property
    def kind(self) -> Kind:
        """What it is, or was at its end."""
        return self.intervals[-1].kind

    @property
    def ever_missing(self) -> Kind:
        """What it is counted as: missing where nobody knew the whereabouts at any time in it."""
        return Kind.MISSING if any(each.kind is Kind.MISSING for each in self.intervals) else Kind.AWAY

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.starts_at, self.ended_at)


@dataclass(frozen=True, repr=False)
class EpisodeBody(Payload):
    """What is known of an episode, in words."""

    reported_at: datetime
    recorded_by: UUID | None
    reported_by: str
    circumstances: str
    police_reference: str = ""
    grading: Grading = Grading.NOT_GRADED
    found: str = ""
    harm: str = ""
    check_by: str = ""
    check_note: str = ""
    checked_at: datetime | None = None
    end_note: str = ""


class Episode(SealedRecord):
    """One episode, in the compartment of its case."""

    __tablename__ = "missing_episode"
    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'returned', 'checked', 'closed', 'moved', 'closed_at_18', 'withdrawn')", name="state"
        ),
        # The database itself refuses a second episode that is open.
        Index(
            "uq_missing_episode_open",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_missing_episode_now", "borough_gss", "state"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[EpisodeState] = mapped_column(default=EpisodeState.OPEN)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(EpisodeHead)
    body = SealedPayload(EpisodeBody)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("G", self.id)

    @property
    def access_subject(self) -> Subject:
        """An episode is seen where its case is."""
        return Subject(borough_gss=self.borough_gss)

    @property
    def is_open(self) -> bool:
        """Whether they are missing or away now."""
        return self.state is EpisodeState.OPEN

    def move(self, state: EpisodeState) -> None:
        """Go on to another state; raises RuleBroken for one that does not follow."""
        if state not in TRANSITIONS[self.state]:
            raise RuleBroken("missing.transition", "This cannot follow: the episode has moved on meanwhile")
        self.state = state

    def end(self, at: datetime, state: EpisodeState) -> None:
        """End it at a moment."""
        self.move(state)
        self.head = replace(self.head, ended_at=at)


@dataclass(frozen=True, repr=False)
class Offer(Payload):
    """One offer of an interview: who offered what to whom, and what they said."""

    offered_at: datetime
    offered_by: str
    asked: Asked
    manner: Manner
    interviewer: str
    independent: bool
    not_independent_reason: str = ""
    answered: InterviewState | None = None
    answered_by: Asked | None = None
    answer_note: str = ""


@dataclass(frozen=True, repr=False)
class Setback(Payload):
    """Why no interview could be offered or held."""

    at: datetime
    reason: Obstacle
    note: str


@dataclass(frozen=True, repr=False)
class Account(Payload):
    """An interview that was held."""

    held_at: datetime
    interviewer: str
    independent: bool
    not_independent_reason: str
    present: str
    told: str
    young_person_view: str
    safety: str


@dataclass(frozen=True, repr=False)
class InterviewBody(Payload):
    """How it went with the interview after one return."""

    state: InterviewState = InterviewState.DUE
    offers: tuple[Offer, ...] = ()
    setbacks: tuple[Setback, ...] = ()
    account: Account | None = None
    concluded_reason: str = ""


class ReturnInterview(SealedRecord):
    """The interview that is owed after a return; whether it was refused is nobody's business but the case's."""

    __tablename__ = "return_interview"
    __table_args__ = (UniqueConstraint("episode_id"),)

    episode_id: Mapped[UUID] = mapped_column(ForeignKey("missing_episode.id"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(InterviewBody)

    def move(self, state: InterviewState) -> InterviewBody:
        """Give the body in another state, to be put back; raises RuleBroken for one that does not follow."""
        if state not in INTERVIEW_TRANSITIONS[self.body.state]:
            raise RuleBroken("interview.transition", "This cannot follow: the return interview has moved on meanwhile")
        return replace(self.body, state=state)


@dataclass(frozen=True, repr=False)
class HomeBody(Payload):
    """What a children's home is called."""

    name: str


class ChildrensHome(SealedRecord):
    """A children's home that somebody has gone missing from, so that episodes can be counted by it."""

    __tablename__ = "childrens_home"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(HomeBody)
