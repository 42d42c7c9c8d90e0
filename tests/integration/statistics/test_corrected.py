"""Records that are put right after figures about them were published: corrected, joined, moved to another borough."""

from dataclasses import replace
from datetime import date

import pytest

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.disclosure.model import GRAND_TOTAL
from cse_tracker.disclosure.release import Rule
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Sex
from cse_tracker.records.keys import unlock
from cse_tracker.statistics import commands, queries, register
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState
from cse_tracker.statistics.publication import as_json, left_out, publication
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.integration.joining import acts
from tests.integration.responsibility import acts as moves
from tests.people import HACKNEY, ISLINGTON, LEAD, MANAGER
from tests.store import Clock

JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)
FLOWS = {Design.JOINED, Design.LEFT, Design.CHANGES}


def opened(service: Service, number: int) -> list[Case]:
    return [people.open_case(service, first_name=f"First{each}", last_name=f"Last{each}") for each in range(number)]


def correct_sex(service: Service, case: Case, sex: Sex) -> None:
    with people.working(service, LEAD) as work:
        person = work.session.get_one(Person, case.person_id)
        unlock(work.session, [person.compartment_id])
        person_commands.correct(
            work, person, replace(person.head, sex=sex), person.body, reason="The school’s record is right."
        )


def leaks(service: Service) -> int:
    with people.working(service) as work:
        return len(register.audit_all(work).leaks)


def month(service: Service, first: date) -> queries.Month:
    with people.working(service, MANAGER, reading=True) as work:
        found = queries.open_month(work, HACKNEY, first)
        assert found.intact
        assert publication(found, "Hackney").sheets
        assert as_json(found, HACKNEY)["tables"]
        return found


def test_somebody_corrected_after_release_is_in_a_revision_that_gives_nobody_away(
    sqlite_service: Service, clock: Clock
) -> None:
    clock.set(2026, 6, 10)
    cases = opened(sqlite_service, 6)
    clock.set(2026, 7, 2)
    people.published(sqlite_service, JUNE)
    before = month(sqlite_service, JUNE).record.body.tables
    correct_sex(sqlite_service, cases[0], Sex.MALE)
    with pytest.raises(RuleBroken, match="Say why they are revised"):
        people.published(sqlite_service, JUNE)
    people.published(sqlite_service, JUNE, reason="A sex was corrected.")
    found = month(sqlite_service, JUNE)
    assert (found.marks, found.record.number) == (" [r]", 2)
    assert not leaks(sqlite_service)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        first = queries.register_of(work, HACKNEY)[-1]
        assert (first.number, first.state, first.body.tables) == (1, ReleaseState.APPROVED, before)


@pytest.mark.parametrize("rule", [Rule.ROUND_5, Rule.HIDE_1_TO_4])
def test_two_who_turn_out_to_be_one_after_release_leave_a_quarters_end_that_can_be_approved(
    sqlite_service: Service, clock: Clock, rule: Rule
) -> None:
    clock.set(2026, 6, 10)
    cases = opened(sqlite_service, 9)
    clock.set(2026, 7, 2)
    people.published(sqlite_service, JUNE, rule=rule)
    clock.set(2026, 8, 5)
    acts.join(sqlite_service, cases[0], cases[1])
    clock.set(2026, 10, 2)
    if rule is Rule.ROUND_5:
        people.published(sqlite_service, SEPTEMBER, rule=rule)
        assert not month(sqlite_service, SEPTEMBER).left_out
    else:
        # Nine were published and hidden figures are exact, so eight with nobody gone cannot be true beside them.
        with pytest.raises(RuleBroken, match="without who came, left") as refused:
            people.published(sqlite_service, SEPTEMBER, rule=rule)
        assert refused.value.code in {"statistics.audit", "statistics.leak"}
        sent_back_by_the_approver(sqlite_service)
        people.published(sqlite_service, SEPTEMBER, rule=rule, without_flows=True)
        found = month(sqlite_service, SEPTEMBER)
        assert set(found.left_out) == FLOWS
        assert not FLOWS & found.tables.keys()
        assert "young people who came in the quarter" in left_out(found)
        assert as_json(found, HACKNEY)["left_out"] == left_out(found)
        assert left_out(found) in publication(found, "Hackney").sheets[0].lines
    assert not leaks(sqlite_service)


def sent_back_by_the_approver(service: Service) -> None:
    with people.working(service, reading=True) as work:
        stuck = work.session.query(MonthlyRelease).filter(MonthlyRelease.state == ReleaseState.REVIEWED).one().id
    with people.working(service, MANAGER) as work:
        commands.send_back(work, queries.waiting(work, stuck), note="Two records became one.")


def test_a_revision_of_hidden_figures_that_is_refused_can_be_made_by_rounding(
    sqlite_service: Service, clock: Clock
) -> None:
    clock.set(2026, 7, 10)
    cases = opened(sqlite_service, 9)
    clock.set(2026, 8, 3)
    people.published(sqlite_service, date(2026, 7, 1), rule=Rule.HIDE_1_TO_4)
    acts.join(sqlite_service, cases[0], cases[1])
    reason = "Two records became one."
    with people.working(sqlite_service, reading=True) as work:
        shown = queries.approved_month(work, HACKNEY, date(2026, 7, 1))
        assert shown is not None
        assert shown.tables[Design.YOUNG_PEOPLE].text(GRAND_TOTAL) == "9"
    # As it stood at the end of July there are nine or eight: either way the rounded revision says nothing certain.
    people.published(sqlite_service, date(2026, 7, 1), rule=Rule.ROUND_5, reason=reason)
    assert not leaks(sqlite_service)


def counted(service: Service, gss: str, first: date) -> dict[str, int]:
    with people.working(service) as work:
        found = commands.count_month(work, gss, first)
        wanted = (Design.YOUNG_PEOPLE, Design.JOINED, Design.LEFT)
        return {each.value: found[each].cells[GRAND_TOTAL] for each in wanted}


@pytest.mark.parametrize("rule", [Rule.ROUND_5, Rule.HIDE_1_TO_4])
def test_somebody_who_moves_to_another_borough_after_release_leaves_there_and_comes_here(
    sqlite_service: Service, clock: Clock, rule: Rule
) -> None:
    december = date(2026, 12, 1)
    clock.set(2026, 9, 10)
    cases = opened(sqlite_service, 9)
    clock.set(2026, 10, 2)
    people.published(sqlite_service, SEPTEMBER, rule=rule)
    was = counted(sqlite_service, HACKNEY, SEPTEMBER)
    clock.set(2026, 11, 10)
    claim = moves.claim_on(sqlite_service, cases[0])
    moves.accept(sqlite_service, claim)
    moves.take_over(sqlite_service, claim)
    clock.set(2027, 1, 5)
    assert counted(sqlite_service, HACKNEY, december) == {"young-people": 8, "joined": 0, "left": 1}
    assert counted(sqlite_service, ISLINGTON, december) == {"young-people": 1, "joined": 1, "left": 0}
    # Where somebody was is not changed by where they went: the month that is out stands, and so would a revision.
    assert counted(sqlite_service, HACKNEY, SEPTEMBER) == was == {"young-people": 9, "joined": 9, "left": 0}
    assert counted(sqlite_service, ISLINGTON, SEPTEMBER)["young-people"] == 0
    if rule is Rule.ROUND_5:
        people.published(sqlite_service, december, rule=rule)
        people.published(sqlite_service, SEPTEMBER, rule=rule, reason="A case was handed over.")
        assert month(sqlite_service, SEPTEMBER).marks == " [r]"
    else:
        # Nine before and eight after with nobody new: the one who went follows from what is shown.
        with pytest.raises(RuleBroken, match="give somebody away") as refused:
            people.published(sqlite_service, december, rule=rule)
        assert refused.value.code == "statistics.leak"
    assert not leaks(sqlite_service)
