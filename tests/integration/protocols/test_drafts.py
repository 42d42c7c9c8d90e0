"""A protocol becomes a version by two people, is never changed afterwards, and moves no case by itself."""

from datetime import date

import pytest
from sqlalchemy import text

from cse_tracker.app import Service
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments import queries as assessment_queries
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import DutyState
from cse_tracker.protocols import commands, queries
from cse_tracker.protocols.model import DraftState, ProtocolVersion, VersionChanged
from cse_tracker.rulebook.differences import differences
from cse_tracker.rulebook.document import InvalidProtocol, ProtocolDocument, parse, template, to_yaml
from cse_tracker.rulebook.lines import line_of
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.store import Clock

TODAY, TOMORROW = date(2026, 11, 16), date(2026, 11, 17)


def shorter(days: int = 3) -> ProtocolDocument:
    """The shipped protocol with a planning meeting within so many working days."""
    contents = template().model_dump(mode="json", exclude_none=True)
    contents["levels"][1]["responses"][0]["amount"] = days
    contents["meeting_types"][0]["invite_lead_working_days"] = 1
    return ProtocolDocument.model_validate(contents)


def drafted(service: Service, document: ProtocolDocument, *, day: date = TOMORROW) -> None:
    with people.working(service, people.LEAD) as work:
        draft = commands.start_draft(work, document, borough_gss=people.HACKNEY)
        commands.submit(work, draft, in_force_from=day)


def act(service: Service, email: str, what: str) -> None:
    with people.working(service, email) as work:
        draft = queries.of_borough(work, people.HACKNEY)[1][0]
        getattr(commands, what)(work, draft)


def test_a_second_person_approves_and_then_it_is_in_force(service: Service, clock: Clock) -> None:
    drafted(service, shorter())
    with pytest.raises(RuleBroken, match="has not worked on it"):
        act(service, people.LEAD, "approve")
    with pytest.raises(NotFound):
        act(service, people.OTHER_LEAD, "approve")
    with pytest.raises(NotFound):
        act(service, people.POLICE, "approve")
    act(service, people.MANAGER, "approve")
    clock.advance(days=1)
    with people.working(service, people.LEAD, reading=True) as work:
        now = queries.in_force(work, people.HACKNEY)
        assert (now.number, now.document) == (2, shorter())
        draft = queries.of_borough(work, people.HACKNEY)[1][0]
        assert (draft.state, draft.version_id) == (DraftState.APPROVED, now.version_id)
    for what in ("approve", "take_back", "withdraw"):
        with pytest.raises((RuleBroken, NotPermitted)):
            act(service, people.DEPUTY, what)


def test_a_draft_that_was_submitted_is_not_changed_until_it_is_taken_back(service: Service) -> None:
    drafted(service, shorter())
    with people.working(service, people.LEAD) as work, pytest.raises(RuleBroken, match="Take it back"):
        commands.save_draft(work, queries.of_borough(work, people.HACKNEY)[1][0], shorter(4))
    act(service, people.LEAD, "take_back")
    with people.working(service, people.DEPUTY) as work:
        commands.save_draft(work, queries.of_borough(work, people.HACKNEY)[1][0], shorter(4))
    with pytest.raises(RuleBroken, match="has not been submitted"):
        act(service, people.MANAGER, "approve")


def test_whoever_changed_it_in_between_cannot_approve_it(service: Service) -> None:
    with people.working(service, people.LEAD) as work:
        commands.start_draft(work, shorter(), borough_gss=people.HACKNEY)
    for email, days in ((people.DEPUTY, 4), (people.LEAD, 5)):
        with people.working(service, email) as work:
            commands.save_draft(work, queries.of_borough(work, people.HACKNEY)[1][0], shorter(days))
    with people.working(service, people.LEAD) as work:
        commands.submit(work, queries.of_borough(work, people.HACKNEY)[1][0], in_force_from=TOMORROW)
    with pytest.raises(RuleBroken, match="has not worked on it"):
        act(service, people.DEPUTY, "approve")
    act(service, people.MANAGER, "approve")


def test_a_version_is_never_changed(service: Service) -> None:
    with people.working(service, people.LEAD) as work:
        version = queries.of_borough(work, people.HACKNEY)[0][0]
        kept = work.session.get_one(ProtocolVersion, version.id)
        kept.text = to_yaml(shorter())
        with pytest.raises(VersionChanged):
            work.session.flush()
        work.session.rollback()


def test_it_begins_on_its_day_and_not_before(service: Service, clock: Clock) -> None:
    for day in (date(2026, 11, 15), TODAY):
        with pytest.raises(RuleBroken, match="tomorrow or later"):
            drafted(service, shorter(), day=day)
    drafted(service, shorter(), day=date(2026, 11, 20))
    act(service, people.MANAGER, "approve")
    for at, number in ((19, 1), (20, 2)):
        clock.set(2026, 11, at, 12)
        with people.working(service, people.LEAD, reading=True) as work:
            assert queries.in_force(work, people.HACKNEY).number == number


def test_what_nobody_in_the_borough_could_do_is_refused(service: Service) -> None:
    contents = template().model_dump(mode="json", exclude_none=True)
    contents["levels"][0]["responses"][0]["owner"] = "secure_unit"
    contents["meeting_types"][0] |= {"required_agencies": ["social_care", "asylum", "housing"], "quorum": 3}
    with pytest.raises(RuleBroken, match=r"secure unit.*never be quorate: 1 of"):
        drafted(service, ProtocolDocument.model_validate(contents))


def decided(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case


def version_of(service: Service, case: Case) -> int:
    with people.working(service, people.LEAD, reading=True) as work:
        return case_commands.protocol_of(work, cases.open_case(work, case.id).case).number


def test_a_case_stays_under_its_version_until_it_is_moved(service: Service, clock: Clock) -> None:
    case = decided(service)
    with people.working(service, people.LEAD, reading=True) as work:
        (before,) = [each for each in duties.about(work, case.id) if each.body.rule_key == "planning_meeting"]
    drafted(service, shorter())
    act(service, people.MANAGER, "approve")
    clock.advance(days=1)
    assert version_of(service, case) == 1
    people.decide(service, case, 2)
    with people.working(service, people.LEAD, reading=True) as work:
        (same,) = [each for each in duties.about(work, case.id) if each.body.rule_key == "planning_meeting"]
        assert (same.due_at, same.state) == (before.due_at, DutyState.PENDING)
    with people.working(service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True).case
        assessments.move_to_version(work, row, reason="Agreed by the board.")
    assert version_of(service, case) == 2
    with people.working(service, people.LEAD, reading=True) as work:
        found = [each for each in duties.about(work, case.id) if each.body.rule_key == "planning_meeting"]
        assert [each.state for each in found] == [DutyState.PENDING, DutyState.SUPERSEDED]
        assert found[0].due_at < before.due_at
        assert "version 2" in found[0].body.sentence
        history = assessment_queries.history(work, cases.open_case(work, case.id).case)
        assert {each.body.protocol_version_id for each in history.levels} == {before.body.protocol_version_id}
    with people.working(service, people.LEAD) as work, pytest.raises(RuleBroken, match="already"):
        assessments.move_to_version(work, cases.open_case(work, case.id).case, reason="Again.")


def test_the_preview_names_the_cases_in_sight_and_changes_none(service: Service) -> None:
    case = decided(service)
    contents = template().model_dump(mode="json", exclude_none=True)
    contents["level_rules"][4]["when"] = {"any_of": ["older_boyfriend"]}
    after = ProtocolDocument.model_validate(contents)
    with people.working(service, people.LEAD, reading=True) as work:
        found = assessment_queries.preview(work, people.HACKNEY, template(), after)
        assert (found.cases, found.raised, found.lowered) == (1, 1, 0)
        assert [(each.case.id, each.suggested_now, each.suggested_then) for each in found.effects] == [
            (case.id, "Level two", "Level three")
        ]
    for email in (people.OTHER_LEAD, people.MANAGER):
        with people.working(service, email, reading=True) as work:
            hidden = assessment_queries.preview(work, people.HACKNEY, template(), after)
            assert (hidden.cases, hidden.effects) == (0, ())


def test_what_differs_is_named_entry_by_entry() -> None:
    found = differences(template(), shorter())
    assert [(each.chapter, each.where, each.before, each.after) for each in found] == [
        ("levels", "level two, responses, planning meeting, amount", "10", "3"),
        ("meeting types", "multi agency planning, invite lead working days", "5", "1"),
    ]
    assert differences(template(), parse(to_yaml(template()))) == ()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("number: 2\n", "number: 4\n", "levels"),
        ("quorum: 3", "quorum: 9", "meeting_types 1, quorum"),
        ("then: to_director", "then: to_service_manager", "escalations 1, then"),
        ("amount: 10\n    unit: working_days", "amount: 3\n    unit: clock_hours", "levels 2, responses 1"),
    ],
)
def test_a_mistake_is_refused_and_named_with_its_line(old: str, new: str, where: str) -> None:
    whole = to_yaml(template())
    place = whole.index(old, whole.index("key: level_two") if "amount" in old else 0)
    broken = whole[:place] + whole[place:].replace(old, new, 1)
    with pytest.raises(InvalidProtocol) as refused:
        parse(broken)
    assert refused.value.problems[0][0] == where
    line = line_of(broken, where)
    assert line is not None
    assert (
        where.rpartition(", ")[2].split()[0] in "\n".join(broken.splitlines()[max(0, line - 2) : line + 1]) or line > 1
    )


def test_the_database_holds_a_submitted_draft_to_its_day(service: Service) -> None:
    drafted(service, shorter())
    with service.store.engine.begin() as connection:
        assert connection.execute(text("SELECT in_force_from IS NOT NULL FROM protocol_draft")).scalar_one()
