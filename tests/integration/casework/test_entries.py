"""A case's record: what may be entered, how it ends, and that nothing is ever changed or lost."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.casework import commands, queries
from cse_tracker.casework.rules import (
    OUTCOMES,
    AnyEntry,
    Contact,
    Kind,
    LegalFrame,
    Outcome,
    Placement,
    Relation,
    Way,
    problem_with,
)
from cse_tracker.casework.rules import Warning as Caution
from cse_tracker.duties import queries as duties
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.closings import acts
from tests.store import Clock

TODAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 10, tzinfo=ZoneInfo("Europe/London"))


def contact(outcome: Outcome = Outcome.NOT_REACHED, at: datetime = NOW) -> Contact:
    return Contact(at=at, way=Way.OUTREACH, outcome=outcome, who="", text="Waited at the station.")


def placement(code: str = "K2", since: date = date(2026, 11, 1), **more: Any) -> Placement:
    return Placement(code=code, provider="PR4", place="A home", since=since, **more)


def caution(review_on: date = date(2026, 12, 1), **more: Any) -> Caution:
    return Caution(
        text="Do not ring home.", review_on=review_on, told=more.get("told", True), reason_not_told=more.get("why", "")
    )


def enter(service: Service, case: Case, what: AnyEntry) -> int:
    with people.working(service, people.LEAD) as work:
        return commands.enter(work, case_queries.open_case(work, case.id, for_change=True).case, what).ordinal


def end(service: Service, case: Case, ordinal: int, until: date) -> None:
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        commands.end(work, found, queries.open_entry(work, found, ordinal), until=until)


def strike_out(service: Service, case: Case, ordinal: int) -> None:
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        commands.strike_out(work, found, queries.open_entry(work, found, ordinal), reason="Another case.")


def standing(service: Service, case: Case) -> list[tuple[Kind, bool]]:
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.entries(work, case_queries.open_case(work, case.id).case)
        return [(entry.kind, entry.holds_on(TODAY)) for entry in queries.standing(found)]


def test_every_kind_is_kept_sealed_and_read_back(service: Service) -> None:
    case = people.open_case(service)
    relation = Relation(relation="sibling", name="Zwartkoppie", text="At the same school.")
    for what in (contact(), placement(), LegalFrame(code="s47", since=TODAY), caution(), relation):
        enter(service, case, what)
    assert [kind for kind, _ in standing(service, case)] == list(reversed(Kind))
    with service.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM case_entry")).all()
    assert len(rows) == 5
    stored = b"".join(value for row in rows for value in row if isinstance(value, bytes))
    assert b"Zwartkoppie" not in stored
    assert b"warning" not in stored


def test_attempts_count_whatever_came_of_them(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    for outcome in Outcome:
        enter(sqlite_service, case, contact(outcome))
    strike_out(sqlite_service, case, 1)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = queries.entries(work, case_queries.open_case(work, case.id).case)
        assert queries.persistence(found) == queries.Persistence(len(OUTCOMES) - 1, 1)
        # What was struck out is still in the store.
        assert len(found) == len(OUTCOMES) + 1


def test_secure_accommodation_says_why_and_what_was_tried(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "justification"),
        ({"justification": "Her life is in danger."}, "alternatives"),
        ({"justification": " ", "alternatives": "Two homes."}, "justification"),
    ]
    for said, field in wrong:
        with pytest.raises(RuleBroken) as refused:
            enter(sqlite_service, case, placement("K1", **said))
        assert refused.value.field == field
    enter(sqlite_service, case, placement("K1", justification="Her life is in danger.", alternatives="Two homes."))


def test_placements_never_overlap(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    first = enter(sqlite_service, case, placement(since=date(2026, 10, 1)))
    with pytest.raises(RuleBroken, match="has not ended") as refused:
        enter(sqlite_service, case, placement(since=date(2026, 11, 1)))
    assert refused.value.field == "since"
    for wrong in (date(2026, 9, 30), TODAY + timedelta(days=1)):
        with pytest.raises(RuleBroken, match="between the day it began and today"):
            end(sqlite_service, case, first, wrong)
    end(sqlite_service, case, first, date(2026, 11, 1))
    with pytest.raises(NotFound):
        end(sqlite_service, case, first, date(2026, 11, 1))
    with pytest.raises(RuleBroken, match="has not ended"):
        enter(sqlite_service, case, placement(since=date(2026, 10, 31)))
    enter(sqlite_service, case, placement(since=date(2026, 11, 1)))
    assert standing(sqlite_service, case) == [(Kind.PLACEMENT, True), (Kind.PLACEMENT, False)]


def test_a_warning_is_reviewed_on_its_day(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    for wrong in (caution(TODAY), caution(told=False), caution(told=False, why="  ")):
        with pytest.raises(RuleBroken):
            enter(sqlite_service, case, wrong)
    ordinal = enter(sqlite_service, case, caution())
    mistaken = enter(sqlite_service, case, caution(told=False, why="It would put her at risk."))

    def reviews() -> list[str]:
        with people.working(sqlite_service, people.LEAD, reading=True) as work:
            found = [each for each in duties.about(work, case.id) if each.body.rule_key == "WARNING_REVIEW"]
            return sorted(duty.state.value for duty in found)

    assert reviews() == ["pending", "pending"]
    strike_out(sqlite_service, case, mistaken)
    clock.set(2026, 11, 20)
    end(sqlite_service, case, ordinal, date(2026, 11, 20))
    assert reviews() == ["met", "void"]
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = queries.entries(work, case_queries.open_case(work, case.id).case)
        assert queries.warnings_in_force(found, date(2026, 11, 20)) == []
        assert len(queries.warnings_in_force(found[:1], date(2026, 11, 20))) == 1


def test_only_lead_officers_of_the_borough_enter_and_only_on_an_open_case(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    with people.working(sqlite_service, people.OTHER_LEAD) as work, pytest.raises(NotPermitted):
        commands.enter(work, work.session.get_one(Case, case.id), contact())
    acts.close(sqlite_service, case)
    with pytest.raises(RuleBroken, match="not open"):
        enter(sqlite_service, case, contact())


@given(days=st.integers(-4000, 4000))
def test_nothing_is_entered_that_has_not_begun(days: int) -> None:
    day = TODAY + timedelta(days=days)
    for entry in (placement(since=day), LegalFrame(code="C2", since=day), contact(at=NOW + timedelta(days=days))):
        assert (problem_with(entry, now=NOW, today=TODAY) is not None) == (days > 0)
    assert (problem_with(caution(day), now=NOW, today=TODAY) is None) == (days > 0)


@pytest.mark.parametrize("wrong", ["", "K9", "k1", "V9"])
def test_a_code_that_there_is_none_of_is_refused(wrong: str) -> None:
    for entry in (
        placement(wrong),
        LegalFrame(code=wrong, since=TODAY),
        Relation(relation=wrong, name="A", text=""),
    ):
        assert problem_with(entry, now=NOW, today=TODAY) is not None
