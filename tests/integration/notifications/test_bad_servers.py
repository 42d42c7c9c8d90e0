"""Mail servers that refuse, hang or hang up, on real sockets: nothing is lost, and nothing comes twice."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import pytest

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.notifications.mailers import SmtpMailer
from cse_tracker.notifications.model import MessageState
from tests import people
from tests.integration.notifications.conftest import PostOffice
from tests.integration.notifications.test_delivery import DUE, outbox
from tests.store import Clock

Talk = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """Run a server that does this with each connection; gives its port."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)

        def answer() -> None:
            while not stopping.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(2)
                    talk(connection, stopping)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopping.set()
            thread.join()


def greet(connection: socket.socket) -> None:
    """Speak SMTP until the client is about to send the letter itself."""
    connection.sendall(b"220 here\r\n")
    with connection.makefile("rb") as lines:
        for line in lines:
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                return
            connection.sendall(b"250 fine\r\n")


def refuses(connection: socket.socket, _stopping: threading.Event) -> None:
    connection.sendall(b"554 we do not take mail\r\n")


def hangs(_connection: socket.socket, stopping: threading.Event) -> None:
    stopping.wait(5)


def hangs_up_in_the_letter(connection: socket.socket, _stopping: threading.Event) -> None:
    greet(connection)
    connection.recv(40)


def says_nothing_after_the_letter(connection: socket.socket, stopping: threading.Event) -> None:
    greet(connection)
    stopping.wait(0.8)


def deliver(service: Service, port: int) -> int:
    mailer = SmtpMailer("127.0.0.1", port, timeout=0.3)
    with service.app.app_context():
        return deliver_outbox(replace(service.tools, mailer=mailer))


@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize("talk", [refuses, hangs, hangs_up_in_the_letter, says_nothing_after_the_letter])
def test_what_a_bad_server_did_not_take_arrives_once_a_good_one_is_there(
    sqlite_service: Service, smtp: PostOffice, clock: Clock, talk: Talk
) -> None:
    people.refer(sqlite_service)
    started = monotonic()
    with server(talk) as port:
        assert deliver(sqlite_service, port) == 0
    assert monotonic() - started < 10, "a silent server holds nobody up"
    assert {(row.state, row.attempts) for row in outbox(sqlite_service)} == {(MessageState.WAITING, 1)}
    clock.advance(minutes=1)
    assert deliver(sqlite_service, smtp.port) == DUE
    assert deliver(sqlite_service, smtp.port) == 0
    assert len({letter["Message-ID"] for letter in smtp.letters}) == len(smtp.letters) == DUE


@pytest.mark.usefixtures("smtp")
def test_a_port_on_which_nobody_listens_is_a_failure_like_any_other(sqlite_service: Service) -> None:
    people.refer(sqlite_service)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert deliver(sqlite_service, port) == 0
    assert {row.attempts for row in outbox(sqlite_service)} == {1}
