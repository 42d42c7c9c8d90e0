"""Writes the letters to a service without an account: the link in one, the code in the other."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from cse_tracker.notifications.letters import Stationery
from cse_tracker.onetime.model import LetterKind, OneTimeLetter
from cse_tracker.work.unit import Work

TEMPLATES: Final = {LetterKind.LINK: "mail/outside_link.txt", LetterKind.CODE: "mail/outside_code.txt"}


def write(work: Work, letter: OneTimeLetter, stationery: Stationery) -> EmailMessage:
    """Write a letter under the same message id at each attempt."""
    secret = letter.body.secret
    words = {"council": stationery.council, "link": f"{stationery.public_url}/outside/{secret}", "code": secret}
    text = stationery.templates.get_template(TEMPLATES[letter.kind]).render(**words)
    subject, _, body = text.partition("\n")
    mail = EmailMessage()
    mail["From"] = Address(stationery.council, addr_spec=stationery.sender)
    mail["To"] = Address(addr_spec=letter.body.address)
    mail["Subject"] = subject.strip()
    mail["Date"] = format_datetime(work.now)
    mail["Message-ID"] = f"<{letter.id}@{stationery.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body.strip() + "\n")
    return mail
