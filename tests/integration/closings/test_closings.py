"""Closing a case takes two lead officers, nothing owed, and a reason that is about the risk."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from cse_tracker.app import Service
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments import queries as assessment_queries
from cse_tracker.assessments.model import Basis
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.closings import commands
from cse_tracker.closings.rules import OWN, offered, problem_with
from cse_tracker.duties import queries as duties
from cse_tracker.notifications.model import MessageKind
from cse_tracker.protocols import commands as protocols
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.rulebook.document import template
from cse_tracker.rulebook.parts import ClosingReason as BoroughReason
from cse_tracker.rulebook.parts import Closure
from cse_tracker.statistics.counting import young_people
from cse_tracker.statistics.periods import month_of
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.closings import acts
from tests.integration.referrals.acts import decide, messages
from tests.store import Clock


def fresh(service: Service, case: Case) -> Case:
    with people.working(service, people.LEAD, reading=True) as work:
        return case_queries.open_case(work, case.id).case


def test_a_case_is_closed_by_two_and_the_first_decision_made_it_active(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    assert fresh(service, case).status is CaseStatus.OPENED
    people.assess(service, case, "missing_once")
    people.decide(service, case, 1)
    assert fresh(service, case).status is CaseStatus.ACTIVE
    clock.advance(days=1)
    acts.close(service, case)
    with people.working(service, people.LEAD, reading=True) as work:
        found = case_queries.open_case(work, case.id).case
        assert (found.status, found.left_at) == (CaseStatus.CLOSED, clock.now)
        story = [passage.body for passage in case_queries.passages(work, found)]
        assert [body.status for body in story] == [CaseStatus.OPENED, CaseStatus.ACTIVE, CaseStatus.CLOSED]
        assert "The risk has gone down and has stayed down" in story[-1].reason
        assert case_queries.cases_in_sight(work) == []
        assert [row.case.id for row in case_queries.closed_cases(work)] == [case.id]


def test_not_being_in_contact_alone_closes_nothing(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    with pytest.raises(RuleBroken, match="no reason to close by itself") as refused:
        acts.propose(sqlite_service, case, "contact_lost")
    assert refused.value.field == "reasons"
    with pytest.raises(RuleBroken, match="which service") as refused:
        acts.propose(sqlite_service, case, "contact_lost", "RC7")
    assert refused.value.field == "outreach_by"
    acts.propose(sqlite_service, case, "contact_lost", "RC7", outreach="Safe Steps")


@pytest.mark.parametrize("status", CaseStatus)
@pytest.mark.parametrize("closure", [None, template().closure], ids=["no chapter", "the report's chapter"])
def test_every_other_reason_carries_a_closing_by_itself(status: CaseStatus, closure: Closure | None) -> None:
    weak = {reason.key for reason in (closure.reasons if closure else OWN) if not reason.enough}
    confirmed = closure.requires if closure else ()
    assert weak

    def problem(*reasons: str, said: tuple[str, ...] = confirmed) -> object:
        return problem_with(reasons, closure=closure, confirmed=said, outreach_by="Safe Steps", status=status)

    for reason in offered(closure):
        unassessed = status is CaseStatus.OPENED and reason not in {"RC2", "died"}
        assert (problem(reason) is not None) == (reason in weak or unassessed), reason
    assert problem() is not None
    assert problem("of_another_protocol") is not None
    if closure:
        assert problem("risk_reduced", said=confirmed[1:]) is not None
        assert problem("died", said=()) is None


def test_a_case_is_closed_by_the_chapter_of_the_version_that_it_is_under(sqlite_service: Service, clock: Clock) -> None:
    case = acts.ready_case(sqlite_service)
    clock.advance(days=1)
    closure = Closure(
        requires=("The family was told.",), reasons=(BoroughReason(key="safe_now", label="Safe by our own measure"),)
    )
    with people.working(sqlite_service) as work:
        new = template().model_copy(update={"closure": closure})
        protocols.adopt(work, new, borough_gss=people.HACKNEY, in_force_from=work.now.date())
    # A newer version binds a case only once it was moved to it.
    with pytest.raises(RuleBroken):
        acts.propose(sqlite_service, case, "safe_now")
    acts.propose(sqlite_service, case, "risk_reduced")
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        assessments.move_to_version(work, found, reason="Agreed.")
    acts.settle_everything(sqlite_service, case)
    with pytest.raises(RuleBroken, match="under another version of the protocol now"):
        acts.answer(sqlite_service, case, approve=True)
    acts.answer(sqlite_service, case, approve=False)
    with pytest.raises(RuleBroken, match="Confirm everything"):
        acts.propose(sqlite_service, case, "safe_now")
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        form = replace(acts.paper("safe_now"), confirmed=closure.requires)
        body = commands.propose(work, found, form).body
        assert (body.labels, body.confirmed) == (("Safe by our own measure",), ("The family was told.",))


def test_nothing_may_be_owed(sqlite_service: Service) -> None:
    case = acts.levelled_case(sqlite_service)
    with pytest.raises(RuleBroken, match="A duty is still open: Discussion and plan"):
        acts.propose(sqlite_service, case)
    acts.settle_everything(sqlite_service, case)
    acts.propose(sqlite_service, case)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    with pytest.raises(RuleBroken, match="still open: Multi-agency planning meeting"):
        acts.answer(sqlite_service, case, approve=True)
    assert fresh(sqlite_service, case).status is CaseStatus.ACTIVE


def test_a_lower_level_that_waits_for_its_second_person_is_answered_before_a_case_is_closed(
    sqlite_service: Service,
) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 2, override="Nobody has heard the school yet.")
    acts.settle_everything(sqlite_service, case)
    people.decide(sqlite_service, case, 1)
    with pytest.raises(RuleBroken, match="A lower level waits for a second person") as refused:
        acts.propose(sqlite_service, case)
    assert refused.value.code == "closing.owed"
    with people.working(sqlite_service, people.DEPUTY) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        waiting = assessment_queries.waiting_proposal(work, row.case)
        assert waiting is not None
        assessments.refuse(work, row.case, waiting, note="Not yet.")
    acts.propose(sqlite_service, case)


def test_whoever_proposed_cannot_approve_and_a_refusal_keeps_the_case_open(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    acts.propose(sqlite_service, case)
    with pytest.raises(RuleBroken, match="waits for an answer already"):
        acts.propose(sqlite_service, case, email=people.DEPUTY)
    with pytest.raises(RuleBroken, match="other than the one who proposed"):
        acts.answer(sqlite_service, case, approve=True, email=people.LEAD)
    acts.answer(sqlite_service, case, approve=False)
    assert fresh(sqlite_service, case).status is CaseStatus.ACTIVE
    with pytest.raises(RuleBroken, match="answered already"):
        acts.answer(sqlite_service, case, approve=True)
    acts.propose(sqlite_service, case)
    acts.answer(sqlite_service, case, approve=False, email=people.LEAD)
    assert messages(sqlite_service, MessageKind.CASE_NOTICE) == 3


def test_only_a_lead_officer_of_the_borough_may_end_a_case(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        with pytest.raises(NotFound):
            case_queries.open_case(work, case.id)
        found = work.session.get_one(Case, case.id)
        for act in (
            lambda: commands.propose(work, found, acts.paper()),
            lambda: commands.monitor(work, found, reason="x", review_on=date(2027, 1, 1)),
            lambda: cases.reopen(work, found, reason="x"),
            lambda: cases.resume(work, found, reason="x"),
        ):
            with pytest.raises(NotPermitted):
                act()


def closed_acts(work: Work, case: Case) -> list[Callable[[], object]]:
    basis = Basis.PROFESSIONAL_ASSESSMENT
    certainty = assessments.CertaintyForm(certainty=Certainty.KNOWN, basis=basis, explanation="x")
    return [
        lambda: assessments.decide_level(work, case, assessments.LevelForm(level=1, reason="x")),
        lambda: assessments.record_certainty(work, case, certainty),
        lambda: cases.join(work, case, referral_id=case.id),
        lambda: commands.propose(work, case, acts.paper()),
        lambda: cases.resume(work, case, reason="x"),
    ]


def test_nothing_is_recorded_on_a_closed_case(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    acts.close(sqlite_service, case)
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id).case
        for act in closed_acts(work, found):
            with pytest.raises(RuleBroken):
                act()


@pytest.mark.parametrize(("days", "repeat"), [(364, True), (365, True), (366, False)])
def test_reopening_within_twelve_months_is_a_repeat(
    sqlite_service: Service, clock: Clock, days: int, *, repeat: bool
) -> None:
    case = acts.ready_case(sqlite_service)
    acts.close(sqlite_service, case)
    clock.advance(days=days)
    with people.working(sqlite_service, people.LEAD) as work:
        cases.reopen(work, case_queries.open_case(work, case.id, for_change=True).case, reason="Seen with him again.")
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = case_queries.open_case(work, case.id).case
        assert (found.status, found.left_at) == (CaseStatus.ACTIVE, None)
        assert case_queries.passages(work, found)[-1].body.repeat == repeat
        assert [duty.body.satisfied_by for duty in duties.about(work, case.id) if duty.is_open] == ["level:first"]


def test_a_referral_for_a_closed_case_reopens_it(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    acts.close(sqlite_service, case)
    joined = decide(sqlite_service, people.refer(sqlite_service), case.person_id)
    assert joined.id == case.id
    assert fresh(sqlite_service, case).status is CaseStatus.ACTIVE


def test_monitoring_needs_the_lowest_level_nothing_owed_and_a_day(sqlite_service: Service, clock: Clock) -> None:
    case = acts.levelled_case(sqlite_service)
    today = clock.now.date()

    def monitor(review_on: date) -> None:
        with people.working(sqlite_service, people.LEAD) as work:
            found = case_queries.open_case(work, case.id, for_change=True).case
            commands.monitor(work, found, reason="Quiet since summer.", review_on=review_on)

    with pytest.raises(RuleBroken, match="Discussion and plan"):
        monitor(today + timedelta(days=30))
    acts.settle_everything(sqlite_service, case)
    for wrong in (today, today - timedelta(days=1), today + timedelta(days=367)):
        with pytest.raises(RuleBroken, match="within a year"):
            monitor(wrong)
    monitor(today + timedelta(days=30))
    assert fresh(sqlite_service, case).status is CaseStatus.MONITORING
    with pytest.raises(RuleBroken):
        monitor(today + timedelta(days=31))
    decide(sqlite_service, people.refer(sqlite_service), case.person_id)
    assert fresh(sqlite_service, case).status is CaseStatus.ACTIVE
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        review = [each for each in duties.about(work, case.id) if each.body.satisfied_by == cases.MONITORING_REVIEW]
        assert [duty.is_open for duty in review] == [False]


@pytest.mark.parametrize("status", [each for each in CaseStatus if each is not CaseStatus.CLOSED])
def test_only_a_closed_case_is_reopened(sqlite_service: Service, status: CaseStatus) -> None:
    case = acts.levelled_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        with work.session.no_autoflush:
            found.status = status
            with pytest.raises(RuleBroken, match="not closed"):
                cases.reopen(work, found, reason="Pressed on an old page.")
        work.session.rollback()


def test_a_higher_level_ends_monitoring(sqlite_service: Service, clock: Clock) -> None:
    case = acts.ready_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        commands.monitor(work, found, reason="Quiet.", review_on=clock.now.date() + timedelta(days=30))
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    assert fresh(sqlite_service, case).status is CaseStatus.ACTIVE


def test_any_day_s_count_can_be_worked_out_later(service: Service, clock: Clock) -> None:
    """Closed in December, open again in February: in the count of January it is not, whatever day it is counted on."""
    months = [month_of(clock.now)]
    case = acts.ready_case(service)
    other = people.open_case(service, first_name="Leon")
    clock.set(2026, 12, 10)
    months.append(month_of(clock.now))
    acts.close(service, case)
    clock.set(2027, 1, 10)
    months.append(month_of(clock.now))
    clock.set(2027, 2, 10)
    months.append(month_of(clock.now))
    with people.working(service, people.LEAD) as work:
        cases.reopen(work, case_queries.open_case(work, case.id, for_change=True).case, reason="New worries.")
    clock.set(2027, 3, 10)
    for now_closed in (False, True):
        if now_closed:
            acts.close(service, case)
        with people.working(service) as work:
            counted = [{each.id for each in case_queries.open_at(work, people.HACKNEY, m.ends_at)} for m in months]
            assert counted == [{case.id, other.id}, {other.id}, {other.id}, {case.id, other.id}]
            assert young_people(work, people.HACKNEY, months[1]) is not None


def test_two_who_answer_at_once_are_not_both_heard(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    seen = fresh(sqlite_service, case).revision
    acts.propose(sqlite_service, case)
    with people.working(sqlite_service, people.DEPUTY) as work, pytest.raises(Conflict):
        cases.check_revision(case_queries.open_case(work, case.id).case, seen)
