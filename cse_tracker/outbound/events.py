"""What happens to referrals to services."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.outbound.model import StepKind
from cse_tracker.outbound.rules import OutboundState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class OutboundPrepared(Event):
    """A referral to a service was drafted, or its draft changed."""

    name: ClassVar = "outbound.prepared"
    subject: ClassVar = "outbound_referral"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutboundDiscarded(Event):
    """A draft of a referral to a service was thrown away."""

    name: ClassVar = "outbound.discarded"
    subject: ClassVar = "outbound_referral"


@dataclass(frozen=True, kw_only=True)
class OutboundSent(Event):
    """A referral was sent to a service, with a recorded sharing decision."""

    name: ClassVar = "outbound.sent"
    subject: ClassVar = "outbound_referral"
    case_id: UUID
    agency_id: UUID
    service_id: UUID
    sharing_id: UUID
    sections: int


@dataclass(frozen=True, kw_only=True)
class OutboundMoved(Event):
    """The service answered, support began or ended, or the referral was revoked."""

    name: ClassVar = "outbound.moved"
    subject: ClassVar = "outbound_referral"
    agency_id: UUID
    state: OutboundState


@dataclass(frozen=True, kw_only=True)
class OutboundWritten(Event):
    """The service or the borough wrote something on the referral without moving it."""

    name: ClassVar = "outbound.written"
    subject: ClassVar = "outbound_referral"
    agency_id: UUID
    kind: StepKind


@dataclass(frozen=True, kw_only=True)
class OutboundUnanswered(Event):
    """The time to acknowledge passed with no answer: the service is chased and the lead officers are told."""

    name: ClassVar = "outbound.unanswered"
    subject: ClassVar = "outbound_referral"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutboundChased(Event):
    """A lead officer reminded the service."""

    name: ClassVar = "outbound.chased"
    subject: ClassVar = "outbound_referral"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutboundCameBack(Event):
    """The service or its agency closed: the referral is back with the borough, and nobody else acts on it."""

    name: ClassVar = "outbound.came_back"
    subject: ClassVar = "outbound_referral"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class GapNoted(Event):
    """A gap in services was noted."""

    name: ClassVar = "outbound.gap_noted"
    subject: ClassVar = "service_gap"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutboundViewed(Event):
    """Somebody opened a referral to a service."""

    name: ClassVar = "outbound.viewed"
    subject: ClassVar = "outbound_referral"


@dataclass(frozen=True, kw_only=True)
class OutboundListViewed(Event):
    """Somebody looked at a list of referrals to services."""

    name: ClassVar = "outbound.list_viewed"
    subject: ClassVar = "outbound_referral"
    shown: int


@dataclass(frozen=True, kw_only=True)
class GapsViewed(Event):
    """Somebody looked at the borough's gaps in services."""

    name: ClassVar = "outbound.gaps_viewed"
    subject: ClassVar = "service_gap"
    shown: int
