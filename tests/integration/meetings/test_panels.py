"""Panels over many cases: what becomes of them when a case ends, is joined, or was one of sixty."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event, func, select

from cse_tracker.actions.commands import AgreedAction
from cse_tracker.agenda import commands as agenda
from cse_tracker.agenda import queries as told
from cse_tracker.agenda.model import MeetingDecision, Notes, Pack, PackPart, PackState
from cse_tracker.agenda.rules import Handling
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duties
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import User
from cse_tracker.jobs.meetings import add_parts, put_packs_together
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, holding
from cse_tracker.meetings.model import AgendaItem, Attendance, Meeting, Topic
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes import queries as minute_queries
from cse_tracker.minutes.model import MinutesState
from cse_tracker.records.dossier import destroy, gather
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.closings import acts as closings
from tests.integration.joining import acts as joining
from tests.integration.meetings.acts import hold_now, invited_to, schedule_now
from tests.soak.conftest import Report
from tests.store import Clock

SAID = "The aunt collects her from the station on Fridays."
SECRET = "A source at the club says so."


def panel(service: Service, about: Sequence[Case], **changes: object) -> UUID:
    """Call a panel about these cases, a week from now."""
    with people.working(service, people.LEAD) as work:
        call = calling.Call(
            id=uuid4(),
            type_key="exploitation_panel",
            starts_at=work.now.replace(day=24),
            minutes=120,
            place="Town Hall",
            purpose="",
            agency_ids=invited_to(work, people.HACKNEY),
            topics=(calling.Subjectless(topic=Topic.THEME, title="Hotels"),),
            **changes,  # type: ignore[arg-type]
        )
        rows = [cases.open_case(work, case.id, for_change=True).case for case in about]
        return calling.schedule_about(work, rows, call, borough_gss=people.HACKNEY).id


def opened(work: Work, meeting_id: UUID) -> Meeting:
    return queries.open_meeting(work, meeting_id, for_change=True)


def by_kind(work: Work, meeting: Meeting, kind: AgencyKind) -> UUID:
    agencies = identity.agencies(work, [each.agency_id for each in meeting.invitations])
    return next(agency.id for agency in agencies.values() if agency.kind is kind)


def speak(service: Service, meeting_id: UUID) -> None:
    """Type notes, share, and decide under every item."""
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        police = by_kind(work, meeting, AgencyKind.POLICE)
        for item in queries.agenda(work, meeting):
            agenda.save_notes(work, meeting, item, text=SAID, seen_revision=0)
            agenda.give(work, meeting, item, agency_id=police, text=SECRET, handling=Handling.GIVER_AND_LEAD)
            form = agenda.Deciding(text="Watch the gate", agreed=(police,), disagreed=())
            agenda.decide(work, meeting, item, None, form)


def held(service: Service, meeting_id: UUID, **changes: object) -> None:
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        attendance = {each.id: (Attendance.ATTENDED, "") for each in meeting.invitations}
        about = [row.case for row in cases.rows_of(work, queries.cases_on(work, meeting)).values()]
        owner = by_kind(work, meeting, AgencyKind.POLICE)
        agreed = [
            AgreedAction(text="Visit", owner_agency_id=owner, due_on=work.today, case_id=case.id) for case in about
        ]
        record = holding.Record(attendance=attendance, decisions="See each item", actions=tuple(agreed), **changes)  # type: ignore[arg-type]
        holding.record_held(work, meeting, about, record)


def drafted(service: Service, meeting_id: UUID) -> None:
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        about = [row.case for row in cases.rows_of(work, queries.cases_on(work, meeting)).values()]
        minutes.draft(work, meeting, told.told(work, meeting), queries.actions_of(work, [meeting]), about)


def texts(service: Service, meeting_id: UUID, email: str) -> str:
    """What somebody reads in the newest minutes."""
    with people.working(service, email, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        version = minute_queries.versions(work, meeting)[0]
        return "\n".join(each.body.text for each in minute_queries.sections(work, meeting, version))


def test_what_a_panel_said_of_a_case_ends_with_the_case_and_the_panel_stays(service: Service, clock: Clock) -> None:
    gone, stays = people.open_case(service), people.open_case(service, first_name="Maya", last_name="Osei")
    meeting_id = panel(service, [gone, stays])
    with people.working(service, people.LEAD) as work:
        for each in opened(work, meeting_id).invitations:
            agenda.begin_pack(work, opened(work, meeting_id), agency_id=each.agency_id)
    # Some parts are made before the case ends, some after.
    with people.working(service, people.LEAD) as work:
        pack_id = work.session.scalars(select(Pack.id).limit(1)).one()
        assert add_parts(work, pack_id, most=1)
    clock.set(2026, 11, 24, 12)
    speak(service, meeting_id)
    held(service, meeting_id)
    drafted(service, meeting_id)
    assert texts(service, meeting_id, people.LEAD).count(SAID) == 3
    with people.working(service) as work:
        destroy(work.session, gather(work.session, gone.person_id))
    with service.app.app_context():
        assert put_packs_together(service.tools) > 0
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        assert [item.body.title for item in queries.agenda(work, meeting)] == [f"Case {stays.reference}", "Hotels"]
        assert queries.cases_on(work, meeting) == [stays.id]
        assert len(told.told(work, meeting)) == 2
        for table in (Notes, MeetingDecision):
            assert work.session.scalar(select(func.count()).select_from(table)) == 2
        packs = told.packs_of(work, meeting)
        assert {pack.state for pack in packs} == {PackState.READY}
        assert {(pack.done, pack.total) for pack in packs} <= {(2, 2), (3, 3)}
        for pack in packs:
            assert all(gone.reference not in part.body.title for part in told.open_pack(work, pack.id)[1])
        assert [action.case_id for action in queries.actions_of(work, [meeting])] == [stays.id]
    assert texts(service, meeting_id, people.LEAD).count(SAID) == 2


def test_two_cases_of_one_panel_that_turn_out_to_be_one_are_joined(sqlite_service: Service, clock: Clock) -> None:
    service = sqlite_service
    other, one = people.open_case(service), people.open_case(service, first_name="Maya", last_name="Osei")
    meeting_id = panel(service, [other, one])
    joining_id = joining.join(service, other, one)
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        assert queries.cases_on(work, meeting) == [one.id]
        assert [item.case_id for item in queries.agenda(work, meeting)] == [one.id, one.id, None]
    clock.set(2026, 11, 24, 12)
    speak(service, meeting_id)
    held(service, meeting_id)
    drafted(service, meeting_id)
    assert texts(service, meeting_id, people.LEAD).count(SAID) == 3
    joining.undo(service, joining_id)
    with people.working(service, people.LEAD, reading=True) as work:
        assert set(queries.cases_on(work, queries.open_meeting(work, meeting_id))) == {one.id, other.id}


def test_a_chair_from_another_agency_reads_and_sends_what_is_not_kept_for_others(
    sqlite_service: Service, clock: Clock
) -> None:
    service = sqlite_service
    case = people.open_case(service)
    with service.app.app_context():
        chair = people.actor(service, people.HEALTH).user_id
    meeting_id = panel(service, [case], chair_id=chair)
    clock.set(2026, 11, 24, 12)
    speak(service, meeting_id)
    held(service, meeting_id)
    drafted(service, meeting_id)
    assert SECRET in texts(service, meeting_id, people.LEAD)
    read = texts(service, meeting_id, people.HEALTH)
    assert SAID in read
    assert SECRET not in read
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        version = minute_queries.versions(work, meeting)[0]
        kept = [each.id for each in minute_queries.sections(work, meeting, version) if each.body.only]
    with people.working(service, people.HEALTH) as work:
        meeting = opened(work, meeting_id)
        version = minute_queries.versions(work, meeting)[0]
        shown = minute_queries.sections(work, meeting, version)
        assert minute_queries.withheld(work, meeting, version, shown) == len(kept) == 2
        with pytest.raises(NotFound):
            minute_queries.open_section(work, meeting, kept[0])
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        version = minute_queries.versions(work, meeting)[0]
        with pytest.raises(RuleBroken, match="The chair of the meeting"):
            minutes.agree(work, meeting, version)
    with people.working(service, people.HEALTH) as work:
        meeting = opened(work, meeting_id)
        minutes.agree(work, meeting, minute_queries.versions(work, meeting)[0])
    # The police get what they shared, though the chair who sent it has not read it; the school does not.
    assert SECRET in texts(service, meeting_id, people.POLICE)
    assert SECRET not in texts(service, meeting_id, people.HEALTH)
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        assert minute_queries.versions(work, meeting)[0].state is MinutesState.AGREED


@pytest.mark.parametrize("why", ["another agency", "too late"])
def test_minutes_do_not_wait_for_a_chair_who_cannot_read_them(sqlite_service: Service, clock: Clock, why: str) -> None:
    service = sqlite_service
    with service.app.app_context():
        chair = people.actor(service, people.HEALTH).user_id
    meeting_id = panel(service, [people.open_case(service)], chair_id=chair)
    clock.set(2026, 11, 24, 12)
    held(service, meeting_id)
    drafted(service, meeting_id)
    with people.working(service) as work:
        meeting = work.session.get_one(Meeting, meeting_id)
        if why == "too late":
            meeting.closed_to_agencies_at = clock.now
        else:
            elsewhere = next(each for each in identity.agencies(work).values() if each.kind is AgencyKind.YOT)
            work.session.get_one(User, chair).agency_id = elsewhere.id
    with people.working(service, people.HEALTH) as work, pytest.raises(NotFound):
        opened(work, meeting_id)
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        minutes.agree(work, meeting, minute_queries.versions(work, meeting)[0])
        assert "agreed by a lead officer" in minute_queries.versions(work, meeting)[0].body.note


def test_a_case_is_not_closed_before_its_minutes_are_sent(sqlite_service: Service) -> None:
    service = sqlite_service
    case = closings.ready_case(service)
    with people.working(service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True)
        meeting = schedule_now(work, row.case, today=True)
        hold_now(work, meeting, row.case, owner=meeting.invitations[0].agency_id)
        meeting_id = meeting.id
        acts = {each.satisfied_by for each in (duty.body for duty in duties.about(work, case.id) if duty.is_open)}
        assert meeting.minuting in acts
    with pytest.raises(RuleBroken, match="Minutes sent") as refused:
        closings.propose(service, case)
    assert refused.value.code.startswith("closing.")
    drafted(service, meeting_id)
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        minutes.agree(work, meeting, minute_queries.versions(work, meeting)[0])
        still = [duty.body.satisfied_by for duty in duties.about(work, case.id) if duty.is_open]
        assert meeting.minuting not in still
    closings.settle_everything(service, case)
    closings.propose(service, case)


@contextmanager
def counting(service: Service) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(service.store.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(service.store.engine, "before_cursor_execute", count)


def statements_of_a_pack(service: Service, number: int) -> list[int]:
    """Put a pack of so many cases together, ten at a time; gives how many statements each ten took."""
    about = [people.open_case(service, first_name=f"First{at}", last_name=f"Last{at}") for at in range(number)]
    meeting_id = panel(service, about)
    with people.working(service, people.LEAD) as work:
        meeting = opened(work, meeting_id)
        # The theme is no case: left out, so that all tens are alike.
        work.session.execute(delete(AgendaItem).where(AgendaItem.case_id.is_(None)))
        pack_id = agenda.begin_pack(work, meeting, agency_id=by_kind(work, meeting, AgencyKind.HEALTH)).id
    taken, more = [], True
    while more:
        with people.working(service, people.LEAD) as work:
            work.session.expunge_all()
            with counting(service) as statements:
                more = add_parts(work, pack_id)
                work.session.flush()
            taken.append(len(statements))
            pack = work.session.get_one(Pack, pack_id)
            assert (pack.done, pack.total) == (10 * len(taken), number)
    with people.working(service, people.LEAD, reading=True) as work, counting(service) as statements:
        _, parts = told.open_pack(work, pack_id)
        assert len([part.body.lines for part in parts]) == number
        # Reading it costs the same, however many cases are in it.
        assert len(statements) <= 12
        assert work.session.scalar(select(func.count()).select_from(PackPart)) == number
    return taken


def test_each_ten_cases_of_a_pack_take_as_many_statements_as_the_ten_before(sqlite_service: Service) -> None:
    taken = statements_of_a_pack(sqlite_service, 20)
    assert max(taken) - min(taken) <= 2


@pytest.mark.soak
def test_a_panel_pack_of_sixty_cases(sqlite_service: Service, report: Report) -> None:
    taken = statements_of_a_pack(sqlite_service, 60)
    report("statements for ten cases of a panel pack, most of six tens", max(taken), "count", limit=min(taken) + 2)
    assert max(taken) - min(taken) <= 2
