"""A real mail server on the loopback interface, which keeps what it is given or refuses it."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cse_tracker.notifications.mailers import SmtpMailer


@dataclass
class PostOffice:
    """What the server was sent; `refusals` is how many more it will refuse after having read them."""

    port: int
    received: list[bytes] = field(default_factory=list)
    refusals: int = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        if self.refusals > 0:
            self.refusals -= 1
            return "451 4.3.0 not now"
        return "250 OK"

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.received]

    def mailer(self, **more: Any) -> SmtpMailer:
        return SmtpMailer("127.0.0.1", self.port, timeout=5.0, **more)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def smtp() -> Iterator[PostOffice]:
    """A server that speaks plain SMTP."""
    office = PostOffice(free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    yield office
    controller.stop()
