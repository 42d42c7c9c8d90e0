"""Answers invitations, follows posts to their new holders, and makes calendar feeds."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.identity.rules import new_token, normal_email, token_digest
from cse_tracker.invitations.events import (
    FeedMade,
    FeedRevoked,
    InvitationAnswered,
    InvitationReaddressed,
    InvitationUnheld,
    ReplyRead,
)
from cse_tracker.invitations.model import CalendarFeed
from cse_tracker.invitations.rules import LONGEST_NOTE, Answer, Verdict
from cse_tracker.meetings.model import Invitation, Meeting, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.records.keys import unlock
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work


def answer(work: Work, meeting: Meeting, *, reply: Reply, deputy: str = "", note: str = "") -> Invitation:
    """Answer one's agency's invitation; a deputy is named, and a refusal says why."""
    require(work.actor, Permission.MEETING_REPLY, meeting)
    if meeting.state is not MeetingState.SCHEDULED or meeting.starts_at <= work.now:
        code = "invitation.over"
        raise RuleBroken(code, "This meeting is not waiting for answers any more")
    invitation = next((each for each in meeting.invitations if each.agency_id == work.actor.agency_id), None)
    if invitation is None:
        raise NotFound
    if reply is Reply.DEPUTY and not deputy.strip():
        code = "invitation.deputy"
        raise RuleBroken(code, "Enter who comes instead", field="deputy")
    if reply is Reply.DECLINED and not note.strip():
        code = "invitation.note"
        raise RuleBroken(code, "Enter why nobody from your agency can come", field="note")
    _take(work, meeting, invitation, reply, deputy=deputy if reply is Reply.DEPUTY else "", note=note)
    return invitation


def _take(
    work: Work,
    meeting: Meeting,
    invitation: Invitation,
    reply: Reply,
    *,
    note: str,
    deputy: str = "",
    by: UUID | None = None,
) -> None:
    invitation.body = replace(
        invitation.body,
        reply=reply,
        reply_note=note.strip()[:LONGEST_NOTE],
        deputy=deputy.strip(),
        replied_at=work.now,
        replied_by=by or work.actor.user_id,
        by_mail=by is not None,
    )
    reminders.withdraw(work, ReminderJob.REPLY, invitation.id, borough_gss=meeting.borough_gss)
    work.record(
        InvitationAnswered(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            agency_id=invitation.agency_id,
            reply=reply,
            by_mail=by is not None,
        )
    )


def take_reply(work: Work, found: Answer | None, *, from_address: str) -> Verdict:
    """Take a calendar reply that came by mail, where it is to be believed; what became of it is recorded either way.

    Believed is a reply whose attendee and whose sender are the address that was invited, to the sequence that stands.
    """
    meeting = work.session.get(Meeting, found.meeting_id, with_for_update=True) if found else None
    verdict = _judge(work, found, meeting, from_address)
    known = meeting if verdict is not Verdict.UNKNOWN_MEETING else None
    work.record(
        ReplyRead(
            subject_id=known.id if known else None,
            borough_gss=known.borough_gss if known else None,
            verdict=verdict,
        )
    )
    return verdict


def _judge(work: Work, found: Answer | None, meeting: Meeting | None, from_address: str) -> Verdict:
    if found is None:
        return Verdict.UNREADABLE
    if meeting is None:
        return Verdict.UNKNOWN_MEETING
    unlock(work.session, [meeting.compartment_id])
    people = identity.users(work, [each.invited_id for each in meeting.invitations])
    sender = normal_email(found.sender)
    invitation = next(
        (each for each in meeting.invitations if normal_email(people[each.invited_id].head.email) == sender), None
    )
    if invitation is None or normal_email(from_address) != sender:
        return Verdict.UNKNOWN_SENDER
    if meeting.state is not MeetingState.SCHEDULED or meeting.starts_at <= work.now:
        return Verdict.OVER
    if found.sequence != meeting.calendar_sequence:
        return Verdict.OLD
    _take(work, meeting, invitation, found.reply, note=found.note, deputy=found.deputy, by=invitation.invited_id)
    return Verdict.TAKEN


def follow_posts(work: Work, meeting_id: UUID) -> int:
    """Address a meeting's invitations to whoever holds each post now; gives how many changed hands.

    Run by the clock, because posts change for reasons that know of no meeting: somebody leaves, or changes agency.
    """
    meeting = work.session.get(Meeting, meeting_id, with_for_update=True)
    if meeting is None or meeting.state is not MeetingState.SCHEDULED or meeting.starts_at <= work.now:
        return 0
    posts = identity.post_holders(work, borough_gss=meeting.borough_gss, kind=PostKind.MEETING_CONTACT)
    holders: dict[UUID, list[UUID]] = {}
    people = identity.users(work, [each.holder_id for each in posts])
    for post in posts:
        holder = people[post.holder_id]
        if holder.active and holder.agency_id == post.agency_id:
            holders.setdefault(post.agency_id, []).append(post.holder_id)
    changed = 0
    for invitation in meeting.invitations:
        able = holders.get(invitation.agency_id, [])
        if invitation.invited_id in able:
            continue
        changed += _readdress(work, meeting, invitation, able)
    return changed


def _readdress(work: Work, meeting: Meeting, invitation: Invitation, able: list[UUID]) -> bool:
    unlock(work.session, [invitation.compartment_id])
    facts = {"subject_id": meeting.id, "borough_gss": meeting.borough_gss, "agency_id": invitation.agency_id}
    if not able:
        # Told once: the mark is that nobody is left who could have answered.
        if invitation.body.reply_note != UNHELD:
            invitation.body = replace(invitation.body, reply=Reply.NONE, reply_note=UNHELD, replied_at=None)
            work.record(InvitationUnheld(**facts))  # type: ignore[arg-type]
        return False
    before, invitation.invited_id = invitation.invited_id, able[0]
    # The new holder is asked afresh: what the old one promised was about themselves.
    invitation.body = replace(
        invitation.body, reply=Reply.NONE, reply_note="", deputy="", replied_at=None, invited_at=work.now
    )
    if meeting.chair_id == before:
        meeting.chair_id = able[0]
    work.record(InvitationReaddressed(**facts, from_id=before, to_id=able[0]))  # type: ignore[arg-type]
    return True


UNHELD = "Nobody holds this agency’s post any more"


def _own(actor: Actor) -> UUID:
    if actor.user_id is None or not actor.roles:
        raise NotPermitted(Permission.MEETING_LIST)
    return actor.user_id


def make_feed(work: Work) -> str:
    """Make the address of one's own calendar and give its token, this once; an older address stops working."""
    user_id = _own(work.actor)
    _drop(work, user_id)
    token = new_token()
    work.session.add(CalendarFeed(user_id=user_id, token_digest=token_digest(token), made_at=work.now))
    work.record(FeedMade(subject_id=user_id))
    return token


def revoke_feed(work: Work) -> None:
    """Withdraw the address of one's own calendar."""
    user_id = _own(work.actor)
    if _drop(work, user_id):
        work.record(FeedRevoked(subject_id=user_id))


def _drop(work: Work, user_id: UUID) -> bool:
    found = work.session.scalar(select(CalendarFeed.id).where(CalendarFeed.user_id == user_id))
    work.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
    return found is not None
