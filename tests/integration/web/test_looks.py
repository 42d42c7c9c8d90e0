"""Every look at somebody's record stands in the audit, with how many were shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.duties import queries as duties
from cse_tracker.duties.events import DutyListViewed
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.meetings.commands import calling
from cse_tracker.meetings.events import MeetingListViewed
from cse_tracker.people import queries as person_queries
from cse_tracker.people.events import PersonViewed
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.events import ReferralListViewed, ReferralViewed
from cse_tracker.work.errors import NotFound
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work
from tests import people

SOON = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def seen(service: Service, email: str, look: Callable[[Work], object]) -> list[Event]:
    with people.working(service, email, reading=True) as work:
        look(work)
        return list(work.events)


def test_opening_a_case_is_a_look_at_the_young_person(service: Service) -> None:
    case = people.open_case(service)
    events = seen(service, people.LEAD, lambda work: cases.open_case(work, case.id))
    assert PersonViewed(subject_id=case.person_id, borough_gss=people.HACKNEY) in events


def test_opening_a_young_person_s_details_is_recorded(service: Service) -> None:
    case = people.open_case(service)
    events = seen(service, people.LEAD, lambda work: person_queries.open_person(work, case.person_id))
    assert events == [PersonViewed(subject_id=case.person_id, borough_gss=people.HACKNEY)]


def test_nobody_is_recorded_as_having_seen_what_was_refused(service: Service) -> None:
    case = people.open_case(service)
    with people.working(service, people.OTHER_LEAD, reading=True) as work:
        with pytest.raises(NotFound):
            person_queries.open_person(work, case.person_id)
        assert work.events == []


def test_opening_a_draft_is_recorded(service: Service) -> None:
    with people.working(service, people.POLICE) as work:
        draft = referrals.start(work, borough_gss=people.HACKNEY)
    events = seen(service, people.POLICE, lambda work: referral_queries.open_draft(work, draft.id))
    assert events == [ReferralViewed(subject_id=draft.id, borough_gss=people.HACKNEY)]


def test_a_look_at_what_waits_for_a_decision_is_recorded(service: Service) -> None:
    people.refer(service)
    people.refer(service, people.HEALTH, first_name="Ann")
    assert seen(service, people.LEAD, referral_queries.awaiting_decision) == [
        ReferralListViewed(subject_id=None, shown=2)
    ]
    assert seen(service, people.OTHER_LEAD, referral_queries.awaiting_decision) == [
        ReferralListViewed(subject_id=None, shown=0)
    ]


def test_a_look_at_what_is_due_is_recorded(service: Service) -> None:
    people.refer(service)
    assert seen(service, people.LEAD, duties.open_duties) == [DutyListViewed(subject_id=None, shown=1)]


def test_a_look_at_the_calendar_is_recorded(service: Service) -> None:
    _call_a_meeting(service)
    for look in (meeting_queries.in_sight, lambda work: meeting_queries.upcoming(work, SOON + timedelta(days=1))):
        assert seen(service, people.POLICE, look) == [MeetingListViewed(subject_id=None, shown=1)]
    assert seen(service, people.OTHER_LEAD, meeting_queries.in_sight) == [MeetingListViewed(subject_id=None, shown=0)]


def _call_a_meeting(service: Service) -> UUID:
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        posts = identity.post_holders(work, borough_gss=people.HACKNEY, kind=PostKind.MEETING_CONTACT)
        call = calling.Call(
            id=uuid4(),
            type_key="multi_agency_planning",
            starts_at=SOON,
            minutes=60,
            place="Room 4",
            purpose="Planning",
            agency_ids=tuple(post.agency_id for post in posts),
        )
        return calling.schedule(work, cases.open_case(work, case.id, for_change=True).case, call).id
