"""Asking other boroughs: who is told what, before and after the lead officer agrees, and what both records say."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.access.matrix import Permission
from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.upkeep import renew_match_tokens
from cse_tracker.matching import commands, queries, rules
from cse_tracker.matching.model import Answer, AnswerState, Enquiry, MatchToken
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.blind import blinding_of
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.store import Clock, MailBag

BORN = date(2012, 3, 4)
REASON = "A referral came in and she says that she lived in Islington until May."


def known(service: Service, first: str = "Keira", last: str = "Marsh", born: date | None = BORN, **more: Any) -> UUID:
    """A young person whom Islington knows; gives their id."""
    details = PersonDetails(contact=more.pop("contact", ""))
    with people.working(service, people.OTHER_LEAD) as work:
        identity = Identity(first, last, date_of_birth=born, **more)
        return person_commands.add(work, identity, details, borough_gss=people.ISLINGTON).id


def question(first: str = "Kiera", last: str = "Marsh", born: date | None = BORN, **more: Any) -> commands.Question:
    contact, reason = more.pop("contact", ""), more.pop("reason", REASON)
    return commands.Question(identity=Identity(first, last, date_of_birth=born, **more), contact=contact, reason=reason)


def ask(service: Service, asked: commands.Question | None = None) -> UUID:
    with people.working(service, people.LEAD) as work:
        return commands.ask(work, asked or question(), borough_gss=people.HACKNEY).id


def answers(service: Service, enquiry_id: UUID) -> list[Answer]:
    with people.working(service, people.LEAD) as work:
        return list(queries.open_enquiry(work, enquiry_id).answers)


def answer(service: Service, enquiry_id: UUID, *, agree: bool) -> None:
    (found,) = answers(service, enquiry_id)
    with people.working(service, people.OTHER_LEAD) as work:
        held = queries.open_question(work, found.id, for_change=True)
        (commands.accept if agree else commands.decline)(work, held.answer, note="Ring me.")


def audited(service: Service, action: str) -> list[tuple[UUID | None, str | None]]:
    with people.working(service, reading=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.action == action))
        return [(row.object_id, row.borough_gss) for row in rows]


def test_a_record_elsewhere_is_said_to_exist_and_no_more(service: Service) -> None:
    known(service)
    enquiry_id = ask(service)
    (found,) = answers(service, enquiry_id)
    assert (found.borough_gss, found.state) == (people.ISLINGTON, AnswerState.WAITING)
    with people.working(service, people.LEAD) as work:
        assert queries.open_enquiry(work, enquiry_id).answers[0].body.disclosed is None


def test_who_it_is_is_disclosed_only_after_their_lead_officer_agrees(service: Service) -> None:
    known(service, nhs_number="9990000018")
    enquiry_id = ask(service)
    answer(service, enquiry_id, agree=True)
    with people.working(service, people.LEAD) as work:
        (found,) = queries.open_enquiry(work, enquiry_id).answers
        assert found.state is AnswerState.ACCEPTED
        assert found.body.disclosed == Identity("Keira", "Marsh", date_of_birth=BORN, nhs_number="9990000018")
        assert found.body.note == "Ring me."


def test_a_lead_officer_who_declines_discloses_nothing(service: Service) -> None:
    known(service)
    enquiry_id = ask(service)
    answer(service, enquiry_id, agree=False)
    with people.working(service, people.LEAD) as work:
        (found,) = queries.open_enquiry(work, enquiry_id).answers
        assert (found.state, found.body.disclosed, found.body.note) == (AnswerState.DECLINED, None, "Ring me.")


def test_an_answer_is_given_once_and_a_refusal_needs_words(sqlite_service: Service) -> None:
    known(sqlite_service)
    enquiry_id = ask(sqlite_service)
    (found,) = answers(sqlite_service, enquiry_id)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        held = queries.open_question(work, found.id, for_change=True)
        with pytest.raises(RuleBroken, match="Say why you decline"):
            commands.decline(work, held.answer, note=" ")
    answer(sqlite_service, enquiry_id, agree=False)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        held = queries.open_question(work, found.id, for_change=True)
        with pytest.raises(RuleBroken, match="answered already"):
            commands.accept(work, held.answer, note="")


def test_one_s_own_borough_is_not_asked(sqlite_service: Service) -> None:
    people.open_case(sqlite_service, first_name="Keira", last_name="Marsh", born=BORN)
    assert answers(sqlite_service, ask(sqlite_service)) == []


def test_somebody_of_the_same_sound_and_birthday_only_is_confirmed_or_left_out(sqlite_service: Service) -> None:
    # The token is found; opening the head shows that the names are too unlike to trouble anybody.
    known(sqlite_service, "Gary", "Mirza")
    with people.working(sqlite_service) as work:
        assert commands.holders_of(work, Identity("Keira", "Marsh", date_of_birth=BORN), "") == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"born": None}, "born"),
        ({"last": ""}, "last_name"),
        ({"first": " "}, "last_name"),
        ({"reason": "because"}, "reason"),
    ],
)
def test_a_question_without_a_birthday_a_whole_name_or_a_reason_is_refused(
    sqlite_service: Service, wrong: dict[str, Any], field: str
) -> None:
    with people.working(sqlite_service, people.LEAD) as work, pytest.raises(RuleBroken) as refused:
        commands.ask(work, question(**wrong), borough_gss=people.HACKNEY)
    assert refused.value.field == field


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.MANAGER])
def test_nobody_asks_in_another_borough_s_name(sqlite_service: Service, email: str) -> None:
    with people.working(sqlite_service, email) as work, pytest.raises(NotPermitted) as refused:
        commands.ask(work, question(), borough_gss=people.HACKNEY)
    assert refused.value.permission == Permission.MATCH_ASK


def test_each_side_sees_its_own_page_and_nobody_else_either(sqlite_service: Service) -> None:
    known(sqlite_service)
    enquiry_id = ask(sqlite_service)
    (found,) = answers(sqlite_service, enquiry_id)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        with people.working(sqlite_service, email) as work, pytest.raises(NotFound):
            queries.open_enquiry(work, enquiry_id)
    for email in (people.LEAD, people.POLICE, people.MANAGER):
        with people.working(sqlite_service, email) as work, pytest.raises(NotFound):
            queries.open_question(work, found.id)
    with people.working(sqlite_service, people.LEAD) as work:
        held = work.session.get_one(Answer, found.id)
        with pytest.raises(NotPermitted):
            commands.accept(work, held, note="")


def test_both_boroughs_records_show_the_question_and_the_answer(service: Service) -> None:
    known(service)
    enquiry_id = ask(service)
    (found,) = answers(service, enquiry_id)
    answer(service, enquiry_id, agree=True)
    assert audited(service, "match.asked") == [(enquiry_id, people.HACKNEY)]
    assert audited(service, "match.answer_wanted") == [(found.id, people.ISLINGTON)]
    assert audited(service, "match.answered") == [(found.id, people.ISLINGTON)]


def test_both_lead_officers_are_written_to_and_the_mails_name_nobody(service: Service, mail: MailBag) -> None:
    known(service)
    answer(service, ask(service), agree=True)
    with service.app.app_context():
        deliver_outbox(service.tools)
    said = {str(message["To"]): message.get_content() for message in mail.sent}
    assert {address.rpartition("<")[2].rstrip(">") for address in said} == {people.LEAD, people.OTHER_LEAD}
    assert "/matching/questions/" in said[next(to for to in said if people.OTHER_LEAD in to)]
    assert not any(name in str(message) for message in mail.sent for name in ("Keira", "Kiera", "Marsh", "2012"))


def test_asking_too_often_is_refused_and_recorded_and_possible_again_later(
    sqlite_service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "PER_USER", 2)
    for _ in range(2):
        ask(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        assert commands.too_often(work, people.HACKNEY)
        with pytest.raises(RuleBroken, match="Wait, or telephone"):
            commands.ask(work, question(), borough_gss=people.HACKNEY)
    assert audited(sqlite_service, "match.limit_reached")[0] == (None, people.HACKNEY)
    clock.advance(minutes=61)
    ask(sqlite_service)


def test_a_borough_as_a_whole_is_limited_by_the_day(
    sqlite_service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "PER_BOROUGH", 1)
    ask(sqlite_service)
    clock.advance(hours=2)
    with people.working(sqlite_service, people.LEAD) as work, pytest.raises(RuleBroken):
        commands.ask(work, question(), borough_gss=people.HACKNEY)
    clock.advance(hours=23)
    ask(sqlite_service)
    assert (rules.PER_USER, rules.PER_BOROUGH) == (20, 200)


def tokens(service: Service) -> set[int]:
    with people.working(service, reading=True) as work:
        return set(work.session.scalars(select(MatchToken.token)))


def test_tokens_follow_a_correction_of_who_it_is(service: Service) -> None:
    person_id = known(service, "Kira", "Mars", date(2011, 1, 1))
    before = tokens(service)
    assert answers(service, ask(service)) == []
    with people.working(service) as work:
        person = work.session.get_one(Person, person_id)
        person.head = replace(person.head, first_name="Keira", last_name="Marsh", date_of_birth=BORN)
    assert not tokens(service) & before
    assert len(answers(service, ask(service))) == 1
    with people.working(service) as work:
        person = work.session.get_one(Person, person_id)
        person.head = replace(person.head, date_of_birth=None)
    assert tokens(service) == set()


def test_tokens_go_with_the_person(service: Service) -> None:
    person_id = known(service)
    assert tokens(service)
    with people.working(service) as work:
        work.session.delete(work.session.get_one(Person, person_id))
    assert tokens(service) == set()


def test_no_two_tokens_of_a_person_share_anything_and_the_holder_opens_in_its_own_row_alone(service: Service) -> None:
    person_id = known(service, also_known_as="Kiki Stone", nhs_number="9990000018", contact="07700 900123")
    with people.working(service, reading=True) as work:
        rows = list(work.session.scalars(select(MatchToken)))
        blinding = blinding_of(work.session)
        assert len(rows) >= 5
        assert len({row.handle for row in rows}) == len({row.holder for row in rows}) == len(rows)
        assert len({len(row.holder) for row in rows}) == 1
        assert all(person_id.bytes not in row.handle + row.holder for row in rows)
        for row in rows:
            assert blinding.open_holder(row.token, row.handle, row.holder) == (person_id, people.ISLINGTON)
        with pytest.raises(Exception, match="could not be opened"):
            blinding.open_holder(rows[0].token, rows[1].handle, rows[1].holder)


@pytest.fixture
def without_any(service: Service) -> Service:
    """A store as it was before there were tokens."""
    known(service)
    with service.store.engine.begin() as connection:
        connection.execute(MatchToken.__table__.delete())  # type: ignore[attr-defined]
    return service


def test_a_store_older_than_tokens_gets_them_by_the_clock(without_any: Service) -> None:
    service = without_any
    assert answers(service, ask(service)) == []
    with service.app.app_context():
        assert renew_match_tokens(service.tools) == 1
        assert renew_match_tokens(service.tools) == 0
    assert len(answers(service, ask(service))) == 1


def test_tokens_of_an_older_match_key_are_replaced_and_dropped(service: Service) -> None:
    known(service)
    with service.store.engine.begin() as connection:
        connection.execute(MatchToken.__table__.update().values(key_version=0))  # type: ignore[attr-defined]
    with service.app.app_context():
        assert renew_match_tokens(service.tools) == 1
    with people.working(service, reading=True) as work:
        assert set(work.session.scalars(select(MatchToken.key_version))) == {1}
    assert len(answers(service, ask(service))) == 1


def test_the_overview_shows_each_borough_its_own(sqlite_service: Service) -> None:
    known(sqlite_service)
    enquiry_id = ask(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        mine = queries.overview(work)
        assert [one.enquiry.id for one in mine.asked] == [enquiry_id]
        assert (mine.waiting, queries.waiting(work)) == ((), 0)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        theirs = queries.overview(work)
        assert [one.enquiry.id for one in theirs.waiting] == [enquiry_id]
        assert (theirs.asked, queries.waiting(work)) == ((), 1)
    with people.working(sqlite_service, people.POLICE) as work, pytest.raises(NotPermitted):
        queries.overview(work)


def test_a_question_that_finds_nobody_is_kept_all_the_same(sqlite_service: Service) -> None:
    ask(sqlite_service)
    with people.working(sqlite_service, reading=True) as work:
        assert len(work.session.scalars(select(Enquiry)).all()) == 1
