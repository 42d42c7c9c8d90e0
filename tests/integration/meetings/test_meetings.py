"""A meeting from its calling to its record, on both databases: who must be asked, and when a duty is met by it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from cse_tracker.actions.commands import AgreedAction
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duty_commands
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.jobs.deadlines import breach_duties, close_windows
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, holding, moving
from cse_tracker.meetings.model import Attendance, Meeting, MeetingState
from cse_tracker.rulebook.terms import AgencyKind, MeetingFormat
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.store import Clock

PLANNING = "multi_agency_planning"
STARTS = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
REQUIRED = frozenset({AgencyKind.SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HEALTH, AgencyKind.EDUCATION})


def at_level_two(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case


def in_post(work: Work, kinds: Collection[AgencyKind]) -> tuple[UUID, ...]:
    posts = identity.post_holders(work, borough_gss=people.HACKNEY, kind=PostKind.MEETING_CONTACT)
    found = identity.agencies(work, [post.agency_id for post in posts])
    return tuple(agency.id for agency in found.values() if agency.kind in kinds)


def the_call(work: Work, kinds: Collection[AgencyKind] = REQUIRED) -> calling.Call:
    return calling.Call(
        id=uuid4(), type_key=PLANNING, starts_at=STARTS, minutes=90, place="Room 4", purpose="Plan together",
        agency_ids=in_post(work, kinds),
    )  # fmt: skip


def schedule(service: Service, case: Case, **changes: object) -> Meeting:
    with people.working(service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True)
        return calling.schedule(work, row.case, replace(the_call(work), **changes))  # type: ignore[arg-type]


def refusal(service: Service, case: Case, **changes: object) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused:
        schedule(service, case, **changes)
    return refused.value


def record(
    service: Service,
    meeting: Meeting,
    absent: Collection[AgencyKind] = (),
    *actions: AgreedAction,
    as_who: str = people.LEAD,
) -> list[DutyState]:
    """Record that all came but these kinds; gives the states of the duties that the meeting met."""
    with people.working(service, as_who) as work:
        found = queries.open_meeting(work, meeting.id, for_change=True)
        assert found.case_id is not None
        case = cases.open_case(work, found.case_id).case
        kinds = {agency.id: agency.kind for agency in identity.agencies(work).values()}
        attendance = {
            each.id: (Attendance.APOLOGIES, "Court") if kinds[each.agency_id] in absent else (Attendance.ATTENDED, "")
            for each in found.invitations
        }
        told = holding.Record(attendance=attendance, decisions="The school watches the gate.", actions=actions)
        return [duty.state for duty in holding.record_held(work, found, case, told)]


def the_duty(service: Service, case: Case) -> Duty:
    with people.working(service, people.LEAD, reading=True) as work:
        (found,) = [each for each in duties.about(work, case.id) if each.body.satisfied_by == f"meeting:{PLANNING}"]
        return found


def test_a_quorate_meeting_meets_the_duty_and_its_actions_become_duties(service: Service, clock: Clock) -> None:
    case = at_level_two(service)
    meeting = schedule(service, case)
    assert (meeting.starts_at, meeting.ends_at) == (STARTS, STARTS + timedelta(minutes=90))
    clock.now = STARTS + timedelta(hours=2)
    with people.working(service, reading=True) as work:
        (police,) = in_post(work, [AgencyKind.POLICE])
    agreed = AgreedAction(text="Visit the address", owner_agency_id=police, due_on=date(2026, 11, 30))
    assert record(service, meeting, [AgencyKind.EDUCATION], agreed) == [DutyState.MET]
    assert the_duty(service, case).state is DutyState.MET
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_meeting(work, meeting.id)
        assert found.state is MeetingState.HELD_QUORATE
        assert (found.body.decisions, found.body.recorded_at) == ("The school watches the gate.", clock.now)
        assert {each.body.reason for each in found.invitations} == {"", "Court"}
        (action,) = queries.actions_of(work, [found])
        duty = duties.open_duty(work, action.duty_id)
        assert (action.body.text, duty.owner_agency_id) == ("Visit the address", police)
        assert duty.due_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("clock_ran", [True, False])
def test_a_meeting_held_late_meets_its_duty_late(service: Service, clock: Clock, clock_ran: bool) -> None:  # noqa: FBT001
    case = at_level_two(service)
    meeting = schedule(service, case, starts_at=datetime(2026, 12, 1, 10, tzinfo=UTC))
    clock.set(2026, 12, 1, 12)
    if clock_ran:
        with service.app.app_context():
            assert breach_duties(service.tools) >= 1
    assert record(service, meeting) == [DutyState.MET_LATE]


def test_without_a_quorum_the_duty_stays_open(service: Service, clock: Clock) -> None:
    case = at_level_two(service)
    meeting = schedule(service, case)
    clock.now = STARTS
    assert record(service, meeting, [AgencyKind.POLICE, AgencyKind.HEALTH]) == []
    assert the_duty(service, case).state is DutyState.PENDING
    with people.working(service, people.LEAD, reading=True) as work:
        assert queries.open_meeting(work, meeting.id).state is MeetingState.HELD_INQUORATE


def test_an_agency_that_is_not_required_counts_towards_no_quorum(service: Service, clock: Clock) -> None:
    case = at_level_two(service)
    with people.working(service, reading=True) as work:
        everybody = in_post(work, {*REQUIRED, AgencyKind.YOT, AgencyKind.SPECIALIST_CSE})
    meeting = schedule(service, case, agency_ids=everybody)
    assert len(meeting.invitations) == 6
    clock.now = STARTS
    assert record(service, meeting, [AgencyKind.POLICE, AgencyKind.HEALTH]) == []


@pytest.mark.parametrize("kind", sorted(REQUIRED))
def test_an_agency_that_the_protocol_requires_cannot_be_left_out(service: Service, kind: AgencyKind) -> None:
    case = at_level_two(service)
    with people.working(service, reading=True) as work:
        rest, (left_out,) = in_post(work, REQUIRED - {kind}), in_post(work, [kind])
        name = identity.agency(work, left_out).name
    refused = refusal(service, case, agency_ids=rest)
    assert (refused.code, refused.field) == ("meeting.required", "agencies")
    assert refused.message == f"Select {name}: the protocol requires it at this kind of meeting"
    with people.working(service, people.LEAD, reading=True) as work:
        assert queries.of_case(work, case.id) == []


def test_what_cannot_be_called_is_refused_at_its_field(service: Service) -> None:
    case = at_level_two(service)
    now = datetime(2026, 11, 16, 10, tzinfo=UTC)
    for change, code, field in (
        ({"starts_at": now}, "meeting.past", "starts_on"),
        ({"starts_at": now + timedelta(days=367)}, "meeting.far", "starts_on"),
        ({"starts_at": datetime(9999, 12, 31, 23, 30, tzinfo=UTC)}, "meeting.far", "starts_on"),
        ({"type_key": "party"}, "meeting.type", "type_key"),
        ({"agency_ids": ()}, "meeting.nobody", "agencies"),
        ({"agency_ids": (uuid4(),)}, "meeting.no_post", "agencies"),
    ):
        refused = refusal(service, case, **change)
        assert (refused.code, refused.field) == (code, field), change


def test_the_same_form_twice_calls_one_meeting_and_for_another_case_none(service: Service) -> None:
    case, other = at_level_two(service), people.open_case(service, first_name="Leon")
    once = uuid4()
    first = schedule(service, case, id=once)
    assert schedule(service, case, id=once, place="Elsewhere").id == first.id
    assert refusal(service, other, id=once).code == "meeting.once"
    with people.working(service, people.LEAD, reading=True) as work:
        (kept,) = queries.of_case(work, case.id)
        assert kept.head.place == "Room 4"


def test_an_agency_named_twice_is_invited_once(service: Service) -> None:
    case = at_level_two(service)
    with people.working(service, reading=True) as work:
        ids = in_post(work, REQUIRED)
    assert len(schedule(service, case, agency_ids=ids + ids).invitations) == len(ids)


def test_an_hour_is_an_hour_in_the_night_when_the_clocks_go_back(service: Service, clock: Clock) -> None:
    clock.set(2026, 10, 20)
    case = at_level_two(service)
    starts = datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("Europe/London"))
    meeting = schedule(service, case, starts_at=starts, minutes=120)
    assert meeting.starts_at.astimezone(UTC) == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert meeting.ends_at.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_meeting_is_recorded_from_the_morning_of_its_day_and_once(service: Service, clock: Clock) -> None:
    meeting = schedule(service, at_level_two(service))
    clock.set(2026, 11, 22, 23, 59)
    with pytest.raises(RuleBroken, match="has not taken place yet"):
        record(service, meeting)
    clock.set(2026, 11, 23, 0, 1)
    assert record(service, meeting) == [DutyState.MET]
    with pytest.raises(RuleBroken, match="recorded already"):
        record(service, meeting)


def test_an_action_due_in_the_past_undoes_the_whole_record(service: Service, clock: Clock) -> None:
    meeting = schedule(service, at_level_two(service))
    clock.now = STARTS
    with people.working(service, reading=True) as work:
        owner = in_post(work, [AgencyKind.HEALTH])[0]
    good = AgreedAction(text="Today", owner_agency_id=owner, due_on=date(2026, 11, 23))
    with pytest.raises(RuleBroken) as refused:
        record(service, meeting, (), good, replace(good, due_on=date(2026, 11, 22)))
    assert refused.value.field == "due_2"
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_meeting(work, meeting.id)
        assert (found.state, found.body.decisions) == (MeetingState.SCHEDULED, "")
        assert queries.actions_of(work, [found]) == []


def test_a_meeting_s_record_goes_to_its_own_case(service: Service, clock: Clock) -> None:
    meeting = schedule(service, at_level_two(service))
    other = people.open_case(service, first_name="Leon")
    clock.now = STARTS
    told = holding.Record(attendance={}, decisions="Nothing", actions=())
    with people.working(service, people.LEAD) as work, pytest.raises(NotFound):
        holding.record_held(work, queries.open_meeting(work, meeting.id), other, told)


@pytest.mark.parametrize("email", [people.POLICE, people.OTHER_LEAD, people.MANAGER])
def test_nobody_else_calls_or_records(service: Service, clock: Clock, email: str) -> None:
    case = at_level_two(service)
    meeting = schedule(service, case)
    clock.now = STARTS
    told = holding.Record(attendance={}, decisions="Nothing", actions=())
    with people.working(service, people.LEAD, reading=True) as work:
        kept = cases.open_case(work, case.id).case
    with people.working(service, email) as work:
        with pytest.raises(NotPermitted):
            calling.schedule(work, kept, the_call(work))
        with pytest.raises(NotPermitted):
            holding.record_held(work, meeting, kept, told)


def test_a_meeting_is_open_to_who_was_invited_until_it_and_its_actions_are_over(service: Service, clock: Clock) -> None:
    meeting = schedule(service, at_level_two(service))
    clock.now = STARTS + timedelta(hours=2)
    with people.working(service, reading=True) as work:
        (police,) = in_post(work, [AgencyKind.POLICE])
    agreed = AgreedAction(text="Visit the address", owner_agency_id=police, due_on=date(2026, 11, 30))
    record(service, meeting, [], agreed)

    def seen() -> bool:
        with service.app.app_context():
            close_windows(service.tools)
        with people.working(service, people.HEALTH) as work:
            listed = meeting.id in {each.id for each in queries.in_sight(work)}
            try:
                queries.open_meeting(work, meeting.id)
            except NotFound:
                assert not listed
                return False
            assert listed
            return True

    assert seen()
    clock.now = STARTS + timedelta(days=40)
    # The action is late and still owed: who agreed to it must be able to read what it was.
    assert seen()
    with people.working(service, people.LEAD) as work:
        (action,) = queries.actions_of(work, [queries.open_meeting(work, meeting.id)])
        duty_commands.complete(work, action.duty_id, note="Done.")
    assert not seen()
    with people.working(service, people.LEAD) as work:
        assert queries.open_meeting(work, meeting.id).closed_to_agencies_at == clock.now


def test_a_meeting_is_moved_only_to_a_way_that_its_protocol_allows(sqlite_service: Service) -> None:
    case = at_level_two(sqlite_service)
    meeting = schedule(sqlite_service, case, type_key="strategy_discussion")
    new = moving.NewTime(
        starts_at=STARTS, minutes=60, place="Room 4", link="https://video.example/4", format=MeetingFormat.BOTH,
        reason="Not all can come",
    )  # fmt: skip
    with people.working(sqlite_service, people.LEAD) as work:
        found = queries.open_meeting(work, meeting.id, for_change=True)
        with pytest.raises(RuleBroken) as refused:
            moving.move(work, found, new)
        assert refused.value.field == "format"
        assert moving.move(work, found, replace(new, format=MeetingFormat.VIDEO))
