"""Ways to send a mail: a real SMTP server, GOV.UK Notify, or files for the demo."""

import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, Protocol

import jwt
import requests


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


# A key as Notify gives it out: a name of one's own, the id of the service and the secret, each of 36 characters.
ID_LENGTH: Final = 36
ALREADY: Final = frozenset({"created", "sending", "pending", "delivered"})


@dataclass(frozen=True, repr=False)
class NotifyMailer:
    """Sends through GOV.UK Notify, by a template of two fields: ((subject)) and ((body)).

    A calendar request cannot be sent that way: the letter says day, time and link. Before each letter Notify is asked
    whether it has one under this message id already, so that an answer that was lost makes no second letter.
    """

    api_key: str
    template_id: str
    url: str = "https://api.notifications.service.gov.uk"
    timeout: float = 20.0

    def send(self, message: EmailMessage) -> None:
        """Send; whatever Notify refuses is a failure."""
        name = str(message["Message-ID"]).strip("<>")
        try:
            if self._has(name):
                return
            wanted = {
                "email_address": message["To"].addresses[0].addr_spec,
                "template_id": self.template_id,
                "personalisation": {"subject": str(message["Subject"]), "body": _body(message)},
                "reference": name,
            }
            self._ask("POST", "/v2/notifications/email", json=wanted)
        except (requests.RequestException, ValueError) as error:
            raise MailFailed(type(error).__name__) from None

    def _has(self, name: str) -> bool:
        found = self._ask("GET", "/v2/notifications", params={"reference": name}).json()
        return any(each.get("status") in ALREADY for each in found.get("notifications", []))

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        secret, service = self.api_key[-ID_LENGTH:], self.api_key[-2 * ID_LENGTH - 1 : -ID_LENGTH - 1]
        # Notify compares this with its own clock, so it is the machine's and not that of a unit of work.
        token = jwt.encode({"iss": service, "iat": int(time.time())}, secret, algorithm="HS256")
        headers = {"Authorization": f"Bearer {token}"}
        response = requests.request(
            method, self.url + path, headers=headers, timeout=self.timeout, allow_redirects=False, **more
        )
        response.raise_for_status()
        if response.is_redirect:
            message = "moved"
            raise ValueError(message)
        return response


def _body(message: EmailMessage) -> str:
    plain = message.get_body(preferencelist=("plain",))
    return plain.get_content().strip() if plain is not None else ""
