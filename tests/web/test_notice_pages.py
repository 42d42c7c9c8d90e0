"""The pages on messages."""

from cse_tracker.app import Service
from cse_tracker.notifications.model import MessageState
from cse_tracker.systems import commands, queries
from tests import people
from tests.integration.api.acts import partner
from tests.integration.api.test_webhooks import call, calls
from tests.integration.notifications.test_choices import RECORDS, dead_message
from tests.integration.notifications.test_delivery import deliver, outbox
from tests.store import Clock
from tests.web.conftest import BrowserFor


def test_everybody_chooses_when_mail_is_sent_to_them(sqlite_service: Service, browser: BrowserFor) -> None:
    police = browser(people.POLICE)
    police.get("/account")
    police.get(police.link("Choose when mail is sent to you"))
    assert police.submit(rhythm="", nights=[]).status_code == 422
    assert police.errors() == ["Select when you want mail about what can wait"]
    police.submit(rhythm="daily", nights="y")
    police.get("/account/messages")
    assert police.page.select_one("input[value=daily][checked]")
    assert police.page.select_one("input[name=nights][checked]")


def test_an_operator_tries_a_message_again_or_drops_it(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    row = dead_message(sqlite_service, clock)
    records = browser(RECORDS)
    records.get("/messages/")
    assert "Metropolitan Police" in records.text()
    assert "Daniel Price" not in records.text()
    records.get(records.link("Case notice"))
    records.submit(what="retry")
    assert "The message will be tried again" in records.text()
    records.get(f"/messages/{row.id}", status=404)
    assert deliver(sqlite_service) == 1
    assert outbox(sqlite_service)[0].state is MessageState.SENT


def test_dropping_says_why(sqlite_service: Service, browser: BrowserFor, clock: Clock) -> None:
    row = dead_message(sqlite_service, clock)
    records = browser(RECORDS)
    records.get(f"/messages/{row.id}")
    assert records.submit(what="").status_code == 422
    records.submit(what="told_otherwise")
    assert "Every message was sent, or waits to be sent." in records.text()
    assert outbox(sqlite_service)[0].state is MessageState.DROPPED


def test_an_operator_makes_a_call_again_that_no_system_took(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    police = partner(sqlite_service)
    with people.working(sqlite_service) as work:
        system = queries.system(work, police.system_id)
        # Nobody listens on the port of the discard service.
        commands.add_webhook(work, system, url="http://127.0.0.1:9/", plain_allowed=True)
    police.refer()
    while calls(sqlite_service)[0].state is MessageState.WAITING:
        call(sqlite_service)
        clock.advance(hours=7)
    records = browser(RECORDS)
    records.get("/messages/")
    records.get(records.link("referral.received"))
    assert "Metropolitan Police, Central East: Records" in records.text()
    assert records.submit(what="").status_code == 422
    records.submit(what="retry")
    assert "The call will be made again" in records.text()
    assert calls(sqlite_service)[0].state is MessageState.WAITING
