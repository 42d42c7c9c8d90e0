"""Cases: who may see and change them, their dated facts, and how a name stays within its borough."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.assessments import commands as recording
from cse_tracker.assessments import queries as assessments
from cse_tracker.assessments.model import Assessment, Basis, CertaintyFact
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import commands, queries
from cse_tracker.cases.model import Case
from cse_tracker.people.model import Person
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.store import Clock

OTHERS = [people.OTHER_LEAD, people.POLICE, people.HEALTH, people.MANAGER, None]


@pytest.mark.parametrize("email", OTHERS)
def test_nobody_else_may_know_that_there_is_a_case(service: Service, email: str | None) -> None:
    case = people.open_case(service)
    said = set()
    for case_id in (case.id, uuid4()):
        with people.working(service, email) as work:
            with pytest.raises(NotFound) as refused:
                queries.open_case(work, case_id)
            said.add(str(refused.value))
            if email == people.OTHER_LEAD:
                assert queries.cases_in_sight(work) == []
            else:
                with pytest.raises(NotPermitted):
                    queries.cases_in_sight(work)
            assert queries.rows_of(work, [case.id]) == {}
            assert queries.open_cases_of(work, [case.person_id]) == {}
            assert referral_queries.of_case(work, case.id) == []
    assert len(said) == 1


def test_a_case_is_hidden_by_its_own_borough_and_not_only_by_its_young_persons(service: Service) -> None:
    case = people.open_case(service)
    with service.store.engine.begin() as connection:
        connection.execute(text("UPDATE person SET borough_gss = :gss"), {"gss": people.ISLINGTON})
    with people.working(service, people.OTHER_LEAD, reading=True) as work, pytest.raises(NotFound):
        queries.open_case(work, case.id)


def certainty(work: Work, case: Case) -> None:
    form = recording.CertaintyForm(certainty=Certainty.KNOWN, basis=Basis.DISCLOSURE, explanation="x")
    recording.record_certainty(work, case, form)


def assess(work: Work, case: Case) -> None:
    recording.assess(work, case, recording.AssessmentForm(observations=(), narrative="", young_person_view=""))


def decide(work: Work, case: Case) -> None:
    recording.decide_level(work, case, recording.LevelForm(level=1, reason="x"))


def join(work: Work, case: Case) -> None:
    commands.join(work, case, referral_id=uuid4())


def open_another(work: Work, case: Case) -> None:
    commands.open_for(work, work.session.get_one(Person, case.person_id), referral_id=uuid4())


@pytest.mark.parametrize("email", OTHERS)
@pytest.mark.parametrize("act", [certainty, assess, decide, join, open_another])
def test_nobody_else_may_change_a_case(
    sqlite_service: Service, email: str | None, act: Callable[[Work, Case], None]
) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, email) as work:
        row = work.session.get_one(Case, case.id)
        with pytest.raises(NotPermitted):
            act(work, row)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        assert queries.open_case(work, case.id).case.revision == 1
        assert work.session.scalar(select(func.count()).select_from(Case)) == 1


def test_opening_a_case_is_recorded(service: Service) -> None:
    case = people.open_case(service)
    with people.working(service, people.LEAD, reading=True) as work:
        row = queries.open_case(work, case.id)
        assert row.person.head.full_name == "Keira Marsh"
    with people.working(service, reading=True) as work:
        viewed = select(AuditEntry).where(AuditEntry.action == "case.viewed", AuditEntry.object_id == case.id)
        assert len(work.session.scalars(viewed).all()) == 1


def test_a_list_of_names_is_in_their_order_and_recorded_as_one_viewing(service: Service) -> None:
    for first, last in (("Zoë", "adams"), ("Ali", "Brown"), ("Ben", "Adams")):
        people.open_case(service, first_name=first, last_name=last)
    with people.working(service, people.LEAD, reading=True) as work:
        rows = queries.cases_in_sight(work)
        assert [row.person.head.full_name for row in rows] == ["Ben Adams", "Zoë adams", "Ali Brown"]
    with people.working(service, reading=True) as work:
        viewed = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.list_viewed")).all()
        assert len(viewed) == 1


def test_a_closed_case_is_not_listed_and_takes_no_further_referral(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    with sqlite_service.store.engine.begin() as connection:
        connection.execute(text("UPDATE case_ SET status = 'closed', left_at = '2026-11-01 10:00:00'"))
    with people.working(sqlite_service, people.LEAD) as work:
        assert queries.cases_in_sight(work) == []
        row = queries.open_case(work, case.id).case
        assert queries.open_cases_of(work, [case.person_id]) == {}
        with pytest.raises(RuleBroken, match="not open"):
            commands.join(work, row, referral_id=uuid4())


def test_the_database_refuses_a_status_that_there_is_none_of(service: Service) -> None:
    people.open_case(service)
    for wrong in ("", "open", "OPENED"):
        with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
            connection.execute(text("UPDATE case_ SET status = :status"), {"status": wrong})


def test_facts_are_added_and_never_changed(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    people.certainty(service, case, Certainty.INDICATED)
    clock.advance(days=1)
    people.certainty(service, case, Certainty.KNOWN)
    people.assess(service, case, "missing_once")
    people.assess(service, case, "missing_once", "older_boyfriend")
    with people.working(service, people.LEAD, reading=True) as work:
        row = queries.open_case(work, case.id).case
        history = assessments.history(work, row)
        assert [(fact.ordinal, fact.body.certainty) for fact in history.certainty] == [
            (2, Certainty.KNOWN),
            (1, Certainty.INDICATED),
        ]
        assert history.certainty[0].body.recorded_at == clock.now
        assert [len(each.body.observations) for each in history.assessments] == [2, 1]
        assert {each.revision for each in (*history.certainty, *history.assessments)} == {1}
        assert row.head.certainty is Certainty.KNOWN


def test_the_database_refuses_two_facts_of_one_number(service: Service) -> None:
    case = people.open_case(service)
    for _ in range(2):
        people.certainty(service, case)
        people.assess(service, case, "missing_once")
    for table in ("certainty_fact", "assessment"):
        with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET ordinal = 1"))


def test_an_assessment_keeps_what_the_protocol_suggested_for_it(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend", "unexplained_gifts")
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        (assessment,) = assessments.history(work, queries.open_case(work, case.id).case).assessments
        body = assessment.body
        assert (body.suggested_level, body.floor) == (2, None)
        assert "one strong" in " ".join(body.suggestion_reasons)
        assert [each.indicator for each in body.observations] == ["older_boyfriend", "unexplained_gifts"]


def test_everything_of_a_case_is_in_one_compartment(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.certainty(sqlite_service, case)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    found: set[UUID] = set()
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        history = assessments.history(work, queries.open_case(work, case.id).case)
        for row in (*history.certainty, *history.assessments, *history.levels):
            found.add(row.compartment_id)
        found |= {referral.compartment_id for referral in referral_queries.of_case(work, case.id)}
        person = work.session.get_one(Person, case.person_id)
        assert person.compartment_id not in found
        assert work.session.scalar(select(func.count()).select_from(CertaintyFact)) == 1
        assert work.session.scalar(select(func.count()).select_from(Assessment)) == 1
    assert found == {case.compartment_id}
