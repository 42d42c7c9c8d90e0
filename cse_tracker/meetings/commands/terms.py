"""On what terms a meeting is held: what the protocol says of its kind, when, in which way, and who may chair."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings.model import (
    Meeting,
    MeetingBody,
)
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.rulebook.document import MeetingType
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# Beyond it a mistyped year is likelier than a plan.
LONGEST_AHEAD: Final = timedelta(days=366)


def protocol_of(work: Work, about: Sequence[Case], borough_gss: str) -> InForce:
    """Give the protocol of the one case a meeting is about, or the borough's where there are several or none."""
    return cases.protocol_of(work, about[0]) if len(about) == 1 else protocols.in_force(work, borough_gss)


def meeting_type(protocol: InForce, key: str) -> MeetingType:
    """Give what a protocol says of a kind of meeting; raises RuleBroken for a kind that it does not know."""
    try:
        return protocol.document.meeting_type(key)
    except LookupError:
        code = "meeting.type"
        raise RuleBroken(code, "Select the kind of meeting", field="type_key") from None


def type_in_force(work: Work, meeting: Meeting) -> MeetingType | None:
    """Give what the protocol says of such meetings; None where it knows them no more."""
    try:
        return protocols.in_force(work, meeting.borough_gss).document.meeting_type(meeting.head.type_key)
    except LookupError:
        return None


def body_of(kind: MeetingType, purpose: str) -> MeetingBody:
    """What the protocol asks of the kind of meeting when it is called: a later version changes nothing about it."""
    return MeetingBody(
        purpose=purpose,
        quorum=kind.quorum,
        required_kinds=tuple(each.value for each in kind.required_agencies),
        deputies_count=kind.takes_deputies,
        inquorate_counts=kind.inquorate_counts is True,
        chair_kind=kind.chair.value,
    )


def check_time(work: Work, starts_at: datetime) -> None:
    """Raise RuleBroken for a start that is past, or further ahead than a year."""
    if starts_at <= work.now:
        code = "meeting.past"
        raise RuleBroken(code, "The meeting must be in the future", field="starts_on")
    if starts_at > work.now + LONGEST_AHEAD:
        code = "meeting.far"
        raise RuleBroken(code, "The meeting must be within a year from today: check the year", field="starts_on")


def check_way(way: MeetingFormat, place: str, link: str, kind: MeetingType | None) -> None:
    """Raise RuleBroken for a way the protocol does not allow (no `kind`: any is), or one without its place or link."""
    code = "meeting.format"
    if kind is not None and way not in kind.ways:
        raise RuleBroken(
            code, "The protocol does not allow this kind of meeting to be held in that way", field="format"
        )
    if way in {MeetingFormat.IN_PERSON, MeetingFormat.BOTH} and not place.strip():
        raise RuleBroken(code, "Enter the place", field="place")
    if way in {MeetingFormat.VIDEO, MeetingFormat.BOTH} and not link.strip():
        raise RuleBroken(code, "Enter the video link", field="link")


def organiser(work: Work) -> UUID:
    """Give the user who acts; raises RuleBroken where it is the system."""
    if work.actor.user_id is None:
        code = "meeting.organiser"
        raise RuleBroken(code, "A meeting is called by a person")
    return work.actor.user_id


def chosen_chair(work: Work, chair_id: UUID | None, borough_gss: str, agency_ids: Iterable[UUID]) -> UUID | None:
    """Give who is to chair: a lead officer of the borough or somebody invited; raises RuleBroken for anybody else."""
    if chair_id is None:
        return None
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    able = {post.holder_id for post in posts if post.agency_id in set(agency_ids)}
    if chair_id not in able | identity.lead_officers(work, borough_gss):
        code = "meeting.chair"
        raise RuleBroken(code, "Select a lead officer or somebody who is invited to chair", field="chair")
    return chair_id
