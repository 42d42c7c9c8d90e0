"""The outbox delivers at least once, holds up nobody, and gives up on nobody too early."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity.model import User
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.job import Tools
from cse_tracker.notifications import commands, queries
from cse_tracker.notifications.mailers import MailFailed
from cse_tracker.notifications.model import MessageKind, MessageState, OutgoingMessage
from cse_tracker.work.errors import Conflict
from cse_tracker.work.unit import Work
from tests import people
from tests.store import Clock, MailBag

DUE = 2
RECORDS = "records@demo.example"


@dataclass
class Doing:
    """A mailer that does something with each letter, and keeps those on which that did not fail."""

    act: Callable[[EmailMessage], None]
    sent: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.act(message)
        self.sent.append(message)


class PowerCut(BaseException):
    """The process ends in the middle."""


def fail(_message: EmailMessage) -> None:
    raise MailFailed


def cut(_message: EmailMessage) -> None:
    raise PowerCut


def deliver(service: Service, tools: Tools | None = None) -> int:
    with service.app.app_context():
        return deliver_outbox(tools or service.tools)


def through(service: Service, act: Callable[[EmailMessage], None]) -> Tools:
    return replace(service.tools, mailer=Doing(act))


def outbox(service: Service) -> list[OutgoingMessage]:
    with people.working(service, reading=True) as work:
        return list(work.session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id)))


def standing(service: Service) -> set[tuple[MessageState, int, datetime]]:
    return {(row.state, row.attempts, row.due_at) for row in outbox(service)}


def recorded(service: Service, action: str) -> int:
    with people.working(service, reading=True) as work:
        return len(list(work.session.scalars(select(AuditEntry.action).where(AuditEntry.action == action))))


def ids(letters: list[EmailMessage]) -> list[str]:
    return [str(letter["Message-ID"]) for letter in letters]


def test_what_is_due_is_sent_once(service: Service, mail: MailBag) -> None:
    people.refer(service)
    assert deliver(service) == DUE
    assert deliver(service) == 0
    assert len(set(ids(mail.sent))) == len(mail.sent) == DUE
    assert {row.state for row in outbox(service)} == {MessageState.SENT}
    assert recorded(service, "message.sent") == DUE


def test_a_refused_letter_comes_back_later_and_later_under_the_same_id(
    service: Service, mail: MailBag, clock: Clock
) -> None:
    people.refer(service)
    refusing = through(service, fail)
    for attempts, minutes in ((1, 1), (2, 2), (3, 4)):
        assert deliver(service, refusing) == 0
        assert standing(service) == {(MessageState.WAITING, attempts, clock.now + timedelta(minutes=minutes))}
        assert deliver(service) == 0, "not before it is due"
        clock.advance(minutes=minutes)
    assert recorded(service, "message.failed") == 3 * DUE
    assert deliver(service) == DUE
    assert sorted(ids(mail.sent)) == sorted(f"<{row.id}@127.0.0.1>" for row in outbox(service))


def test_a_message_is_dead_after_twelve_refusals(sqlite_service: Service, clock: Clock) -> None:
    people.refer(sqlite_service)
    refusing = through(sqlite_service, fail)
    for _ in range(12):
        assert {row.state for row in outbox(sqlite_service)} == {MessageState.WAITING}
        deliver(sqlite_service, refusing)
        clock.advance(days=1)
    assert {row.state for row in outbox(sqlite_service)} == {MessageState.DEAD}
    assert deliver(sqlite_service) == 0


def test_no_transaction_is_open_while_a_letter_is_sent(service: Service) -> None:
    people.refer(service)
    session = service.tools.running.session

    def write(_message: EmailMessage) -> None:
        assert not session().in_transaction()
        # A context of its own has a session of its own: on SQLite it waits for whoever holds the one write lock.
        with people.working(service) as work:
            work.session.scalars(select(User).limit(1)).one().failures += 1

    assert deliver(service, through(service, write)) == DUE
    with people.working(service, reading=True) as work:
        assert sum(work.session.scalars(select(User.failures))) == DUE


def test_what_was_being_sent_when_the_process_died_is_sent_again_after_five_minutes(
    service: Service, mail: MailBag, clock: Clock
) -> None:
    people.refer(service)
    with pytest.raises(PowerCut):
        deliver(service, through(service, cut))
    assert deliver(service) == DUE - 1, "the claimed one is left alone"
    assert deliver(service) == 0
    clock.advance(minutes=5)
    assert deliver(service) == 1
    assert len(set(ids(mail.sent))) == DUE


def test_a_letter_that_was_cut_off_twice_is_put_before_a_person_and_not_sent_again(
    service: Service, mail: MailBag, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    people.refer(service)
    came: list[str] = []

    def come_and_be_cut(letter: EmailMessage) -> None:
        came.append(str(letter["Message-ID"]))
        raise PowerCut

    first = outbox(service)[0].id
    with people.working(service) as work:
        work.session.execute(delete(OutgoingMessage).where(OutgoingMessage.id != first))
    for _ in range(2):
        with pytest.raises(PowerCut):
            deliver(service, through(service, come_and_be_cut))
        clock.advance(minutes=5)
    for _ in range(2):
        assert deliver(service) == 0
        clock.advance(days=1)
    (row,) = outbox(service)
    assert (row.state, row.doubtful, len(set(came)), len(came)) == (MessageState.DEAD, True, 1, 2)
    assert mail.sent == []
    assert '"message.dead"' in caplog.text
    with people.working(service, RECORDS) as work:
        (letter,) = queries.dead_letters(work)
        commands.retry(work, letter)
    assert deliver(service) == 1
    assert ids(mail.sent) == came[:1]


def test_a_letter_that_was_cut_off_before_it_went_and_one_that_was_refused_may_come_later(
    sqlite_service: Service, clock: Clock
) -> None:
    people.refer(sqlite_service)
    for _ in range(3):
        # Killed after the claim, before anything went.
        for row in outbox(sqlite_service):
            with people.working(sqlite_service) as work:
                assert commands.claim(work, row.id)
        clock.advance(minutes=5)
    for _ in range(3):
        deliver(sqlite_service, through(sqlite_service, fail))
        clock.advance(days=1)
    assert {(row.state, row.unsettled) for row in outbox(sqlite_service)} == {(MessageState.WAITING, 0)}
    assert deliver(sqlite_service) == DUE


def test_whoever_s_claim_ran_out_does_not_send(service: Service, mail: MailBag, clock: Clock) -> None:
    people.refer(service)
    first = outbox(service)[0].id
    with people.working(service) as work:
        slow = commands.claim(work, first)
    clock.advance(minutes=6)
    with people.working(service) as work:
        quick = commands.claim(work, first)
    assert slow is not None
    assert quick is not None
    with people.working(service) as work:
        assert not commands.hand_over(work, slow)
        assert commands.hand_over(work, quick)


def test_a_letter_that_went_is_written_down_though_the_database_was_busy(
    sqlite_service: Service, mail: MailBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.refer(sqlite_service)
    busy = [OperationalError("busy", None, Exception()), Conflict(), None]
    settle = commands.mark_sent

    def sometimes(work: Work, message_id: UUID) -> bool:
        if (error := busy.pop(0) if busy else None) is not None:
            raise error
        return settle(work, message_id)

    monkeypatch.setattr(commands, "mark_sent", sometimes)
    assert deliver(sqlite_service) == DUE
    assert {row.state for row in outbox(sqlite_service)} == {MessageState.SENT}
    assert len(mail.sent) == DUE


def test_a_message_is_claimed_by_one_process_alone(service: Service) -> None:
    people.refer(service)
    message = outbox(service)[0].id
    with people.working(service) as work:
        assert commands.claim(work, message)
    with people.working(service) as work:
        assert not commands.claim(work, message)


def test_a_late_failure_does_not_undo_that_somebody_else_sent_the_message(service: Service) -> None:
    people.refer(service)
    deliver(service)
    message = outbox(service)[0].id
    with people.working(service) as work:
        commands.put_back(work, message)
        commands.mark_sent(work, message)
    assert {row.state for row in outbox(service)} == {MessageState.SENT}
    assert recorded(service, "message.failed") == 0
    assert recorded(service, "message.sent") == DUE


def test_an_address_that_no_letter_can_bear_stops_nobody_else_s(
    service: Service, mail: MailBag, caplog: pytest.LogCaptureFixture
) -> None:
    people.refer(service)
    with people.working(service) as work:
        receipt = select(OutgoingMessage).where(OutgoingMessage.kind == MessageKind.REFERRAL_RECEIPT)
        referrer = work.session.get_one(User, work.session.scalars(receipt).one().recipient_id)
        referrer.head = replace(referrer.head, email="a..b@demo.example")
    with caplog.at_level(logging.ERROR, "cse_tracker.jobs"):
        assert deliver(service) == DUE - 1
    assert [letter["To"].addresses[0].addr_spec for letter in mail.sent] == [people.LEAD]
    assert {(row.kind, row.state, row.attempts) for row in outbox(service)} == {
        (MessageKind.REFERRAL_ARRIVED, MessageState.SENT, 1),
        (MessageKind.REFERRAL_RECEIPT, MessageState.WAITING, 1),
    }
    assert '"message.defect"' in caplog.text
    assert "a..b" not in caplog.text


def test_a_mailer_with_a_defect_is_a_failure_like_any_other(service: Service, clock: Clock) -> None:
    people.refer(service)

    def break_down(message: EmailMessage) -> None:
        if message["To"].addresses[0].addr_spec == people.LEAD:
            raise UnicodeError

    assert deliver(service, through(service, break_down)) == DUE - 1
    clock.advance(minutes=1)
    assert deliver(service) == 1
