"""GOV.UK Notify over real HTTP, against a server that answers as its documentation says."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from cse_tracker import config
from cse_tracker.app import Service, mailer_for
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.notifications.mailers import MailFailed, NotifyMailer
from tests import people
from tests.integration.notifications.test_delivery import DUE
from tests.store import Clock

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY, TEMPLATE = f"live key-{SERVICE}-{SECRET}", "f33517ff-2a88-4f6e-b855-c550268ce08a"


@dataclass
class Notify:
    """What Notify took; `answers` are statuses for the next letters, `lost` how many it takes without answering."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lost: int = 0
    moved: bool = False


@pytest.fixture
def notify() -> Iterator[Notify]:  # noqa: C901 - one small server
    """A server that speaks as much of Notify as is used."""
    state = Notify()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: object) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(raw)

        def known(self) -> bool:
            try:
                token = self.headers["Authorization"].removeprefix("Bearer ")
                claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]})
            except jwt.InvalidTokenError:
                return False
            return bool(claims["iss"] == SERVICE)

        def do_GET(self) -> None:
            if not self.known():
                self.answer(403, {"errors": [{"error": "AuthError", "message": "Invalid token"}]})
                return
            wanted = parse_qs(urlsplit(self.path).query)["reference"]
            found = [{"status": "sending"} for each in state.taken if each["reference"] in wanted]
            self.answer(200, {"notifications": found})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.known() or state.moved:
                self.answer(302 if state.moved else 403, {})
                return
            status = state.answers.pop(0) if state.answers else 201
            if status == 201:
                state.taken.append(body)
            if state.lost:
                state.lost -= 1
                self.close_connection = True
                return
            self.answer(status, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def deliver(service: Service, notify: Notify, key: str = KEY) -> int:
    tools = replace(service.tools, mailer=NotifyMailer(key, TEMPLATE, notify.url, timeout=2))
    with service.app.app_context():
        return deliver_outbox(tools)


def test_letters_go_through_notify_with_a_reference_and_a_link_alone(sqlite_service: Service, notify: Notify) -> None:
    people.refer(sqlite_service, first_name="Zwaantje", last_name="Ooievaarsbek")
    assert deliver(sqlite_service, notify) == DUE
    assert {each["email_address"] for each in notify.taken} == {people.LEAD, people.POLICE}
    for each in notify.taken:
        assert each["template_id"] == TEMPLATE
        assert each["personalisation"].keys() == {"subject", "body"}
        assert "http://127.0.0.1:8000/referrals/" in each["personalisation"]["body"]
        assert "Zwaantje" not in json.dumps(each)
        assert "Ooievaarsbek" not in json.dumps(each)


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_what_notify_refuses_comes_again(sqlite_service: Service, notify: Notify, clock: Clock, status: int) -> None:
    people.refer(sqlite_service)
    notify.answers = [status]
    assert deliver(sqlite_service, notify) == DUE - 1
    clock.advance(minutes=1)
    assert deliver(sqlite_service, notify) == 1
    assert len({each["reference"] for each in notify.taken}) == len(notify.taken) == DUE


def test_an_answer_that_was_lost_makes_no_second_letter(sqlite_service: Service, notify: Notify, clock: Clock) -> None:
    people.refer(sqlite_service)
    notify.lost = 1
    assert deliver(sqlite_service, notify) == DUE - 1
    clock.advance(minutes=1)
    assert deliver(sqlite_service, notify) == 1
    assert len(notify.taken) == DUE


def test_a_wrong_key_and_a_notify_that_moved_send_nothing(sqlite_service: Service, notify: Notify) -> None:
    people.refer(sqlite_service)
    assert deliver(sqlite_service, notify, f"live key-{SERVICE}-{SERVICE}") == 0
    mailer = NotifyMailer(KEY, TEMPLATE, notify.url, timeout=2)
    notify.moved = True
    letter = EmailMessage()
    letter["Message-ID"], letter["To"], letter["Subject"] = "<1@here>", "a@demo.example", "x"
    letter.set_content("x")
    with pytest.raises(MailFailed):
        mailer.send(letter)
    assert notify.taken == []


def test_notify_is_used_when_it_is_set_up() -> None:
    environment = {"CSE_TRACKER_MODE": "test", "NOTIFY_API_KEY": KEY, "NOTIFY_TEMPLATE_ID": TEMPLATE}
    mailer = mailer_for(config.from_environment(environment))
    assert isinstance(mailer, NotifyMailer)
    assert (SECRET in repr(mailer), mailer.url) == (False, "https://api.notifications.service.gov.uk")
    with pytest.raises(config.BadSettings, match="NOTIFY_TEMPLATE_ID"):
        config.from_environment({"NOTIFY_API_KEY": KEY})
