"""Two who do the same to one meeting in the same instant, on both databases: it is done once, and both can read so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from cse_tracker.actions.model import Action
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duties
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, ending, moving
from cse_tracker.meetings.model import Invitation, Meeting, MeetingState, Topic
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes import queries as minute_queries
from cse_tracker.notifications.model import MessageKind
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Conflict, Refused, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.meetings.acts import PLANNING, hold_now, invited_to
from tests.integration.meetings.test_panels import drafted
from tests.integration.meetings.test_reminders import put_forward
from tests.integration.referrals.acts import count, messages
from tests.people import DEPUTY, HACKNEY, LEAD
from tests.store import Clock
from tests.web.client import Browser

Act = Callable[[Work, Callable[[], None]], object]
# Long enough for the other to come as far, where nothing holds it back.
PATIENCE = 0.3


def at_once(service: Service, *acts: tuple[str, Act]) -> list[object]:
    """Do these in threads of their own; gives what came of each, a refusal among it.

    Each act calls what it is handed once it has seen what it needs and before it changes anything: there it waits for
    the other to have seen the same, unless the store lets only one of them look at a time.
    """
    with service.app.app_context():
        actors = [people.actor(service, email) for email, _ in acts]
    begin, seen = Barrier(len(acts)), Barrier(len(acts))

    def meet() -> None:
        try:
            seen.wait(PATIENCE)
        except BrokenBarrierError:
            return

    def one(who: Actor, act: Act) -> object:
        begin.wait()
        try:
            with service.app.app_context(), service.tools.running.work(who) as work:
                return act(work, meet)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, actors, [act for _, act in acts]))


def refused_of(outcomes: list[object]) -> Refused:
    """The one refusal; the other outcome is none."""
    (refused,) = [each for each in outcomes if isinstance(each, Refused)]
    assert len(outcomes) == 2
    return refused


def at_level_two(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case


def the_call(work: Work, call_id: UUID, **changes: object) -> calling.Call:
    call = calling.Call(
        id=call_id, type_key=PLANNING, starts_at=work.now.replace(day=24), minutes=60, place="Room 4",
        purpose="Plan together", agency_ids=invited_to(work, HACKNEY), another=False,
    )  # fmt: skip
    return replace(call, **changes)  # type: ignore[arg-type]


def call(case: Case, call_id: UUID) -> Act:
    """Call a planning meeting as the page does: about a case that was opened for it."""

    def act(work: Work, meet: Callable[[], None]) -> UUID:
        row = cases.open_case(work, case.id, for_change=True)
        meet()
        return calling.schedule(work, row.case, the_call(work, call_id)).id

    return act


def invited_once(service: Service, meeting_id: UUID) -> None:
    """Every agency has one invitation and one letter, and each reminder is there once."""
    with people.working(service, LEAD, reading=True) as work:
        invited = queries.open_meeting(work, meeting_id).invitations
        number = len({each.agency_id for each in invited})
        assert len(invited) == number == 4
        rows = select(Reminder.job, func.count()).where(Reminder.state == ReminderState.WAITING).group_by(Reminder.job)
        waiting = {
            job: found for job, found in work.session.execute(rows) if job in {ReminderJob.MEETING, ReminderJob.REPLY}
        }
    assert waiting == {ReminderJob.MEETING: 2, ReminderJob.REPLY: number}
    assert messages(service, MessageKind.MEETING_INVITATION) == number


def demanded(service: Service, case: Case) -> int:
    with people.working(service, LEAD, reading=True) as work:
        acts = [duty.body.satisfied_by for duty in duties.about(work, case.id) if duty.is_open]
    return acts.count(f"meeting:{PLANNING}")


def test_a_double_click_calls_one_meeting(service: Service) -> None:
    case, once = at_level_two(service), uuid4()
    outcomes = at_once(service, (LEAD, call(case, once)), (LEAD, call(case, once)))
    assert outcomes == [once, once]
    assert (count(service, Meeting), demanded(service, case)) == (1, 1)
    invited_once(service, once)


def test_two_lead_officers_who_call_the_same_call_one_meeting(service: Service) -> None:
    case = at_level_two(service)
    outcomes = at_once(service, (LEAD, call(case, uuid4())), (DEPUTY, call(case, uuid4())))
    refused = refused_of(outcomes)
    assert isinstance(refused, RuleBroken)
    assert (refused.code, refused.field) == ("meeting.second", "another")
    (meeting_id,) = [each for each in outcomes if isinstance(each, UUID)]
    assert (count(service, Meeting), demanded(service, case)) == (1, 1)
    invited_once(service, meeting_id)


def test_the_page_sent_twice_at_once_leads_both_to_the_one_meeting(service: Service) -> None:
    case = at_level_two(service)
    browsers = [Browser(service).sign_in(email) for email in (LEAD, LEAD)]
    first = browsers[0]
    first.get(f"/meetings/call/{case.id}")
    browsers[1].get(f"/meetings/call/{case.id}")
    once = {"once": first.page.select_one("input[name=once]")["value"]}  # type: ignore[index]
    day = {"starts_on-day": "24", "starts_on-month": "11", "starts_on-year": "2026"}
    begin = Barrier(2)

    def send(browser: Browser) -> str:
        begin.wait()
        sent = browser.submit(place="Room 4", starts_at="2:30pm", **day, **once, _follow=False)
        return sent.headers.get("Location", "")

    with ThreadPoolExecutor(2) as pool:
        ways = set(pool.map(send, browsers))
    assert ways == {f"/meetings/{once['once']}"}
    assert count(service, Meeting) == 1
    invited_once(service, UUID(str(once["once"])))


@pytest.mark.parametrize("with_cases", [True, False])
def test_a_panel_sent_twice_at_once_is_called_once(service: Service, *, with_cases: bool) -> None:
    about, once = [people.open_case(service)] if with_cases else [], uuid4()

    def act(work: Work, meet: Callable[[], None]) -> UUID:
        rows = [cases.open_case(work, case.id).case for case in about]
        theme = calling.Subjectless(topic=Topic.THEME, title="Hotels")
        paper = the_call(work, once, type_key="exploitation_panel", topics=(theme,))
        meet()
        return calling.schedule_about(work, rows, paper, borough_gss=HACKNEY).id

    outcomes = at_once(service, (LEAD, act), (LEAD, act))
    # With cases the second waits for the first; without, one may have to be told that somebody was first.
    assert set(outcomes) - {once} == set() or (not with_cases and isinstance(refused_of(outcomes), Conflict))
    assert count(service, Meeting) == 1
    invited_once(service, once)


def proposed(service: Service) -> tuple[UUID, UUID]:
    """A case and its review that was put forward; the planning meeting before it has been held."""
    found = put_forward(service)
    with people.working(service) as work:
        # What the first meeting left behind is not what is counted here.
        for row in work.session.scalars(select(Reminder)):
            work.session.delete(row)
    return found


def confirm(meeting_id: UUID) -> Act:
    def act(work: Work, meet: Callable[[], None]) -> UUID:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        meet()
        return calling.confirm(work, meeting, the_call(work, meeting.id, type_key=meeting.head.type_key)).id

    return act


def test_a_meeting_put_forward_that_two_confirm_is_called_once(service: Service) -> None:
    _, meeting_id = proposed(service)
    before = messages(service, MessageKind.MEETING_INVITATION)
    refused = refused_of(at_once(service, (LEAD, confirm(meeting_id)), (DEPUTY, confirm(meeting_id))))
    assert "scheduled cannot become scheduled" in str(refused)
    assert messages(service, MessageKind.MEETING_INVITATION) == before + 4
    assert count(service, Invitation, Invitation.meeting_id == meeting_id) == 4


def test_one_calls_a_review_while_another_confirms_the_one_put_forward(service: Service) -> None:
    case_id, meeting_id = proposed(service)

    def anew(work: Work, meet: Callable[[], None]) -> UUID:
        row = cases.open_case(work, case_id, for_change=True)
        meet()
        return calling.schedule(work, row.case, the_call(work, uuid4(), type_key="review_meeting")).id

    refused = refused_of(at_once(service, (LEAD, confirm(meeting_id)), (DEPUTY, anew)))
    assert isinstance(refused, RuleBroken)
    assert (refused.code, refused.field) == ("meeting.second", "another")
    assert count(service, Meeting, Meeting.state == MeetingState.SCHEDULED) == 1


def test_what_is_cancelled_twice_at_once_is_taken_back_once(service: Service) -> None:
    case, once = at_level_two(service), uuid4()
    at_once(service, (LEAD, call(case, once)))

    def act(work: Work, meet: Callable[[], None]) -> None:
        meeting = queries.open_meeting(work, once, for_change=True)
        meet()
        moving.cancel(work, meeting, reason="In hospital")

    refused = refused_of(at_once(service, (LEAD, act), (DEPUTY, act)))
    assert "cancelled cannot become cancelled" in str(refused)
    assert messages(service, MessageKind.MEETING_CANCELLED) == 4
    with people.working(service, LEAD, reading=True) as work:
        assert queries.open_meeting(work, once).calendar_sequence == 1


def test_what_is_recorded_twice_at_once_is_held_once(service: Service, clock: Clock) -> None:
    case, once = at_level_two(service), uuid4()
    at_once(service, (LEAD, call(case, once)))
    clock.set(2026, 11, 24, 12)

    def act(work: Work, meet: Callable[[], None]) -> None:
        meeting = queries.open_meeting(work, once, for_change=True)
        found = cases.open_case(work, case.id).case
        meet()
        hold_now(work, meeting, found, owner=meeting.invitations[0].agency_id)

    refused = refused_of(at_once(service, (LEAD, act), (DEPUTY, act)))
    assert "recorded already" in str(refused)
    assert (count(service, Action), demanded(service, case)) == (1, 0)
    with people.working(service, LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, once)
        acts = [duty.body.satisfied_by for duty in duties.about(work, case.id)]
        assert acts.count(meeting.minuting) == 1


def test_minutes_agreed_twice_at_once_put_one_meeting_forward(service: Service, clock: Clock) -> None:
    case, once = at_level_two(service), uuid4()
    at_once(service, (LEAD, call(case, once)))
    clock.set(2026, 11, 24, 12)
    with people.working(service, LEAD) as work:
        meeting = queries.open_meeting(work, once, for_change=True)
        hold_now(work, meeting, cases.open_case(work, case.id).case, owner=meeting.invitations[0].agency_id)
    drafted(service, once)

    def act(work: Work, meet: Callable[[], None]) -> None:
        meeting = queries.open_meeting(work, once, for_change=True)
        version = minute_queries.versions(work, meeting)[0]
        about = [cases.open_case(work, case.id).case]
        meet()
        minutes.agree(work, meeting, version)
        assert ending.propose_next(work, meeting, about) is not None

    refused = refused_of(at_once(service, (LEAD, act), (LEAD, act)))
    assert "agreed already" in str(refused)
    assert count(service, Meeting, Meeting.follows_id == once) == 1
    assert messages(service, MessageKind.MINUTES_READY) == 4
