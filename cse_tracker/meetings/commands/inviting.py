"""Inviting agencies to a meeting, chasing their replies, and the reminders that follow the meeting."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, PostKind
from cse_tracker.meetings import rules
from cse_tracker.meetings.model import (
    Invitation,
    InvitationBody,
    Meeting,
    MeetingState,
)
from cse_tracker.protocols.queries import InForce
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.commands import Planned
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.rulebook.calendar import Unit, due
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def invite(work: Work, meeting: Meeting, agency_ids: Sequence[UUID], required: Sequence[str]) -> None:
    """Invite agencies through their posts; raises RuleBroken for one without, or where a required kind is left out."""
    posts = identity.post_holders(work, borough_gss=meeting.borough_gss, kind=PostKind.MEETING_CONTACT)
    holders = {post.agency_id: post.holder_id for post in posts}
    in_post = identity.agencies(work, holders)
    chosen = dict.fromkeys(agency_ids)
    if not chosen.keys() <= in_post.keys():
        code = "meeting.no_post"
        raise RuleBroken(code, "One of the agencies has nobody in post to be invited", field="agencies")
    _check_required(required, in_post, chosen)
    for agency_id in chosen:
        invitation = Invitation(
            meeting_id=meeting.id,
            agency_id=agency_id,
            invited_id=holders[agency_id],
            compartment_id=meeting.compartment_id,
        )
        required_here = in_post[agency_id].kind.value in required
        invitation.body = InvitationBody(required=required_here, invited_at=work.now)
        work.session.add(invitation)


def _check_required(required: Sequence[str], in_post: Mapping[UUID, Agency], chosen: Collection[UUID]) -> None:
    for kind in required:
        able = {agency_id: agency.name for agency_id, agency in in_post.items() if agency.kind.value == kind}
        # A kind of agency with nobody in post cannot be invited; the page says so, and the meeting goes ahead.
        if able and not able.keys() & set(chosen):
            code = "meeting.required"
            whom = "it" if len(able) == 1 else "one of them"
            message = f"Select {' or '.join(able.values())}: the protocol requires {whom} at this kind of meeting"
            raise RuleBroken(code, message, field="agencies")


def remind(work: Work, meeting: Meeting) -> None:
    """Plan the reminders of a meeting that is called, and withdraw those of one that is not (or only put forward)."""
    wanted = [
        Planned(period=each.period, due_at=each.due_at, lapses_at=meeting.starts_at)
        for each in (rules.reminders(meeting.starts_at, work.now) if meeting.state is MeetingState.SCHEDULED else ())
    ]
    reminders.plan(work, ReminderJob.MEETING, meeting.id, wanted, borough_gss=meeting.borough_gss)


def chase_replies(work: Work, meeting: Meeting, protocol: InForce) -> None:
    """Ask again for a reply when the protocol's time for it has passed, while the meeting is still to come."""
    try:
        limit = protocol.document.deadline("INV_RESPONSE")
        at = due(work.now, limit.amount, limit.unit).at
    except LookupError:
        # A protocol that sets no time gives our own default, two working days.
        at = due(work.now, 2, Unit.WORKING_DAYS).at
    begins = f"{meeting.starts_at:%Y%m%dT%H%MZ}"
    called = meeting.state is MeetingState.SCHEDULED
    wanted = [Planned(period=f"reply@{begins}", due_at=at, lapses_at=meeting.starts_at)] if called else []
    for invitation in meeting.invitations:
        reminders.plan(work, ReminderJob.REPLY, invitation.id, wanted, borough_gss=meeting.borough_gss)


def forget(work: Work, meeting: Meeting) -> None:
    """Withdraw every reminder and chase of a meeting that needs none any more."""
    reminders.withdraw(work, ReminderJob.MEETING, meeting.id, borough_gss=meeting.borough_gss)
    for invitation in meeting.invitations:
        reminders.withdraw(work, ReminderJob.REPLY, invitation.id, borough_gss=meeting.borough_gss)
