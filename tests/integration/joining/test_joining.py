"""Two cases of one young person are put together by two lead officers, lose nothing, count once, and come apart."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.attachments import commands as attachments
from cse_tracker.attachments import queries as attachment_queries
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.casework import commands as casework
from cse_tracker.casework import queries as casework_queries
from cse_tracker.casework.rules import Relation, Warning  # noqa: A004
from cse_tracker.duties import queries as duties
from cse_tracker.emergency import commands as emergency
from cse_tracker.emergency.model import Ground
from cse_tracker.intelligence import queries as links
from cse_tracker.joining import commands
from cse_tracker.joining.model import Joining, JoiningState
from cse_tracker.matching import commands as matching
from cse_tracker.meetings import queries as meetings
from cse_tracker.missing import queries as missing
from cse_tracker.notifications.model import MessageKind
from cse_tracker.people import queries as person_queries
from cse_tracker.people.rules import Identity
from cse_tracker.records.dossier import gather, record_kinds
from cse_tracker.referrals import queries as referrals
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.search import queries as search
from cse_tracker.statistics.counting import young_people
from cse_tracker.statistics.periods import month_of
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work
from tests import papers, people
from tests.integration.closings import acts as closings
from tests.integration.intelligence import acts as intelligence
from tests.integration.joining import acts
from tests.integration.meetings.test_meetings import schedule
from tests.integration.missing import acts as gone
from tests.integration.referrals.acts import messages
from tests.store import Clock


def two_cases(service: Service, **changes: Any) -> tuple[Case, Case]:
    """One young person known twice: under a misspelt name, and under her own at level two."""
    other = people.open_case(service, first_name="Kiera", last_name="Marsh", born=date(2012, 3, 4), **changes)
    one = people.open_case(service, nhs_number="9990000018")
    people.assess(service, one, "older_boyfriend")
    people.decide(service, one, 2)
    return other, one


def fresh(service: Service, case: Case) -> Case:
    with people.working(service, people.LEAD, reading=True) as work:
        return case_queries.open_case(work, case.id).case


def belongings(work: Work, case: Case) -> dict[str, int]:
    return {
        "referrals": len(referrals.of_case(work, case.id)),
        "duties": len(duties.about(work, case.id)),
        "meetings": len(meetings.of_case(work, case.id)),
        "links": len(links.of_case(work, case)),
        "files": len(attachment_queries.of_case(work, case.id)),
        "entries": len(casework_queries.entries(work, case)),
        "episodes": len(missing.of_case(work, case)),
    }


def fill(service: Service, case: Case) -> None:
    """Give a case one of everything."""
    people.assess(service, case, "missing_once")
    people.certainty(service, case)
    intelligence.link(service, case.id)
    gone.report(service, case.id)
    schedule(service, case)
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        casework.enter(
            work,
            found,
            Warning(text="Two workers at a visit.", told=True, reason_not_told="", review_on=date(2027, 1, 4)),
        )
        casework.enter(work, found, Relation(relation="friend", name="Tia", text=""))
        attachments.add(work, found, name="letter.pdf", content=papers.pdf(), about="From school")


def test_it_takes_two_lead_officers_and_everything_goes_over_or_is_reached(service: Service) -> None:
    other, one = two_cases(service)
    fill(service, other)
    with people.working(service, people.LEAD) as work:
        before = belongings(work, other)
        own = belongings(work, one)
        assert all(before.values()), before
    joining_id = acts.propose(service, other, one)
    with pytest.raises(RuleBroken, match="other than the one who proposed"):
        acts.agree(service, joining_id, people.LEAD)
    acts.agree(service, joining_id)
    with people.working(service, people.LEAD) as work:
        ended = case_queries.open_case(work, other.id).case
        assert (ended.status, ended.merged_into_id) == (CaseStatus.MERGED, one.id)
        row = case_queries.open_case(work, one.id)
        asked_again = 1
        after = belongings(work, row.case)
        assert after == {name: own[name] + before[name] + (name == "duties") * asked_again for name in before}
        assert not any(belongings(work, ended).values())
        assert [each.id for each in case_queries.joined_to(work, row.case)] == [other.id]
        # One young person, found by either name, counted once.
        assert row.person.head.also_known_as == "Kiera Marsh"
        assert row.person.head.age_disputed
        assert [each.case.id for each in case_queries.cases_in_sight(work)] == [one.id]
        assert [each.person.id for each in search.find(work, "Kiera Marsh").shown] == [row.person.id]
        matched = person_queries.matches(work, Identity("Kiera", "Marsh"), about_id=one.id)
        assert [each.person.id for each in matched] == [row.person.id]
        # What must be kept, held or destroyed together is gathered together.
        dossier = gather(work.session, row.person.id)
        assert {other.id, one.id} <= dossier.ids
        assert len(dossier.rows["person"]) == 2


def test_undone_everything_is_where_it_was_with_what_came_of_it(service: Service, clock: Clock) -> None:
    other, one = two_cases(service)
    fill(service, other)
    with people.working(service, people.LEAD) as work:
        before = belongings(work, other), belongings(work, one)
        numbers = [entry.ordinal for entry in casework_queries.entries(work, fresh_in(work, other))]
        found = fresh_in(work, one)
        casework.enter(work, found, Relation(relation="friend", name="Before", text=""))
    joining_id = acts.join(service, other, one)
    clock.advance(days=1)
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, one.id, for_change=True).case
        warning, friend = casework_queries.entries(work, found)[1:3]
        assert warning.ordinal == 2
        casework.end(work, found, warning, until=date(2026, 11, 17))
        casework.strike_out(work, found, friend, reason="Not her friend.")
        casework.enter(work, found, Relation(relation="friend", name="After", text=""))
    acts.undo(service, joining_id)
    with people.working(service, people.LEAD) as work:
        row, came = case_queries.open_case(work, other.id), case_queries.open_case(work, one.id)
        assert (row.case.status, row.case.merged_into_id, row.case.left_at) == (CaseStatus.OPENED, None, None)
        assert row.person.id == other.person_id
        assert came.person.head.also_known_as == ""
        assert not came.person.head.age_disputed
        assert belongings(work, row.case) == {**before[0], "entries": before[0]["entries"] + 2}
        assert belongings(work, came.case) == {**before[1], "entries": 2, "duties": before[1]["duties"] + 1}
        entries = casework_queries.entries(work, row.case)
        assert [entry.ordinal for entry in entries] == [*numbers, 3, 4]
        # The warning has ended, the friend was struck out, and the review of the warning was met by its own number.
        assert [entry.body.replaces for entry in entries] == [None, None, 1, 2]
        reviews = [duty for duty in duties.about(work, row.case.id) if duty.body.satisfied_by.startswith("warning")]
        assert [(duty.body.satisfied_by, duty.is_open) for duty in reviews] == [("warning:1", False)]
        # Neither young person's records are sealed under the other's keys, so each can be destroyed alone.
        mine, theirs = gather(work.session, row.person.id), gather(work.session, came.person.id)
        assert not mine.compartments & theirs.compartments - joining_compartments(work)
        assert mine.ids & theirs.ids == {joining_id}
        joining = work.session.get_one(Joining, joining_id)
        assert joining.state is JoiningState.UNDONE
        assert (joining.body.held, joining.body.moved) == (None, ())


def test_of_two_that_went_in_each_comes_out_alone_and_leaves_nothing_behind(sqlite_service: Service) -> None:
    born, other_day = date(2012, 3, 3), date(2011, 5, 6)
    one = people.open_case(sqlite_service, born=born)
    first = people.open_case(sqlite_service, first_name="Ana", born=other_day, nhs_number="9990000018")
    second = people.open_case(sqlite_service, first_name="Bea", born=other_day, nhs_number="9990000026")

    def held() -> tuple[str, bool, str]:
        with people.working(sqlite_service, people.LEAD, reading=True) as work:
            head = case_queries.open_case(work, one.id).person.head
            return head.also_known_as, head.age_disputed, head.nhs_number

    before = held()
    came = [acts.join(sqlite_service, each, one) for each in (first, second)]
    assert held() == ("Ana Marsh, Bea Marsh", True, "9990000018")
    acts.undo(sqlite_service, came[0])
    assert held() == ("Bea Marsh", True, "9990000026")
    acts.undo(sqlite_service, came[1])
    assert held() == before == ("", False, "")


def fresh_in(work: Work, case: Case) -> Case:
    return case_queries.open_case(work, case.id, for_change=True).case


def joining_compartments(work: Work) -> set[Any]:
    return set(work.session.scalars(select(Joining.compartment_id)))


def test_joining_never_watches_less_nor_makes_less_serious(sqlite_service: Service) -> None:
    other, one = two_cases(sqlite_service)
    with pytest.raises(RuleBroken, match="is at the higher level"):
        acts.propose(sqlite_service, one, other)
    people.certainty(sqlite_service, other, Certainty.KNOWN)
    with pytest.raises(RuleBroken, match="recorded as known on case"):
        acts.propose(sqlite_service, other, one)
    people.certainty(sqlite_service, one, Certainty.KNOWN)
    for case in (other, one):
        gone.report(sqlite_service, case.id)
    with pytest.raises(RuleBroken, match="missing episode that is still open"):
        acts.propose(sqlite_service, other, one)


def test_a_closed_case_goes_into_an_open_one_and_never_the_other_way(sqlite_service: Service) -> None:
    over = closings.ready_case(sqlite_service, first_name="Keera")
    closings.close(sqlite_service, over)
    one = people.open_case(sqlite_service)
    people.assess(sqlite_service, one, "older_boyfriend")
    people.decide(sqlite_service, one, 2)
    left_at = fresh(sqlite_service, over).left_at
    with pytest.raises(RuleBroken, match="watched more closely"):
        acts.propose(sqlite_service, one, over)
    joining_id = acts.join(sqlite_service, over, one)
    acts.undo(sqlite_service, joining_id)
    found = fresh(sqlite_service, over)
    assert (found.status, found.left_at) == (CaseStatus.CLOSED, left_at)


def test_what_waits_for_an_answer_is_answered_first(sqlite_service: Service) -> None:
    other, one = two_cases(sqlite_service)
    ready = closings.ready_case(sqlite_service, first_name="Keera")
    closings.propose(sqlite_service, ready)
    with pytest.raises(RuleBroken, match="waits for an answer"):
        acts.propose(sqlite_service, ready, one)
    joining_id = acts.propose(sqlite_service, other, one)
    with pytest.raises(RuleBroken, match="waits for an answer already"):
        acts.propose(sqlite_service, other, one, people.DEPUTY)
    acts.refuse(sqlite_service, joining_id)
    with pytest.raises(RuleBroken, match="answered or undone already"):
        acts.agree(sqlite_service, joining_id)
    again = acts.propose(sqlite_service, other, one)
    # Between proposal and answer the level was raised: everything is checked again.
    people.assess(sqlite_service, other, "older_boyfriend", "missing_often")
    people.decide(sqlite_service, other, 3, override="Much worse since.")
    with pytest.raises(RuleBroken, match="higher level"):
        acts.agree(sqlite_service, again)
    assert fresh(sqlite_service, other).status is CaseStatus.ACTIVE


def test_a_case_of_another_borough_is_not_known_here(sqlite_service: Service) -> None:
    _, one = two_cases(sqlite_service)
    theirs = people.accept(
        sqlite_service, people.refer(sqlite_service, borough_gss=people.ISLINGTON), people.OTHER_LEAD
    )
    with pytest.raises(NotFound):
        acts.propose(sqlite_service, theirs, one)
    joining_id = acts.propose(sqlite_service, *two_cases_again(sqlite_service, one))
    with pytest.raises(NotFound):
        acts.agree(sqlite_service, joining_id, people.OTHER_LEAD)


def two_cases_again(service: Service, one: Case) -> tuple[Case, Case]:
    return people.open_case(service, first_name="Kiera", last_name="March"), one


def test_both_boroughs_and_emergencies_find_whoever_was_joined(sqlite_service: Service) -> None:
    other, one = two_cases(sqlite_service)
    acts.join(sqlite_service, other, one)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        held = matching.holders_of(work, Identity("Kiera", "Marsh", date_of_birth=date(2012, 3, 4)), "")
        assert [person.id for person, _ in held] == [one.person_id]
    with people.working(sqlite_service, people.HEALTH) as work:
        access = emergency.ask(
            work,
            emergency.EmergencyForm(
                borough_gss=people.HACKNEY, first_name="Kiera", last_name="Marsh", born=date(2012, 3, 4),
                ground=Ground.IN_FRONT_OF_ME, reason="She is in the waiting room and afraid to go home.",
            ),
        )  # fmt: skip
        assert access.case_id == one.id


def test_a_month_counts_whoever_was_joined_once(sqlite_service: Service, clock: Clock) -> None:
    other, one = two_cases(sqlite_service)
    clock.set(2026, 12, 3)
    period = month_of(datetime(2026, 11, 16, tzinfo=UTC))

    def counted() -> int:
        with people.working(sqlite_service, reading=True) as work:
            return sum(value for key, value in young_people(work, people.HACKNEY, period).cells.items() if is_sex(key))

    assert counted() == 2
    joining_id = acts.join(sqlite_service, other, one)
    assert counted() == 1
    acts.undo(sqlite_service, joining_id)
    assert counted() == 2


def is_sex(key: Any) -> bool:
    return "sex" in str(key)


def test_both_are_told_and_the_audit_holds_it(sqlite_service: Service) -> None:
    other, one = two_cases(sqlite_service)
    told = messages(sqlite_service, MessageKind.CASE_NOTICE)
    joining_id = acts.join(sqlite_service, other, one)
    assert messages(sqlite_service, MessageKind.CASE_NOTICE) - told >= 2
    acts.undo(sqlite_service, joining_id)
    with people.working(sqlite_service, reading=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.object_id == other.id)).all()
        actions = [row.action for row in rows if row.action.startswith("case.joining")]
        assert sorted(actions) == ["case.joining_answered"] * 2 + ["case.joining_proposed"]


def test_every_kind_of_row_about_a_case_goes_over_or_is_said_to_stay() -> None:
    """A room that comes later and numbers its rows within a case must be thought about here."""
    for kind in record_kinds():
        if kind.__tablename__ in commands.STAYS or not hasattr(kind, "ordinal"):
            continue
        # These are numbered within their meeting, or the minutes of it.
        if kind.__tablename__ in {"action", "agenda_item", "minute_section"}:
            continue
        points = {key.column.table.name for key in kind.__table__.foreign_keys}
        assert "case_" not in points or kind.__tablename__ == "case_entry", kind
    assert {kind.__tablename__ for kind in record_kinds()} >= commands.STAYS
