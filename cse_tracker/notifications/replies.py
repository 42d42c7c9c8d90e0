"""Reads calendar replies from a mailbox over IMAP (RFC 3501): each is read once, and set aside whatever it says."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final

from cse_tracker.invitations import rules
from cse_tracker.invitations.rules import Answer

# A letter with a reply is small; anything else in the mailbox is left unread by this service.
LARGEST_LETTER: Final = 2 * 1024 * 1024
MOST_AT_ONCE: Final = 50


class MailboxFailed(Exception):
    """The mailbox did not answer, or refused; it will be tried again."""


@dataclass(frozen=True, repr=False)
class Letter:
    """A letter that came: its place in the mailbox, who sent it, and the reply that it brings."""

    uid: str
    sender: str
    answer: Answer | None


@dataclass(frozen=True, repr=False)
class ImapMailbox:
    """A mailbox on an IMAP server, over TLS unless it is told otherwise for a server on the same machine."""

    host: str
    port: int
    user: str
    password: str
    tls: bool = True
    folder: str = "INBOX"
    timeout: float = 20.0

    @contextmanager
    def open(self) -> Iterator["OpenMailbox"]:
        """Sign in and out again; raises MailboxFailed with the kind of failure alone."""
        try:
            server = self._connect()
            try:
                server.login(self.user, self.password)
                status, _ = server.select(self.folder)
                if status != "OK":
                    raise MailboxFailed("folder")
                yield OpenMailbox(server)
            finally:
                with suppress(OSError, imaplib.IMAP4.error):
                    server.logout()
        except (OSError, imaplib.IMAP4.error) as error:
            # Only the kind: a server's answer may quote the address or the letter.
            raise MailboxFailed(type(error).__name__) from None

    def _connect(self) -> imaplib.IMAP4:
        if self.tls:
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout)
        return imaplib.IMAP4(self.host, self.port, timeout=self.timeout)


@dataclass(frozen=True, repr=False)
class OpenMailbox:
    """A mailbox in which one may look."""

    server: imaplib.IMAP4

    def unread(self) -> Iterator[Letter]:
        """Give the letters that nobody has read, without marking them."""
        _, found = self.server.uid("SEARCH", "UNSEEN", "SMALLER", str(LARGEST_LETTER))
        for uid in (found[0] or b"").split()[:MOST_AT_ONCE]:
            _, parts = self.server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            yield read_letter(uid.decode(), raw)

    def set_aside(self, letter: Letter, *, flagged: bool) -> None:
        """Mark a letter as read, so that it is not read again; one that this service could not use is flagged."""
        flags = r"(\Seen \Flagged)" if flagged else r"(\Seen)"
        self.server.uid("STORE", letter.uid, "+FLAGS", flags)


def read_letter(uid: str, raw: bytes) -> Letter:
    """Read a letter as it came; a reply may be a part of it or attached, and is looked for in both."""
    try:
        return _read(uid, raw)
    except Exception:  # noqa: BLE001 - whatever is in one letter, the letters behind it must be read
        return Letter(uid, "", None)


def _read(uid: str, raw: bytes) -> Letter:
    letter = message_from_bytes(raw, policy=policy.default)
    sender = parseaddr(str(letter.get("From", "")))[1]
    for part in letter.walk():
        calendar = part.get_content_type() == "text/calendar" or str(part.get_filename() or "").endswith(".ics")
        if calendar and isinstance(part, EmailMessage):
            content = part.get_payload(decode=True)
            answer = rules.read(content) if isinstance(content, bytes) else None
            if answer is not None:
                return Letter(uid, sender, answer)
    return Letter(uid, sender, None)
