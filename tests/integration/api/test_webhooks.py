"""Calls to partner systems: signed, in order, until taken, and only to where they may go."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook as Checker
from standardwebhooks.webhooks import WebhookVerificationError

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import call_webhooks
from cse_tracker.notifications import calling, hooks
from cse_tracker.notifications.calling import CallFailed, HookCaller, Outgoing, may_be_called
from cse_tracker.notifications.model import MessageState, WebhookCall, WhyDropped
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.systems import commands, queries
from cse_tracker.systems.rules import address_problem
from cse_tracker.triage import commands as triage
from cse_tracker.work.errors import NotFound, RuleBroken
from tests import people
from tests.integration.api.acts import Partner, partner
from tests.store import Clock

RECORDS = "records@demo.example"


@dataclass
class Receiver:
    """A system's receiver: what it took; `status` is what it answers."""

    url: str = ""
    status: int = 204
    taken: list[tuple[dict[str, str], str]] = field(default_factory=list)
    asked: int = 0

    @property
    def told(self) -> list[tuple[str, str]]:
        bodies = [json.loads(text) for _, text in self.taken]
        return [(body["type"], body["data"]["reference"]) for body in bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on the loopback interface."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked += 1
            if 200 <= state.status < 300:
                state.taken.append((dict(self.headers), text))
            self.send_response(state.status)
            if state.status == 302:
                self.send_header("Location", state.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/changes"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def hooked(service: Service, receiver: Receiver, email: str = people.POLICE) -> tuple[Partner, UUID, str]:
    police = partner(service, email)
    with people.working(service) as work:
        hook, secret = commands.add_webhook(
            work, queries.system(work, police.system_id), url=receiver.url, plain_allowed=True
        )
    return police, hook.id, secret


def call(service: Service) -> int:
    with service.app.app_context():
        return call_webhooks(service.tools)


def decide(service: Service, referral_id: str) -> None:
    """Ask, and decide without waiting for the answer."""
    with people.working(service, people.LEAD) as work:
        row = referral_queries.open_referral(work, UUID(referral_id), for_change=True)
        triage.ask(work, row, "Where does she live?")
    with people.working(service, people.LEAD) as work:
        row = referral_queries.open_referral(work, UUID(referral_id), for_change=True)
        referrals.accept_as_new(work, row, people.NO_REPLY)


def calls(service: Service) -> list[WebhookCall]:
    with people.working(service, reading=True) as work:
        return list(work.session.scalars(select(WebhookCall).order_by(WebhookCall.ordinal)))


def test_a_system_is_told_in_order_by_kind_and_reference_alone(service: Service, receiver: Receiver) -> None:
    police, _, secret = hooked(service, receiver)
    made = police.refer(first_name="Zwaantje")
    decide(service, made["id"])
    assert call(service) == 3
    assert call(service) == 0
    kinds = ["referral.received", "referral.question", "referral.decided"]
    assert receiver.told == [(kind, made["reference"]) for kind in kinds]
    for headers, text in receiver.taken:
        assert "Zwaantje" not in text
        assert set(json.loads(text)["data"]) == {"id", "reference", "number"}
        sent = {name.lower(): value for name, value in headers.items()}
        # The clock of the test is another day, so the age of the signature is not what is checked here.
        at = datetime.fromtimestamp(int(sent["webhook-timestamp"]), UTC)
        assert sent["webhook-signature"] == Checker(secret).sign(sent["webhook-id"], at, text)


def test_the_standard_s_own_check_takes_a_call_and_refuses_one_that_was_changed() -> None:
    call_id, secret = uuid4(), "whsec_" + "A" * 43 + "="
    text = '{"type": "referral.decided"}'
    headers = calling.signatures(Outgoing(call_id, "https://x.example", text, [secret]), datetime.now(UTC))
    assert Checker(secret).verify(text, headers) == {"type": "referral.decided"}
    with pytest.raises(WebhookVerificationError):
        Checker(secret).verify(text.replace("decided", "received"), headers)


def test_a_receiver_that_is_down_for_a_day_gets_all_in_order_after(
    service: Service, receiver: Receiver, clock: Clock
) -> None:
    police, _, _ = hooked(service, receiver)
    receiver.status = 503
    made = [police.refer(first_name=f"First{number}") for number in range(3)]
    for hour in range(24):
        if hour == 12:
            for each in made:
                decide(service, each["id"])
        assert call(service) == 0
        clock.advance(hours=1)
    assert receiver.asked <= 24 + 1, "one call at a time finds out whether it is there again"
    receiver.status = 200
    assert call(service) == 9
    for each in made:
        about = [kind for kind, reference in receiver.told if reference == each["reference"]]
        assert about == ["referral.received", "referral.question", "referral.decided"]
    assert {row.state for row in calls(service)} == {MessageState.SENT}


def test_one_call_that_is_refused_holds_up_its_own_thing_alone(
    sqlite_service: Service, receiver: Receiver, clock: Clock
) -> None:
    police, _, _ = hooked(sqlite_service, receiver)
    first = police.refer()
    receiver.status = 410
    assert call(sqlite_service) == 0
    decide(sqlite_service, first["id"])
    receiver.status = 200
    second = police.refer(first_name="Amina")
    assert call(sqlite_service) == 1
    assert receiver.told == [("referral.received", second["reference"])]
    clock.advance(hours=1)
    assert call(sqlite_service) == 3


def test_what_nobody_took_for_five_days_waits_for_an_operator(
    sqlite_service: Service, receiver: Receiver, clock: Clock
) -> None:
    police, hook_id, _ = hooked(sqlite_service, receiver)
    receiver.status = 500
    police.refer()
    while calls(sqlite_service)[0].state is MessageState.WAITING:
        call(sqlite_service)
        clock.advance(hours=2)
    with people.working(sqlite_service, people.LEAD) as work:
        assert hooks.dead_calls(work) == []
    with people.working(sqlite_service, RECORDS) as work:
        (dead,) = hooks.dead_calls(work)
        assert dead.system == "Metropolitan Police, Central East: Records"
        hooks.retry_call(work, hooks.dead_call(work, dead.call.id))
    receiver.status = 200
    assert call(sqlite_service) == 1
    with pytest.raises(NotFound), people.working(sqlite_service, RECORDS) as work:
        hooks.drop_call(work, hooks.dead_call(work, dead.call.id), WhyDropped.NOT_NEEDED)
    with people.working(sqlite_service) as work:
        commands.end_webhook(work, queries.webhook(work, hook_id))
    police.refer(first_name="Amina")
    assert call(sqlite_service) == 0


def test_both_secrets_sign_for_a_week_after_a_rotation(
    sqlite_service: Service, receiver: Receiver, clock: Clock
) -> None:
    police, hook_id, old = hooked(sqlite_service, receiver)
    with people.working(sqlite_service) as work:
        new = commands.rotate_secret(work, queries.webhook(work, hook_id))
    police.refer()
    clock.advance(days=6)
    call(sqlite_service)
    police.refer()
    clock.advance(days=2)
    call(sqlite_service)
    during, after = receiver.taken
    for (headers, text), secrets in ((during, (new, old)), (after, (new,))):
        sent = {name.lower(): value for name, value in headers.items()}
        at = datetime.fromtimestamp(int(sent["webhook-timestamp"]), UTC)
        wanted = [Checker(secret).sign(sent["webhook-id"], at, text) for secret in secrets]
        assert sent["webhook-signature"].split() == wanted


def test_the_secret_and_the_address_are_sealed(sqlite_service: Service, receiver: Receiver) -> None:
    _, _, secret = hooked(sqlite_service, receiver)
    path = str(sqlite_service.store.engine.url.database)
    with sqlite_service.store.engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    from pathlib import Path  # noqa: PLC0415

    raw = b"".join(each.read_bytes() for each in Path(path).parent.glob(Path(path).name + "*"))
    assert secret.encode() not in raw
    assert receiver.url.encode() not in raw


@pytest.mark.parametrize("url", [
    "ftp://a.example/", "http://a.example/", "https://", "https://u:p@a.example/", "https://a.example/#x",
    "https://a.example:x/", "javascript:alert(1)", "https://a b.example/", "https://é.example/", "https:///path",
    "https://a.example/" + "x" * 600, "https://[::1/", "//a.example/", "",
])  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert address_problem(url, plain_allowed=False) is not None


@pytest.mark.parametrize("url", ["https://a.example/", "https://a.example:8443/x?y=1", "https://[2001:db8::1]/"])
def test_an_address_that_is_one_is_taken(url: str) -> None:
    assert address_problem(url, plain_allowed=False) is None


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",  # noqa: S104
    "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "::", "224.0.0.1", "192.0.2.1",
])  # fmt: skip
def test_no_private_address_is_called_unless_that_is_allowed(address: str) -> None:
    assert not may_be_called(address, private_allowed=False)


def test_public_addresses_are_called_and_multicast_never() -> None:
    assert may_be_called("93.184.215.14", private_allowed=False)
    assert may_be_called("10.1.2.3", private_allowed=True)
    assert not may_be_called("224.0.0.1", private_allowed=True)


def outgoing(url: str) -> Outgoing:
    return Outgoing(uuid4(), url, "{}", ["whsec_" + "A" * 43 + "="])


def test_a_name_that_leads_to_a_private_address_is_not_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", receiver.url)
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        with pytest.raises(CallFailed):
            HookCaller().send(outgoing(f"http://{host}:{port}/"), datetime.now(UTC))
    assert receiver.asked == 0
    HookCaller(private_allowed=True).send(outgoing(receiver.url), datetime.now(UTC))
    assert receiver.asked == 1


def test_a_name_is_looked_up_once_and_called_where_it_was_judged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(receiver.url.rpartition(":")[2].partition("/")[0])
    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1"])
    reached: list[Any] = []

    def look_up(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], **_: object) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(CallFailed):
        HookCaller().send(outgoing(f"http://rebinding.example:{port}/"), datetime.now(UTC))
    assert reached == [("93.184.215.14", port)]


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 302
    with pytest.raises(CallFailed) as failed:
        HookCaller(private_allowed=True).send(outgoing(receiver.url), datetime.now(UTC))
    assert (receiver.asked, failed.value.down) == (1, False)


def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LONGEST_CALL", 0.5)
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                while not stopping.wait(0.1):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        with pytest.raises(CallFailed):
            HookCaller(private_allowed=True).send(
                outgoing(f"http://127.0.0.1:{listening.getsockname()[1]}/"),
                datetime.now(UTC),
            )
        stopping.set()
        thread.join()
    assert time.monotonic() - started < 5


def test_a_webhook_s_address_is_checked_when_it_is_added(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    with pytest.raises(RuleBroken), people.working(sqlite_service) as work:
        commands.add_webhook(work, queries.system(work, police.system_id), url="http://a.example/", plain_allowed=False)
