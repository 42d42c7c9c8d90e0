"""The register of releases: every protected month with the snapshot it was made from, reviewed, approved, frozen."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.disclosure.release import Rule
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class ReleaseState(StrEnum):
    """Where a release stands. Only an approved one is in public."""

    PREPARED = "prepared"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, repr=False)
class ReleaseBody(Payload):
    """The true counts as they stood, the protected tables made of them, and who did what with them when.

    `snapshot` and `tables` go by design, as the disclosure room stores them. `audit` is what the joint audit found.
    `wording` is the number of the words in which its files are written.
    """

    schema: ClassVar[int] = 3

    tables: dict[str, dict[str, Any]]
    taken_at: datetime
    taken_by: UUID | None
    snapshot: dict[str, dict[str, Any]]
    wording: int
    rule: Rule = Rule.ROUND_5
    reason: str = ""
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None
    review_note: str = ""
    approved_at: datetime | None = None
    approved_by: UUID | None = None
    audit: dict[str, int] | None = None
    digest: str = ""

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Schema 1 kept no snapshot and knew no review, 2 knew one wording; raises ValueError for any other."""
        if schema not in {1, 2}:
            return super().upgrade(data, schema)
        return {"snapshot": {}, **data, "wording": 1}


def digest_of(body: ReleaseBody) -> str:
    """The hash over what is released and what it was made from: one changed number anywhere changes it."""
    content: list[object] = [body.rule.value, body.snapshot, body.tables]
    if body.wording > 1:
        # What was approved in the first wording, before wordings had numbers, keeps its hash.
        content.append(body.wording)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, repr=False)
class AgreementBody(Payload):
    """Who signed for the borough, who ended it, and on what paper it rests."""

    signed_by: UUID | None
    paper: str
    ended_by: UUID | None = None


class LondonAgreement(SealedRecord):
    """One borough's agreement that its published figures stand in the view of London, from one moment to another."""

    __tablename__ = "london_agreement"
    __table_args__ = (CheckConstraint("ended_at IS NULL OR ended_at >= signed_at", name="ended"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    signed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AgreementBody)

    @property
    def access_subject(self) -> Subject:
        """An agreement is its borough's."""
        return Subject(borough_gss=self.borough_gss)


class MonthlyRelease(SealedRecord):
    """One borough's month in one edition. A revision of an approved month is a further edition."""

    __tablename__ = "monthly_release"
    __table_args__ = (
        UniqueConstraint("borough_gss", "month", "number"),
        CheckConstraint("state IN ('prepared', 'reviewed', 'approved', 'sent_back')", name="state"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    month: Mapped[date]
    number: Mapped[int]
    taken_on: Mapped[date]
    state: Mapped[ReleaseState] = mapped_column(default=ReleaseState.PREPARED)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(ReleaseBody)

    @property
    def access_subject(self) -> Subject:
        """A release is seen by the borough's managers and lead officers."""
        return Subject(borough_gss=self.borough_gss)

    @property
    def approved(self) -> bool:
        """Whether it is in public."""
        return self.state is ReleaseState.APPROVED

    @property
    def waits(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.state in {ReleaseState.PREPARED, ReleaseState.REVIEWED}

    def review(self, *, at: datetime, by: UUID | None) -> None:
        """Be found right by a lead officer; raises RuleBroken for any but a prepared one."""
        self._require(ReleaseState.PREPARED)
        self.state = ReleaseState.REVIEWED
        self.body = replace(self.body, reviewed_at=at, reviewed_by=by)

    def send_back(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Be found wrong; raises RuleBroken once it is approved."""
        self._require(ReleaseState.PREPARED, ReleaseState.REVIEWED)
        self.state = ReleaseState.SENT_BACK
        self.body = replace(self.body, reviewed_at=at, reviewed_by=by, review_note=note)

    def approve(self, *, at: datetime, by: UUID | None, audit: dict[str, int]) -> None:
        """Be frozen with its audit and its hash; raises RuleBroken unless somebody else has reviewed it."""
        self._require(ReleaseState.REVIEWED)
        if by is None or by == self.body.reviewed_by:
            raise RuleBroken("statistics.same_person", "Somebody else than the one who reviewed it has to approve it")
        self.state = ReleaseState.APPROVED
        body = replace(self.body, approved_at=at, approved_by=by, audit=audit)
        self.body = replace(body, digest=digest_of(body))

    def _require(self, *states: ReleaseState) -> None:
        if self.state not in states:
            raise RuleBroken("statistics.state", "These statistics have moved on meanwhile")


class PreparationState(StrEnum):
    """Where a month stands that somebody asked for."""

    BEGUN = "begun"
    PREPARED = "prepared"
    REFUSED = "refused"


@dataclass(frozen=True, repr=False)
class PreparationBody(Payload):
    """What was asked for by whom, and what has been made so far: emptied when it is over.

    `snapshot` and `tables` go by design, as in a release. `tries` says how often the flows were rounded otherwise,
    `begun` how many clocks have begun the step that is at hand, and `message` what went wrong and what can be done.
    """

    asked_at: datetime
    asked_by: UUID | None
    rule: Rule
    reason: str = ""
    without_flows: bool = False
    snapshot: dict[str, dict[str, Any]] | None = None
    tables: dict[str, dict[str, Any]] | None = None
    tries: int = 0
    begun: int = 0
    message: str = ""


class Preparation(SealedRecord):
    """A month's release that the clock makes for whoever asked for it. `done` of `total` steps are done so far.

    What is made is kept after each step, so that a worker that is killed loses at most one.
    """

    __tablename__ = "release_preparation"
    __table_args__ = (
        CheckConstraint("state IN ('begun', 'prepared', 'refused')", name="state"),
        CheckConstraint("done >= 0 AND done <= total", name="done"),
        Index(
            "uq_release_preparation_begun",
            "borough_gss",
            "month",
            unique=True,
            sqlite_where=text("state = 'begun'"),
            postgresql_where=text("state = 'begun'"),
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    month: Mapped[date]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    state: Mapped[PreparationState] = mapped_column(default=PreparationState.BEGUN)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(PreparationBody)

    @property
    def access_subject(self) -> Subject:
        """It is seen by those who see the release."""
        return Subject(borough_gss=self.borough_gss)

    @property
    def under_way(self) -> bool:
        """Whether the clock still works on it."""
        return self.state is PreparationState.BEGUN

    def end(self, state: PreparationState, message: str = "") -> None:
        """Be over: nothing that was counted is kept a second time."""
        self.state = state
        self.body = replace(self.body, snapshot=None, tables=None, message=message)
