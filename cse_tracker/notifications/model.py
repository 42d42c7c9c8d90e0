"""The outbox: who is to be written to, about which record, and when; and how often each person wants that."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.records.base import Record
from cse_tracker.systems.rules import Change
from cse_tracker.work.retrying import MOST_UNSETTLED


class MessageKind(Enum):
    """What a message says; its words are in templates/mail/."""

    REFERRAL_RECEIPT = "referral_receipt"
    REFERRAL_ARRIVED = "referral_arrived"
    REFERRAL_DECIDED = "referral_decided"
    REFERRAL_QUESTION = "referral_question"
    REFERRAL_ANSWERED = "referral_answered"
    REFERRAL_OFFERED = "referral_offered"
    REFERRAL_TAKEN_ON = "referral_taken_on"
    REFERRAL_BOUNCED = "referral_bounced"
    REFERRAL_LEFT = "referral_left"
    REFERRAL_DRAFT = "referral_draft"
    MEETING_INVITATION = "meeting_invitation"
    MEETING_MOVED = "meeting_moved"
    MEETING_CANCELLED = "meeting_cancelled"
    MEETING_WITHDRAWN = "meeting_withdrawn"
    MEETING_REMINDER = "meeting_reminder"
    MEETING_REPLY_WANTED = "meeting_reply_wanted"
    MEETING_NOTICE = "meeting_notice"
    MINUTES_READY = "minutes_ready"
    MINUTES_WANTED = "minutes_wanted"
    ACTION_PUT = "action_put"
    ACTION_CHASED = "action_chased"
    ACTION_NOTICE = "action_notice"
    DUTY_BREACHED = "duty_breached"
    CASE_NOTICE = "case_notice"
    EMERGENCY_NOTICE = "emergency_notice"
    MATCH_ASKED = "match_asked"
    MATCH_ANSWERED = "match_answered"
    CLAIM_NOTICE = "claim_notice"
    LEVEL_TO_SIGN = "level_to_sign"
    DUTY_ESCALATED = "duty_escalated"
    OUTBOUND_ARRIVED = "outbound_arrived"
    OUTBOUND_REMINDER = "outbound_reminder"
    OUTBOUND_NEWS = "outbound_news"
    OUTBOUND_ALARM = "outbound_alarm"


# What is sent at night too and in no digest: a young person may be in danger, or a time limit runs out.
URGENT: Final = frozenset(
    {
        MessageKind.REFERRAL_ARRIVED,
        MessageKind.REFERRAL_OFFERED,
        MessageKind.REFERRAL_BOUNCED,
        MessageKind.REFERRAL_LEFT,
        MessageKind.DUTY_BREACHED,
        MessageKind.DUTY_ESCALATED,
        MessageKind.EMERGENCY_NOTICE,
        MessageKind.OUTBOUND_ALARM,
    }
)
# A calendar request is a letter of its own.
NEVER_TOGETHER: Final = frozenset(
    {
        MessageKind.MEETING_INVITATION,
        MessageKind.MEETING_MOVED,
        MessageKind.MEETING_CANCELLED,
        MessageKind.MEETING_WITHDRAWN,
    }
)


class MessageState(Enum):
    """Where a message stands; one that failed too often waits for an operator, who tries it again or drops it."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


class WhyDropped(StrEnum):
    """Why a message was let go."""

    ARRIVED = "arrived"
    TOLD_OTHERWISE = "told_otherwise"
    NOT_NEEDED = "not_needed"


class OutgoingMessage(Record):
    """One message to one user. The address is opened only while it is being delivered.

    `borough_gss` is set on what is for a borough's lead officers, whoever they are: it finds its way to another when
    the recipient leaves, and waits for an operator, without a recipient, when nobody leads the borough at all.
    `unsettled` is how often it was handed to the mail system without word of what became of it: whoever handed it
    over was killed, so each time it may have arrived.
    """

    __tablename__ = "outgoing_message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped')", name="state"),
        CheckConstraint("recipient_id IS NOT NULL OR state IN ('dead', 'dropped')", name="recipient"),
        Index("ix_outgoing_message_due", "state", "due_at"),
    )

    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    kind: Mapped[MessageKind]
    about_id: Mapped[UUID]
    due_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    borough_gss: Mapped[str | None] = mapped_column(default=None)
    urgent: Mapped[bool] = mapped_column(default=False)
    together: Mapped[bool] = mapped_column(default=False)
    unsettled: Mapped[int] = mapped_column(default=0)

    @property
    def doubtful(self) -> bool:
        """Whether it may have arrived so often that only a person may have it sent again."""
        return self.unsettled >= MOST_UNSETTLED


class NoticeChoice(Record):
    """How often somebody wants to be written to about what can wait, and whether at night too."""

    __tablename__ = "notice_choice"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    rhythm: Mapped[Rhythm] = mapped_column(default=Rhythm.AT_ONCE)
    nights: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up, the agency of whoever it is for (None where it is nobody), a borough of theirs.

    Whom a message is for is not said: the operators of a borough need to know which account to look at, not a name.
    """

    message: OutgoingMessage
    agency: str | None
    borough_gss: str | None

    @property
    def access_subject(self) -> Subject:
        """It is mended where its reader works."""
        return Subject(borough_gss=self.borough_gss)


class WebhookCall(Record):
    """One call to a webhook about one thing; `ordinal` is its place among the calls about that thing."""

    __tablename__ = "webhook_call"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped')", name="state"),
        Index("ix_webhook_call_due", "state", "due_at"),
        Index("ix_webhook_call_thing", "webhook_id", "about_id", "ordinal"),
    )

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    change: Mapped[Change]
    about_id: Mapped[UUID]
    ordinal: Mapped[int]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True)
class DeadCall:
    """A call that was given up, to which system, and a borough in which that refers."""

    call: WebhookCall
    system: str
    borough_gss: str | None

    @property
    def access_subject(self) -> Subject:
        """It is mended where its agency refers."""
        return Subject(borough_gss=self.borough_gss)
