"""Hidden figures and what is put right after they were published: no later release says who or how many it was."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.disclosure.model import cell_key
from cse_tracker.disclosure.release import HIDDEN, Rule
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Sex
from cse_tracker.records.keys import unlock
from cse_tracker.statistics.categories import AGE, SEX
from cse_tracker.statistics.designs import QUARTERLY, Design
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.integration.joining import acts
from tests.integration.statistics.test_corrected import leaks, month, opened, sent_back_by_the_approver
from tests.people import LEAD
from tests.store import Clock

JUNE, JULY, SEPTEMBER = date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1)
WHY = "A record was put right."


@pytest.fixture
def june(sqlite_service: Service, clock: Clock) -> list[Case]:
    """Nine girls from 13 to 15 in a June that is published, hidden where there are 1 to 4; it is August now."""
    clock.set(2026, 6, 10)
    cases = opened(sqlite_service, 9)
    clock.set(2026, 7, 2)
    publish(sqlite_service, JUNE)
    clock.set(2026, 8, 5)
    return cases


def publish(service: Service, first: date, **how: Any) -> None:
    people.published(service, first, rule=Rule.HIDE_1_TO_4, **how)


def correct(service: Service, case: Case, **what: Any) -> None:
    with people.working(service, LEAD) as work:
        person = work.session.get_one(Person, case.person_id)
        unlock(work.session, [person.compartment_id])
        head = replace(person.head, **what)
        person_commands.correct(work, person, head, person.body, reason="The school’s record is right.")


def shown(service: Service, first: date, dimension: str, *categories: str) -> list[str]:
    table = month(service, first).tables[Design.YOUNG_PEOPLE]
    return [table.text(cell_key((dimension, each))) for each in categories]


@pytest.mark.parametrize(
    ("what", "dimension", "categories"),
    [
        pytest.param({"date_of_birth": date(2010, 1, 5)}, "age", AGE[1:3], id="another age band"),
        pytest.param({"sex": Sex.MALE}, "sex", SEX[:2], id="another sex"),
    ],
)
def test_one_who_is_put_right_is_alone_in_no_figure_of_any_release(
    sqlite_service: Service,
    clock: Clock,
    june: list[Case],
    what: dict[str, Any],
    dimension: str,
    categories: tuple[str, ...],
) -> None:
    assert shown(sqlite_service, JUNE, dimension, *categories) == ["9", "0"]
    correct(sqlite_service, june[0], **what)
    publish(sqlite_service, JUNE, reason=WHY)
    publish(sqlite_service, JULY)
    clock.set(2026, 10, 2)
    publish(sqlite_service, SEPTEMBER)
    for first, marks in ((JUNE, " [r]"), (JULY, ""), (SEPTEMBER, "")):
        assert shown(sqlite_service, first, dimension, *categories) == [HIDDEN, HIDDEN], first
        assert (month(sqlite_service, first).marks, month(sqlite_service, first).record.body.reason != "") == (
            marks,
            marks != "",
        )
    assert not leaks(sqlite_service)


def test_one_who_was_18_all_the_time_and_nobody_knew_leaves_a_quarter_to_be_told_without_its_flows(
    sqlite_service: Service, clock: Clock, june: list[Case]
) -> None:
    # In public nobody was 16 or 17 at the beginning and nobody came: so nobody can have turned 18.
    correct(sqlite_service, june[0], date_of_birth=date(2008, 8, 15))
    clock.set(2026, 10, 2)
    with pytest.raises(RuleBroken, match="contradict one another, as after a correction") as refused:
        publish(sqlite_service, SEPTEMBER)
    assert "without who came, left and changed" in refused.value.message
    sent_back_by_the_approver(sqlite_service)
    publish(sqlite_service, SEPTEMBER, without_flows=True)
    assert shown(sqlite_service, SEPTEMBER, "age", AGE[1], AGE[3]) == [HIDDEN, HIDDEN]
    assert set(month(sqlite_service, SEPTEMBER).left_out) == QUARTERLY
    assert not leaks(sqlite_service)


def test_two_who_were_one_are_in_no_hidden_revision_and_the_refusal_says_which_figures(
    sqlite_service: Service, clock: Clock, june: list[Case]
) -> None:
    acts.join(sqlite_service, june[0], june[1])
    with pytest.raises(RuleBroken) as refused:
        publish(sqlite_service, JUNE, reason=WHY)
    assert refused.value.code == "statistics.leak"
    words = refused.value.message
    assert (
        "how many were corrected in joined, E09000012, 2026-04 to 2026-06, edition 2: the grand total follows from "
        "joined, E09000012, 2026-04 to 2026-06: the grand total; joined, E09000012, 2026-04 to 2026-06, edition 2: "
    ) in words
    assert "Frame(" not in words
    sent_back_by_the_approver(sqlite_service)
    publish(sqlite_service, JULY)
    assert month(sqlite_service, JUNE).record.number == 1, "what was refused never came into public"
    assert not leaks(sqlite_service)
