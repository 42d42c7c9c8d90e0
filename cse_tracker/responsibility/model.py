"""A claim that another borough is responsible, with every step of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.responsibility.rules import TRANSITIONS, UNSETTLED, WORDS, ClaimState, Footing, Interim, interim
from cse_tracker.work.errors import RuleBroken

_UNSETTLED_IN_SQL: Final = "state IN ('asserted', 'notified', 'disputed', 'escalated', 'accepted', 'decided')"


@dataclass(frozen=True, repr=False)
class Step(Payload):
    """One step of a claim: who did it, for which borough, and what they said."""

    state: ClaimState
    at: datetime
    by: UUID | None
    for_gss: str
    note: str = ""


@dataclass(frozen=True, repr=False)
class Ruling(Payload):
    """What somebody above both boroughs decided, as one of them recorded it; it binds when the other confirms it."""

    responsible_gss: str
    decided_by: str
    recorded_by: UUID | None
    recorded_for_gss: str


@dataclass(frozen=True, repr=False)
class ClaimBody(Payload):
    """What the other borough is told: who the young person is, why it is held responsible, and each step since."""

    identity: Identity
    details: PersonDetails
    footing: Footing
    since: date | None
    evidence: str
    summary: str
    host_gss: str
    steps: tuple[Step, ...]
    ruling: Ruling | None = None


class Claim(SealedRecord):
    """One borough's statement that another is responsible for a young person; sealed with its case."""

    __tablename__ = "responsibility_claim"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asserted', 'notified', 'disputed', 'escalated', 'accepted', 'decided', 'handed_over', 'kept',"
            " 'withdrawn')",
            name="state",
        ),
        CheckConstraint("from_gss <> to_gss", name="two_boroughs"),
        CheckConstraint("(state = 'handed_over') = (successor_id IS NOT NULL)", name="successor"),
        Index(
            "uq_responsibility_claim_unsettled",
            "case_id",
            unique=True,
            sqlite_where=text(_UNSETTLED_IN_SQL),
            postgresql_where=text(_UNSETTLED_IN_SQL),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    from_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    to_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    state: Mapped[ClaimState] = mapped_column(default=ClaimState.ASSERTED)
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), default=None, index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ClaimBody)

    @property
    def reference(self) -> str:
        """The reference that both boroughs use: H for home and host."""
        return reference("H", self.id)

    @property
    def access_subject(self) -> Subject:
        """A claim is seen by the lead officers of both boroughs."""
        return Subject(borough_gss=self.from_gss, other_borough_gss=self.to_gss)

    @property
    def is_unsettled(self) -> bool:
        """Whether it is still open who is responsible."""
        return self.state in UNSETTLED

    @property
    def interim(self) -> Interim:
        """Who answers for what at this moment."""
        return interim(self.state, from_gss=self.from_gss, to_gss=self.to_gss, host_gss=self.body.host_gss)

    def take(self, step: Step) -> None:
        """Take one step; raises RuleBroken where it does not follow from where the claim stands."""
        if step.state not in TRANSITIONS[self.state]:
            code = "claim.transition"
            raise RuleBroken(code, f"This claim stands at “{WORDS[self.state]}”, so that cannot be done now")
        self.state = step.state
        self.body = replace(self.body, steps=(*self.body.steps, step))
