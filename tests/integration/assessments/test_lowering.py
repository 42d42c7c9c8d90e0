"""Lowering a level: never alone, never for a birthday, never past what has become known meanwhile."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.assessments import commands, queries
from cse_tracker.assessments.model import LevelProposal, ProposalState
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duty_queries
from cse_tracker.duties.model import DutyState
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.rulebook.decisions import Certainty, suggest_level
from cse_tracker.rulebook.document import template
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, RuleBroken
from tests import people
from tests.store import Clock

WHY = "The adults involved are in prison."


def high(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "missing_once")
    people.decide(service, case, 3, "She has told a nurse.")
    return case


def proposal_of(service: Service, case: Case) -> LevelProposal:
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.proposals(work, cases.open_case(work, case.id).case)[0]
        _ = found.body
        return found


def level_of(service: Service, case: Case) -> int | None:
    with people.working(service, people.LEAD, reading=True) as work:
        return cases.open_case(work, case.id).case.head.level


def answer(service: Service, case: Case, email: str, act: str, note: str = "x") -> None:
    with people.working(service, email) as work:
        row = cases.open_case(work, case.id, for_change=True).case
        getattr(commands, act)(work, row, queries.proposals(work, row)[0], note=note)


def test_a_lower_level_waits_for_another_person_and_changes_nothing_until_then(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 1, WHY)
    assert (level_of(service, case), proposal_of(service, case).state) == (3, ProposalState.PENDING)
    with pytest.raises(RuleBroken, match="other than the one who proposed"):
        answer(service, case, people.LEAD, "sign")
    answer(service, case, people.DEPUTY, "sign")
    assert level_of(service, case) == 1
    with people.working(service, people.LEAD, reading=True) as work:
        decision = queries.history(work, cases.open_case(work, case.id).case).levels[0]
        assert decision.body.signed_by not in {None, decision.body.decided_by}
        assert decision.body.override_reason == ""
        standing = [each for each in duty_queries.about(work, case.id) if each.state is DutyState.PENDING]
        assert {each.body.satisfied_by for each in standing} == {"task:discussion_and_plan", "level:review"}


def test_a_refused_proposal_leaves_the_level_and_is_kept_with_its_reason(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 2, WHY)
    with pytest.raises(RuleBroken):
        answer(service, case, people.DEPUTY, "refuse", "  ")
    answer(service, case, people.DEPUTY, "refuse", "He was released yesterday.")
    kept = proposal_of(service, case)
    assert (kept.state, kept.body.note, level_of(service, case)) == (
        ProposalState.REFUSED, "He was released yesterday.", 3,
    )  # fmt: skip
    for act in ("sign", "refuse"):
        with pytest.raises(RuleBroken, match="answered already"):
            answer(service, case, people.DEPUTY, act)


def test_the_one_who_proposed_may_withdraw_and_a_second_proposal_waits_its_turn(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 2, WHY)
    with pytest.raises(RuleBroken, match="waits for an answer"):
        people.decide(service, case, 1)
    answer(service, case, people.LEAD, "refuse")
    assert proposal_of(service, case).state is ProposalState.WITHDRAWN
    people.decide(service, case, 1)
    assert proposal_of(service, case).ordinal == 2


def test_a_newer_decision_that_does_not_lower_overtakes_the_proposal(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 2, WHY)
    people.decide(service, case, 3, "She was missing again.")
    assert (proposal_of(service, case).state, level_of(service, case)) == (ProposalState.SUPERSEDED, 3)


def test_what_became_known_after_the_proposal_stops_the_signature(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 1)
    people.assess(service, case, "older_boyfriend")
    with pytest.raises(RuleBroken, match="More has been recorded"):
        answer(service, case, people.DEPUTY, "sign")
    assert level_of(service, case) == 3


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.MANAGER])
def test_nobody_outside_may_sign_or_know(service: Service, email: str) -> None:
    case = high(service)
    people.decide(service, case, 1, WHY)
    with people.working(service, people.LEAD, reading=True) as work:
        kept = cases.open_case(work, case.id).case
        proposal = queries.proposals(work, kept)[0]
    with people.working(service, email) as work:
        with pytest.raises(NotFound):
            cases.open_case(work, case.id)
        with pytest.raises(NotPermitted):
            commands.sign(work, kept, proposal)


def test_the_other_lead_officers_are_written_to_and_no_name_is_in_it(service: Service) -> None:
    case = high(service)
    people.decide(service, case, 1, WHY)
    with people.working(service, reading=True) as work:
        found = work.session.scalars(
            select(OutgoingMessage).where(OutgoingMessage.kind == MessageKind.LEVEL_TO_SIGN)
        ).all()
        assert [each.about_id for each in found] == [case.id]
    with service.app.app_context():
        deputy = people.actor(service, people.DEPUTY).user_id
    assert {each.recipient_id for each in found} == {deputy}


def test_two_lead_officers_who_decide_at_once_get_a_conflict(service: Service) -> None:
    case = high(service)
    with people.working(service, people.LEAD, reading=True) as work:
        seen = cases.open_case(work, case.id).case.revision
    people.decide(service, case, 2, WHY)
    with people.working(service, people.DEPUTY) as work, pytest.raises(Conflict):
        case_commands.check_revision(cases.open_case(work, case.id, for_change=True).case, seen)


@pytest.mark.parametrize("born", [date(2013, 11, 17), date(2012, 11, 20)])
def test_a_birthday_alone_never_lowers_the_suggestion(service: Service, clock: Clock, born: date) -> None:
    case = people.open_case(service, born=born)
    people.assess(service, case, "missing_once")
    first = suggested(service, case)
    for _ in range(7):
        clock.advance(days=366)
        assert suggested(service, case) == first
    if born.year == 2013:
        assert first == 2
        people.decide(service, case, 2)
        with pytest.raises(RuleBroken, match="under 13"):
            people.decide(service, case, 1)


def suggested(service: Service, case: Case) -> int | None:
    with people.working(service, people.LEAD, reading=True) as work:
        row = cases.open_case(work, case.id).case
        protocol = case_commands.protocol_of(work, row)
        return commands.suggestion(work, row, frozenset({"missing_once"}), protocol).level


INDICATORS = sorted(indicator.key for indicator in template().indicators)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    observed=st.frozensets(st.sampled_from(INDICATORS), max_size=6),
    certainty=st.sampled_from([None, *Certainty]),
    opened=st.integers(9, 17),
    years=st.integers(0, 9),
)
def test_counted_with_the_younger_age_no_birthday_lowers_any_suggestion(
    observed: frozenset[str], certainty: Certainty | None, opened: int, years: int
) -> None:
    """The law behind it: an age enters only as "under", so the youngest age gives the highest level."""
    then = suggest_level(template(), observed=observed, certainty=certainty, age=opened)
    later = suggest_level(template(), observed=observed, certainty=certainty, age=min(opened, opened + years))
    plain = suggest_level(template(), observed=observed, certainty=certainty, age=opened + years)
    assert later.level == then.level
    assert (plain.level or 0) <= (then.level or 0)
