"""Deciding a level: from an assessment, never below a floor without a reason, and what it demands."""

from datetime import date
from uuid import UUID

import pytest

from cse_tracker.app import Service
from cse_tracker.assessments import queries as assessments
from cse_tracker.assessments.model import LevelDecision
from cse_tracker.cases import queries
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duty_queries
from cse_tracker.duties.model import DutyState
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.store import Clock

TWELVE = date(2014, 11, 17)
THIRTEEN = date(2013, 11, 16)


def decisions(service: Service, case: Case) -> tuple[LevelDecision, ...]:
    with people.working(service, people.LEAD, reading=True) as work:
        found = assessments.history(work, queries.open_case(work, case.id).case).levels
        for decision in found:
            _ = decision.body
        return found


def level_of(service: Service, case: Case) -> int | None:
    with people.working(service, people.LEAD, reading=True) as work:
        return queries.open_case(work, case.id).case.head.level


def states(service: Service, case_id: UUID) -> dict[str, list[DutyState]]:
    """The states of a case's duties, by what meets them, in order of their due time."""
    out: dict[str, list[DutyState]] = {}
    with people.working(service, people.LEAD, reading=True) as work:
        for duty in duty_queries.about(work, case_id):
            out.setdefault(duty.body.satisfied_by, []).append(duty.state)
    return out


def run_clock(service: Service) -> int:
    with service.app.app_context():
        return breach_duties(service.tools)


def test_a_level_cannot_be_decided_before_indicators_are_recorded(service: Service) -> None:
    case = people.open_case(service)
    with pytest.raises(RuleBroken) as refused:
        people.decide(service, case, 1, "Because.")
    assert refused.value.code == "level.no_assessment"
    assert level_of(service, case) is None


@pytest.mark.parametrize("level", [0, 4, -1])
def test_a_level_that_the_protocol_has_not_is_refused(sqlite_service: Service, level: int) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    with pytest.raises(RuleBroken) as refused:
        people.decide(sqlite_service, case, level, "Because.")
    assert (refused.value.code, refused.value.field) == ("level.unknown", "level")


def test_a_child_under_thirteen_is_not_below_level_two_without_a_reason(service: Service) -> None:
    case = people.open_case(service, born=TWELVE)
    people.assess(service, case, "missing_once")
    for blank in ("", "   ", "\n"):
        with pytest.raises(RuleBroken, match="under 13") as refused:
            people.decide(service, case, 1, blank)
        assert refused.value.field == "override_reason"
    assert decisions(service, case) == ()
    people.decide(service, case, 1, "Agreed with the health visitor.")
    (decision,) = decisions(service, case)
    assert (decision.body.level, decision.body.suggested_level) == (1, 2)
    assert decision.body.override_reason == "Agreed with the health visitor."


def test_the_floor_holds_after_the_thirteenth_birthday_too(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service, born=date(2013, 11, 17))
    people.assess(sqlite_service, case, "missing_once")
    for _ in range(2):
        with pytest.raises(RuleBroken, match="under 13"):
            people.decide(sqlite_service, case, 1)
        clock.advance(days=1)


def test_at_thirteen_the_same_signs_are_level_one(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service, born=THIRTEEN)
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 1)
    (decision,) = decisions(sqlite_service, case)
    assert decision.body.override_reason == ""


def test_a_birthday_is_in_london_and_not_in_greenwich(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 6, 30, 23, 30)
    case = people.open_case(sqlite_service, born=date(2013, 7, 1))
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 1)


def test_known_exploitation_is_not_below_level_two_without_a_reason(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service, born=THIRTEEN)
    people.assess(sqlite_service, case, "missing_once")
    people.certainty(sqlite_service, case, Certainty.KNOWN)
    with pytest.raises(RuleBroken, match="known"):
        people.decide(sqlite_service, case, 1)
    people.decide(sqlite_service, case, 2)


def test_a_reason_given_for_the_level_suggested_is_not_kept_as_an_override(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2, "Typed by mistake.")
    (decision,) = decisions(sqlite_service, case)
    assert decision.body.override_reason == ""


def test_the_first_level_meets_the_duty_to_decide_it_and_demands_its_responses(service: Service) -> None:
    case = people.open_case(service)
    assert states(service, case.id) == {"level:first": [DutyState.PENDING]}
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    assert states(service, case.id) == {
        "level:first": [DutyState.MET],
        "meeting:multi_agency_planning": [DutyState.PENDING],
        "level:review": [DutyState.PENDING],
    }


def test_what_a_new_level_demands_replaces_what_the_old_one_demanded(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    clock.advance(days=1)
    people.decide(service, case, 3, "The young person has told a nurse.")
    found = states(service, case.id)
    assert found["meeting:multi_agency_planning"] == [DutyState.SUPERSEDED]
    assert found["meeting:strategy_discussion"] == [DutyState.PENDING]
    assert found["meeting:multi_agency_planning_with_specialist"] == [DutyState.PENDING]
    assert found["level:first"] == [DutyState.MET]


@pytest.mark.parametrize("clock_ran", [True, False])
def test_a_new_level_never_wipes_out_a_breach(service: Service, clock: Clock, clock_ran: bool) -> None:  # noqa: FBT001
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    clock.advance(days=15)
    if clock_ran:
        run_clock(service)
    people.lower(service, case, 1, "Things have calmed down.")
    run_clock(service)
    with people.working(service, people.LEAD, reading=True) as work:
        (late,) = [each for each in duty_queries.about(work, case.id) if each.body.rule_key == "planning_meeting"]
        assert (late.state, late.was_late) == (DutyState.SUPERSEDED, True)
        assert late.body.settled_note == "Replaced by the decision on Level one. It is not demanded any more"


def test_what_was_replaced_is_not_breached_later(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    people.decide(service, case, 3, "She has told a nurse.")
    clock.advance(days=100)
    run_clock(service)
    assert states(service, case.id)["meeting:multi_agency_planning"] == [DutyState.SUPERSEDED]


def test_the_same_level_decided_again_demands_nothing_anew(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    before = states(service, case.id)
    clock.advance(days=1)
    people.decide(service, case, 2)
    reviews = [DutyState.MET, DutyState.PENDING]
    assert states(service, case.id) == {**before, "level:review": reviews}
    assert [decision.ordinal for decision in decisions(service, case)] == [2, 1]


def test_going_back_to_a_level_demands_its_responses_anew(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    people.decide(sqlite_service, case, 3, "Because.")
    clock.advance(hours=1)
    people.lower(sqlite_service, case, 2)
    assert sorted(states(sqlite_service, case.id)["meeting:multi_agency_planning"], key=str) == [
        DutyState.PENDING,
        DutyState.SUPERSEDED,
    ]


def test_a_decision_keeps_the_protocol_under_which_it_was_made(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    (decision,) = decisions(sqlite_service, case)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = [each for each in duty_queries.about(work, case.id) if each.state is DutyState.PENDING]
        assert {each.body.satisfied_by for each in found} == {"meeting:multi_agency_planning", "level:review"}
        for duty in found:
            assert duty.body.protocol_version_id == decision.body.protocol_version_id
    assert decision.body.level_label == "Level two"
    assert decision.body.decided_at == clock.now
