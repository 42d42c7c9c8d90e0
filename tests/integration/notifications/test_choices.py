"""Who is written to, when, and that nobody's leaving loses a message."""

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from cse_tracker.app import Service
from cse_tracker.demo.accounts import ACCOUNTS
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import Post, User
from cse_tracker.notifications import commands, posting, queries
from cse_tracker.notifications.model import MessageKind, MessageState, OutgoingMessage, WhyDropped
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.notifications.test_delivery import deliver, fail, outbox, recorded, through
from tests.store import Clock, MailBag

RECORDS = "records@demo.example"
KINDS = (MessageKind.CASE_NOTICE, MessageKind.REFERRAL_DECIDED, MessageKind.LEVEL_TO_SIGN)


def choose(service: Service, email: str, rhythm: Rhythm, *, nights: bool = False) -> None:
    with people.working(service, email) as work:
        commands.choose(work, rhythm, nights=nights)


def tell(service: Service, email: str, *kinds: MessageKind) -> None:
    """Write messages to somebody, each about another record."""
    with people.working(service, email) as work:
        me = work.actor.user_id
        assert me is not None
        for number, kind in enumerate(kinds):
            posting.post(work, [me], kind, me if number == 0 else UUID(int=number))


def leave(service: Service, *emails: str) -> None:
    """Switch accounts off, as when somebody leaves."""
    with people.working(service) as work:
        gone = [identity.email_tokens(work, email)[0] for email in emails]
        for user in work.session.scalars(select(User).where(User.email_token.in_(gone))):
            user.active = False


def to(mail: MailBag) -> list[str]:
    return [letter["To"].addresses[0].addr_spec for letter in mail.sent]


def test_a_digest_holds_all_that_could_wait_and_goes_once(service: Service, mail: MailBag, clock: Clock) -> None:
    choose(service, people.POLICE, Rhythm.DAILY)
    tell(service, people.POLICE, *KINDS)
    assert deliver(service) == 0
    clock.set(2026, 11, 17, 8)
    assert deliver(service) == 1
    (letter,) = mail.sent
    assert letter["Subject"] == "3 messages from the case tracker"
    assert letter.get_content().count("http://") == 3
    assert deliver(service) == 0
    assert {row.state for row in outbox(service)} == {MessageState.SENT}
    assert recorded(service, "message.sent") == 3


def test_a_digest_that_fails_comes_again_under_the_same_id(
    sqlite_service: Service, mail: MailBag, clock: Clock
) -> None:
    choose(sqlite_service, people.POLICE, Rhythm.DAILY)
    tell(sqlite_service, people.POLICE, *KINDS)
    clock.set(2026, 11, 17, 8)
    seen: list[str] = []

    def refuse(letter: EmailMessage) -> None:
        seen.append(str(letter["Message-ID"]))
        fail(letter)

    deliver(sqlite_service, through(sqlite_service, refuse))
    clock.advance(minutes=1)
    assert deliver(sqlite_service) == 1
    assert str(mail.sent[0]["Message-ID"]) in seen


def test_what_is_urgent_comes_at_once_at_night_and_outside_every_digest(
    sqlite_service: Service, mail: MailBag, clock: Clock
) -> None:
    choose(sqlite_service, people.LEAD, Rhythm.DAILY)
    clock.set(2026, 11, 16, 23)
    people.refer(sqlite_service)
    assert deliver(sqlite_service) == 1, "the lead officer hears of the referral, the receipt waits for the morning"
    assert to(mail) == [people.LEAD]
    clock.set(2026, 11, 17, 7)
    assert deliver(sqlite_service) == 1
    assert to(mail) == [people.LEAD, people.POLICE]


def test_whoever_wants_mail_by_night_gets_it_and_a_second_try_keeps_to_the_night(
    sqlite_service: Service, mail: MailBag, clock: Clock
) -> None:
    clock.set(2026, 11, 16, 19, 59)
    tell(sqlite_service, people.HEALTH, MessageKind.CASE_NOTICE)
    deliver(sqlite_service, through(sqlite_service, fail))
    (row,) = outbox(sqlite_service)
    assert row.due_at == datetime(2026, 11, 17, 7, 0, tzinfo=UTC)
    choose(sqlite_service, people.POLICE, Rhythm.AT_ONCE, nights=True)
    clock.set(2026, 11, 16, 23)
    tell(sqlite_service, people.POLICE, MessageKind.CASE_NOTICE)
    assert deliver(sqlite_service) == 1
    assert to(mail) == [people.POLICE]


def test_a_new_choice_holds_for_what_waits_already(sqlite_service: Service, mail: MailBag) -> None:
    choose(sqlite_service, people.POLICE, Rhythm.DAILY)
    tell(sqlite_service, people.POLICE, *KINDS)
    choose(sqlite_service, people.POLICE, Rhythm.AT_ONCE)
    assert deliver(sqlite_service) == 3
    assert len(mail.sent) == 3


def vacant(service: Service) -> None:
    with people.working(service) as work:
        work.session.execute(delete(Post).where(Post.borough_gss == people.HACKNEY))


def test_a_vacant_post_loses_no_message(service: Service, mail: MailBag) -> None:
    vacant(service)
    people.refer(service)
    deliver(service)
    assert sorted(to(mail)) == sorted([people.POLICE, people.LEAD, people.DEPUTY])


def test_a_message_to_one_who_left_before_it_was_sent_goes_to_who_leads_now(service: Service, mail: MailBag) -> None:
    people.refer(service)
    leave(service, people.LEAD)
    deliver(service)
    assert sorted(to(mail)) == sorted([people.POLICE, people.DEPUTY])
    assert recorded(service, "message.readdressed") == 1


def test_where_nobody_leads_at_all_an_operator_finds_the_message_and_sends_it_later(
    service: Service, mail: MailBag, clock: Clock
) -> None:
    leave(service, people.LEAD, people.DEPUTY)
    people.refer(service)
    deliver(service)
    assert to(mail) == [people.POLICE]
    with people.working(service, RECORDS) as work:
        (letter,) = queries.dead_letters(work)
        assert (letter.message.kind, letter.agency) == (MessageKind.REFERRAL_ARRIVED, None)
    with pytest.raises(RuleBroken), people.working(service, RECORDS) as work:
        commands.retry(work, queries.dead_letter(work, letter.message.id))
    with people.working(service) as work:
        gone = work.session.scalars(select(User).where(User.active.is_(False)))
        next(iter(gone)).active = True
    with people.working(service, RECORDS) as work:
        commands.retry(work, queries.dead_letter(work, letter.message.id))
    assert deliver(service) == 1
    assert to(mail)[-1] in {people.LEAD, people.DEPUTY}
    assert recorded(service, "message.retried") == 1


def dead_message(service: Service, clock: Clock) -> OutgoingMessage:
    tell(service, people.POLICE, MessageKind.CASE_NOTICE)
    for _ in range(12):
        deliver(service, through(service, fail))
        # Each time by day: by night it would rest.
        clock.advance(days=1)
    return outbox(service)[0]


def test_operators_alone_see_and_mend_what_was_given_up(
    sqlite_service: Service, mail: MailBag, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    row = dead_message(sqlite_service, clock)
    assert '"message.dead"' in caplog.text
    assert row.state is MessageState.DEAD
    for email in (account.email for account in ACCOUNTS if account.email != RECORDS):
        with pytest.raises(NotPermitted), people.working(sqlite_service, email) as work:
            queries.dead_letters(work)
        with pytest.raises(NotFound), people.working(sqlite_service, email) as work:
            queries.dead_letter(work, row.id)
    with people.working(sqlite_service, RECORDS) as work:
        letter = queries.dead_letter(work, row.id)
        assert letter.agency == "Metropolitan Police, Central East"
        commands.drop(work, letter, WhyDropped.TOLD_OTHERWISE)
    with pytest.raises(NotFound), people.working(sqlite_service, RECORDS) as work:
        queries.dead_letter(work, row.id)
    clock.advance(days=3)
    assert deliver(sqlite_service) == 0
    assert recorded(sqlite_service, "message.dropped") == 1


def test_a_server_that_is_down_is_not_asked_for_every_letter(sqlite_service: Service) -> None:
    with people.working(sqlite_service, people.POLICE) as work:
        assert work.actor.user_id is not None
        for number in range(1, 40):
            posting.post(work, [work.actor.user_id], MessageKind.CASE_NOTICE, UUID(int=number))
    asked: list[EmailMessage] = []

    def refuse(letter: EmailMessage) -> None:
        asked.append(letter)
        fail(letter)

    deliver(sqlite_service, through(sqlite_service, refuse))
    assert len(asked) == 10
