"""The outbox: who is to be written to, about which record, and when."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record


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
    REFERRAL_DRAFT = "referral_draft"
    MEETING_INVITATION = "meeting_invitation"
    DUTY_BREACHED = "duty_breached"
    CASE_NOTICE = "case_notice"
    EMERGENCY_NOTICE = "emergency_notice"
    MATCH_ASKED = "match_asked"
    MATCH_ANSWERED = "match_answered"
    CLAIM_NOTICE = "claim_notice"
    LEVEL_TO_SIGN = "level_to_sign"
    DUTY_ESCALATED = "duty_escalated"


class MessageState(Enum):
    """Where a message stands; one that failed too often waits for an operator."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class OutgoingMessage(Record):
    """One message to one user. The address is opened only while it is being delivered."""

    __tablename__ = "outgoing_message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
        Index("ix_outgoing_message_due", "state", "due_at"),
    )

    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    kind: Mapped[MessageKind]
    about_id: Mapped[UUID]
    due_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
