"""Calling a meeting: about one case, about several, or one that was put forward."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.meetings.commands import inviting, terms
from cse_tracker.meetings.events import (
    MeetingScheduled,
)
from cse_tracker.meetings.model import (
    AgendaItem,
    ItemBody,
    Meeting,
    MeetingHead,
    MeetingState,
    Topic,
)
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import new_compartment
from cse_tracker.rulebook.document import MeetingType
from cse_tracker.rulebook.terms import MeetingFormat, MeetingScope
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

MOST_CASES: Final = 200


@dataclass(frozen=True, kw_only=True, repr=False)
class Subjectless:
    """Something on a panel's agenda that is no case: a person of concern, a place or a theme."""

    topic: Topic
    title: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Call:
    """The paper form for calling a meeting. `id` is made with the form, so that a double click calls one meeting."""

    id: UUID
    type_key: str
    starts_at: datetime
    minutes: int
    place: str
    purpose: str
    agency_ids: tuple[UUID, ...]
    link: str = ""
    format: MeetingFormat = MeetingFormat.IN_PERSON
    chair_id: UUID | None = None
    topics: tuple[Subjectless, ...] = ()
    # A second meeting of the kind about the same case is asked about first: two clicks on two pages are one mistake.
    another: bool = True


def schedule(work: Work, case: Case, call: Call) -> Meeting:
    """Call a meeting about one case; every agency invited gets an invitation through its post.

    Raises RuleBroken where an agency that the protocol requires has somebody in post and is left out.
    """
    return schedule_about(work, [case], call, borough_gss=case.borough_gss)


def schedule_about(work: Work, about: Sequence[Case], call: Call, *, borough_gss: str) -> Meeting:
    """Call a meeting about these cases, or about none where its kind takes other subjects."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=borough_gss))
    for case in about:
        require(work.actor, Permission.MEETING_SCHEDULE, case)
    _wait_for_others(work, [case.id for case in about])
    again = _called_already(work, about, call)
    if again is not None:
        return again
    for case in about:
        case.require_open()
    protocol = terms.protocol_of(work, about, borough_gss)
    kind = terms.meeting_type(protocol, call.type_key)
    _check(work, call, kind)
    _check_about(about, call, kind, borough_gss)
    for case in about:
        _refuse_second(work, case, kind, call)
    meeting = _new(work, about, call, kind, borough_gss)
    fill_agenda(work, meeting, about, call.topics)
    inviting.invite(work, meeting, call.agency_ids, tuple(each.value for each in kind.required_agencies))
    work.session.flush()
    work.session.refresh(meeting, ["invitations"])
    _meet_booking(work, meeting, about)
    _announce(work, meeting, protocol)
    return meeting


def confirm(work: Work, meeting: Meeting, call: Call) -> Meeting:
    """Call a meeting that was put forward: at the time proposed or another, with these agencies invited."""
    require(work.actor, Permission.MEETING_SCHEDULE, Subject(borough_gss=meeting.borough_gss))
    protocol = protocols.in_force(work, meeting.borough_gss)
    kind = terms.meeting_type(protocol, meeting.head.type_key)
    _check(work, call, kind)
    meeting.require_next(MeetingState.SCHEDULED)
    if meeting.case_id is not None:
        _wait_for_others(work, [meeting.case_id])
        # It was put forward when the case was open, and may have waited since.
        case = work.session.get_one(Case, meeting.case_id)
        case.require_open()
        _refuse_second(work, case, kind, call)
    meeting.move_to(MeetingState.SCHEDULED)
    meeting.organiser_id = terms.organiser(work)
    meeting.chair_id = (
        terms.chosen_chair(work, call.chair_id, meeting.borough_gss, call.agency_ids) or meeting.organiser_id
    )
    meeting.starts_at = call.starts_at.astimezone(UTC)
    meeting.ends_at = meeting.starts_at + timedelta(minutes=call.minutes)
    meeting.head = replace(meeting.head, place=call.place.strip(), link=call.link.strip(), format=call.format)
    meeting.body = replace(meeting.body, purpose=call.purpose or meeting.body.purpose, called_at=work.now)
    inviting.invite(work, meeting, call.agency_ids, tuple(each.value for each in kind.required_agencies))
    work.session.flush()
    work.session.refresh(meeting, ["invitations"])
    _announce(work, meeting, protocol)
    return meeting


def _wait_for_others(work: Work, case_ids: Sequence[UUID]) -> None:
    """Wait until nobody else calls a meeting about these cases: the second of two sees what the first has called."""
    # In one order, so that two panels about the same cases do not wait for each other.
    work.session.execute(select(Case.id).where(Case.id.in_(case_ids)).order_by(Case.id).with_for_update())


def _called_already(work: Work, about: Sequence[Case], call: Call) -> Meeting | None:
    found = work.session.get(Meeting, call.id)
    if found is not None and found.case_id is not None and [found.case_id] != [case.id for case in about]:
        code = "meeting.once"
        raise RuleBroken(code, "This form belongs to another case. Go back to the case and call the meeting again")
    return found


def _check(work: Work, call: Call, kind: MeetingType) -> None:
    terms.check_time(work, call.starts_at)
    if not call.agency_ids:
        code = "meeting.nobody"
        raise RuleBroken(code, "Select at least one agency to invite", field="agencies")
    terms.check_way(call.format, call.place, call.link, kind)


def _check_about(about: Sequence[Case], call: Call, kind: MeetingType, borough_gss: str) -> None:
    code = "meeting.about"
    if len({case.id for case in about}) != len(about) or len(about) > MOST_CASES:
        raise RuleBroken(code, f"Select each case once, and at most {MOST_CASES}", field="cases")
    if any(case.borough_gss != borough_gss for case in about):
        raise NotFound
    if kind.about is MeetingScope.ONE and len(about) != 1:
        raise RuleBroken(code, "This kind of meeting is about one young person", field="cases")
    if kind.about is MeetingScope.GROUP and len(about) < 2:
        raise RuleBroken(code, "Select at least two cases: this meeting is about a group", field="cases")
    if kind.about is not MeetingScope.PANEL and call.topics:
        raise RuleBroken(code, "Only a panel speaks of places, themes and people of concern", field="topics")
    if not about and not call.topics:
        raise RuleBroken(code, "Put at least one case or subject on the agenda", field="cases")


def _refuse_second(work: Work, case: Case, kind: MeetingType, call: Call) -> None:
    if call.another or kind.about is not MeetingScope.ONE:
        return
    called = work.session.scalars(
        select(Meeting).where(Meeting.case_id == case.id, Meeting.state == MeetingState.SCHEDULED)
    )
    if any(each.head.type_key == kind.key for each in called):
        code = "meeting.second"
        message = "A meeting of this kind is called for this case already. Move that one, or say that you want another"
        raise RuleBroken(code, message, field="another")


def _new(work: Work, about: Sequence[Case], call: Call, kind: MeetingType, borough_gss: str) -> Meeting:
    # In UTC, because minutes added to a London time would be minutes of the wall clock.
    starts_at = call.starts_at.astimezone(UTC)
    alone = about[0] if len(about) == 1 and kind.about is MeetingScope.ONE else None
    organiser = terms.organiser(work)
    meeting = Meeting(
        id=call.id,
        borough_gss=borough_gss,
        case_id=alone.id if alone else None,
        organiser_id=organiser,
        chair_id=terms.chosen_chair(work, call.chair_id, borough_gss, call.agency_ids) or organiser,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=call.minutes),
        compartment_id=alone.compartment_id if alone else new_compartment(work.session, "borough", borough_gss),
    )
    meeting.head = MeetingHead(
        kind.key, kind.label, call.place.strip(), link=call.link.strip(), format=call.format, scope=kind.about
    )
    meeting.body = replace(terms.body_of(kind, call.purpose), called_at=work.now)
    work.session.add(meeting)
    work.session.flush()
    return meeting


def fill_agenda(work: Work, meeting: Meeting, about: Sequence[Case], topics: Sequence[Subjectless]) -> None:
    """Put cases, and on a panel other subjects, on a meeting's agenda in this order."""
    items: list[tuple[Case | None, ItemBody]] = [
        (case, ItemBody(topic=Topic.YOUNG_PERSON, title=f"Case {case.reference}")) for case in about
    ]
    items += [(None, ItemBody(topic=each.topic, title=each.title)) for each in topics]
    for ordinal, (case, body) in enumerate(items, 1):
        item = AgendaItem(
            meeting_id=meeting.id,
            case_id=case.id if case else None,
            ordinal=ordinal,
            compartment_id=case.compartment_id if case else meeting.compartment_id,
        )
        item.body = body
        work.session.add(item)


def _meet_booking(work: Work, meeting: Meeting, about: Sequence[Case]) -> None:
    """Keep since when the meeting was demanded: the time from demand to meeting is a figure."""
    demanded = [duty.body.started_at for case in about for duty in duties.standing(work, case.id, [meeting.act])]
    if demanded:
        meeting.body = replace(meeting.body, demanded_at=min(demanded))


def _announce(work: Work, meeting: Meeting, protocol: InForce) -> None:
    inviting.remind(work, meeting)
    inviting.chase_replies(work, meeting, protocol)
    work.record(
        MeetingScheduled(
            subject_id=meeting.id,
            borough_gss=meeting.borough_gss,
            case_id=meeting.case_id,
            starts_at=meeting.starts_at,
        )
    )
