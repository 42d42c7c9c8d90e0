"""Who is told of a referral to a service: the service's post when it must do something, the lead officers of answers.

A service without an account is reached by its link alone, so it has nobody here to be written to.
"""

from uuid import UUID

from cse_tracker.identity import queries as identity
from cse_tracker.notifications.model import MessageKind
from cse_tracker.notifications.posting import post, post_to_leads
from cse_tracker.onetime.events import CodeWrong, LinkWanted
from cse_tracker.outbound.events import (
    OutboundCameBack,
    OutboundChased,
    OutboundMoved,
    OutboundSent,
    OutboundUnanswered,
    OutboundWritten,
)
from cse_tracker.outbound.model import StepKind
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work


def react_to_services(work: Work, happened: Event) -> None:
    """Put into the outbox what is due about a referral to a service."""
    match happened:
        case OutboundSent(subject_id=UUID() as about, borough_gss=str() as borough, agency_id=agency):
            _to_service(work, agency, borough, MessageKind.OUTBOUND_ARRIVED, about)
        case OutboundChased(subject_id=UUID() as about, borough_gss=str() as borough, agency_id=agency):
            _to_service(work, agency, borough, MessageKind.OUTBOUND_REMINDER, about)
        case OutboundUnanswered(subject_id=UUID() as about, borough_gss=str() as borough, agency_id=agency):
            _to_service(work, agency, borough, MessageKind.OUTBOUND_REMINDER, about)
            post_to_leads(work, borough, MessageKind.OUTBOUND_ALARM, about)
        case OutboundCameBack(subject_id=UUID() as about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.OUTBOUND_ALARM, about)
        case OutboundWritten(subject_id=UUID() as about, borough_gss=str() as borough, agency_id=agency, kind=kind):
            if kind is StepKind.REPLIED:
                _to_service(work, agency, borough, MessageKind.OUTBOUND_NEWS, about)
            else:
                post_to_leads(work, borough, MessageKind.OUTBOUND_NEWS, about)
        case OutboundMoved(subject_id=UUID() as about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.OUTBOUND_NEWS, about)
        case LinkWanted(outbound_id=about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.OUTBOUND_NEWS, about)
        case CodeWrong(outbound_id=about, borough_gss=str() as borough, ended=True):
            post_to_leads(work, borough, MessageKind.OUTBOUND_ALARM, about)


def _to_service(work: Work, agency_id: UUID, borough_gss: str, kind: MessageKind, about: UUID) -> None:
    post(work, identity.referral_contacts(work, agency_id, borough_gss), kind, about)
