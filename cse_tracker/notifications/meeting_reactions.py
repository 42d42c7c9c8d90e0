"""Which events of meetings, invitations, minutes and actions make which messages for whom."""

from datetime import timedelta
from uuid import UUID

from cse_tracker.actions.events import ActionAgreed, ActionOfferAnswered, ActionOffered, ActionRefused
from cse_tracker.actions.model import Action
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.invitations.events import InvitationAnswered, InvitationReaddressed, InvitationUnheld
from cse_tracker.meetings.events import MeetingCancelled, MeetingMoved, MeetingScheduled
from cse_tracker.meetings.model import Invitation, Meeting, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.minutes.events import MinutesSent
from cse_tracker.notifications.meeting_letters import INVITES
from cse_tracker.notifications.model import MessageKind
from cse_tracker.notifications.posting import keep_back, post
from cse_tracker.records.keys import unlock
from cse_tracker.reminders.events import ReminderFell
from cse_tracker.reminders.model import ReminderJob, ReminderState
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work

# A meeting so near is told at night and in no digest.
SOON = timedelta(hours=24)


def react_to_meetings(work: Work, happened: Event) -> None:
    """Put into the outbox what an event of a meeting makes due."""
    match happened:
        case MeetingScheduled(subject_id=UUID() as about):
            soon = _is_soon(work, about)
            post(work, _invited(work, about), MessageKind.MEETING_INVITATION, about, urgent=soon)
        case MeetingMoved(subject_id=UUID() as about, material=True):
            soon = _is_soon(work, about)
            post(work, _invited(work, about), MessageKind.MEETING_MOVED, about, urgent=soon)
        case MeetingCancelled(subject_id=UUID() as about, before=MeetingState.SCHEDULED):
            # An invitation that still waits for the morning would be a second letter that takes the meeting back.
            keep_back(work, INVITES, about)
            soon = _is_soon(work, about)
            post(work, _invited(work, about), MessageKind.MEETING_CANCELLED, about, urgent=soon)
        case InvitationReaddressed(subject_id=UUID() as about, from_id=before, to_id=after):
            post(work, [before], MessageKind.MEETING_WITHDRAWN, about)
            post(work, [after], MessageKind.MEETING_INVITATION, about)
        case InvitationUnheld(subject_id=UUID() as about):
            post(work, _organisers(work, work.session.get_one(Meeting, about)), MessageKind.MEETING_NOTICE, about)
        case InvitationAnswered(subject_id=UUID() as about, reply=Reply.DECLINED | Reply.DEPUTY | Reply.TENTATIVE):
            post(work, _organisers(work, work.session.get_one(Meeting, about)), MessageKind.MEETING_NOTICE, about)
        case MinutesSent(subject_id=UUID() as about):
            post(work, _invited(work, about), MessageKind.MINUTES_READY, about)
        case ReminderFell(job=job, about_id=about, state=ReminderState.FIRED):
            _remind(work, job, about)
        case _:
            _react_to_actions(work, happened)


def _react_to_actions(work: Work, happened: Event) -> None:
    match happened:
        case ActionAgreed(subject_id=UUID() as about, owner_agency_id=agency, borough_gss=str() as borough):
            post(work, _holders(work, borough, agency), MessageKind.ACTION_PUT, about)
        case ActionOffered(subject_id=UUID() as about, to_agency_id=agency, borough_gss=str() as borough):
            post(work, _holders(work, borough, agency), MessageKind.ACTION_PUT, about)
        case ActionOfferAnswered(subject_id=UUID() as about, from_agency_id=agency, borough_gss=str() as borough):
            told = _holders(work, borough, agency) | identity.lead_officers(work, borough)
            post(work, told, MessageKind.ACTION_NOTICE, about)
        case ActionRefused(subject_id=UUID() as about, borough_gss=str() as borough):
            post(work, identity.lead_officers(work, borough), MessageKind.ACTION_NOTICE, about)


def _remind(work: Work, job: ReminderJob, about: UUID) -> None:
    match job:
        case ReminderJob.MEETING:
            meeting = work.session.get_one(Meeting, about)
            unlock(work.session, [meeting.compartment_id])
            coming = [each.invited_id for each in meeting.invitations if each.body.reply is not Reply.DECLINED]
            post(work, {*coming, *_organisers(work, meeting)}, MessageKind.MEETING_REMINDER, about, urgent=True)
        case ReminderJob.REPLY:
            invitation = work.session.get_one(Invitation, about)
            post(work, [invitation.invited_id], MessageKind.MEETING_REPLY_WANTED, invitation.meeting_id)
        case ReminderJob.ACTION:
            action = work.session.get_one(Action, about)
            told = _holders(work, action.borough_gss, action.owner_agency_id)
            post(work, told, MessageKind.ACTION_CHASED, about)
        case ReminderJob.MINUTES:
            meeting = work.session.get_one(Meeting, about)
            chair = {meeting.chair_id} if meeting.chair_id else set()
            post(work, {*chair, *_organisers(work, meeting)}, MessageKind.MINUTES_WANTED, about)


def _is_soon(work: Work, meeting_id: UUID) -> bool:
    return work.session.get_one(Meeting, meeting_id).starts_at <= work.now + SOON


def _invited(work: Work, meeting_id: UUID) -> list[UUID]:
    return [invitation.invited_id for invitation in work.session.get_one(Meeting, meeting_id).invitations]


def _organisers(work: Work, meeting: Meeting) -> set[UUID]:
    """Give the organiser while they lead the borough, and everybody who does once they have left."""
    leads = identity.lead_officers(work, meeting.borough_gss)
    return {meeting.organiser_id} if meeting.organiser_id in leads else set(leads)


def _holders(work: Work, borough_gss: str, agency_id: UUID) -> set[UUID]:
    """Give who holds an agency's post; the borough's lead officers where nobody does, so that nothing ends there."""
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    held = {post.holder_id for post in posts if post.agency_id == agency_id}
    return held or set(identity.lead_officers(work, borough_gss))
