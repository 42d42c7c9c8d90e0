"""The service on a real port, and a real mail server, each in a thread that is stopped in order."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from waitress import wasyncore
from waitress.server import create_server

from cse_tracker.cli.serving import WAITRESS

HOST = "127.0.0.1"


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port as `serve` does; gives its address."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host=HOST, port=0, **WAITRESS)
    stopping = Event()

    def answer() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=1, map=sockets, count=1, use_poll=True)

    thread = Thread(target=answer, name="journeys-server")
    thread.start()
    try:
        yield f"http://{HOST}:{server.effective_port}"
    finally:
        stopping.set()
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)


@dataclass
class Postbox:
    """Keeps every mail that the mail server takes."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail, once for each address that it was sent to."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.taken += [(address, mail) for address in envelope.rcpt_tos]
        return "250 taken"


class MailServer(Controller):
    """A mail server on a port that the system chose, so that no other test can be given the same."""

    def __init__(self, postbox: Postbox) -> None:
        self.listening = socket.create_server((HOST, 0))
        super().__init__(postbox, hostname=HOST, port=self.listening.getsockname()[1])

    def _create_server(self) -> Any:
        async def listen() -> asyncio.AbstractServer:
            return await self.loop.create_server(self._factory_invoker, sock=self.listening)

        return listen()


@contextmanager
def mail_server() -> Iterator[tuple[Postbox, int]]:
    """Run a mail server; gives its postbox and its port."""
    postbox = Postbox()
    server = MailServer(postbox)
    server.start()
    try:
        yield postbox, server.port
    finally:
        server.stop()
