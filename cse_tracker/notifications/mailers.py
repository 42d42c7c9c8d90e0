"""Ways to send a mail: a real SMTP server, or files for the demo."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol


class MailFailed(Exception):
    """The mail could not be handed over; it will be tried again."""


class Mailer(Protocol):
    """One way to send."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over; raises MailFailed."""
        ...


@dataclass(frozen=True, repr=False)
class SmtpMailer:
    """Sends through an SMTP server, with STARTTLS to a verified server and a login where they are set."""

    host: str
    port: int
    starttls: bool = False
    user: str | None = None
    password: str | None = None
    timeout: float = 20.0

    def send(self, message: EmailMessage) -> None:
        """Send; a refused recipient is a failure like any other."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.password:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind of failure is kept: a server's answer may quote the address.
            raise MailFailed(type(error).__name__) from None


@dataclass(frozen=True)
class FileMailer:
    """Writes each mail to a file, so that the demo shows what would have been sent."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write the mail under its message id; sending it again replaces the file."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / f"{name}.eml").write_bytes(bytes(message))
        except OSError as error:
            raise MailFailed(type(error).__name__) from None
