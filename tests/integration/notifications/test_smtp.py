"""Letters over a real connection: what arrives, and to whom the service speaks."""

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from icalendar import Calendar
from sqlalchemy import delete

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.meetings.commands import calling
from cse_tracker.notifications.mailers import MailFailed
from cse_tracker.notifications.model import OutgoingMessage
from cse_tracker.records.reference import reference
from tests import people
from tests.integration.notifications.conftest import PostOffice, free_port
from tests.store import Clock

FIRST, LAST, PURPOSE = "Zwaantje", "Ooievaarsbek", "Paardenbloem"
STARTS = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def call_a_meeting(service: Service) -> UUID:
    """Call a meeting with every agency of Hackney, with nothing else left in the outbox."""
    case = people.open_case(service, first_name=FIRST, last_name=LAST)
    with people.working(service, people.LEAD) as work:
        work.session.execute(delete(OutgoingMessage))
        row = cases.open_case(work, case.id, for_change=True)
        posts = identity.post_holders(work, borough_gss=people.HACKNEY, kind=PostKind.MEETING_CONTACT)
        call = calling.Call(
            id=uuid4(),
            type_key="multi_agency_planning",
            starts_at=STARTS,
            minutes=90,
            place="Room 4, Hackney Service Centre",
            purpose=f"{PURPOSE} for {FIRST} {LAST}",
            agency_ids=tuple(post.agency_id for post in posts),
        )
        return calling.schedule(work, row.case, call).id


def deliver(service: Service, smtp: PostOffice) -> int:
    with service.app.app_context():
        return deliver_outbox(replace(service.tools, mailer=smtp.mailer()))


def calendar_in(letter: EmailMessage) -> Calendar:
    part = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == "REQUEST"
    read = Calendar.from_ical(part.get_content())
    assert isinstance(read, Calendar)
    return read


def meeting_in(letter: EmailMessage) -> Any:
    return calendar_in(letter).walk("VEVENT")[0]


def everything_in(raw: bytes, letter: EmailMessage) -> bytes:
    parts = [cast("bytes", part.get_payload(decode=True)) for part in letter.walk() if not part.is_multipart()]
    return b"\n".join([raw, *parts, *(str(value).encode() for value in letter.values())]).lower()


def test_an_invitation_arrives_as_a_calendar_request(service: Service, smtp: PostOffice) -> None:
    meeting_id = call_a_meeting(service)
    assert deliver(service, smtp) == 6
    assert {letter["To"].addresses[0].addr_spec for letter in smtp.letters} >= {people.POLICE, people.HEALTH}
    for letter in smtp.letters:
        assert str(calendar_in(letter)["METHOD"]) == "REQUEST"
        attached = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
        assert Calendar.from_ical(attached["invite.ics"]) == calendar_in(letter)
        meeting = meeting_in(letter)
        assert str(meeting["UID"]) == f"{meeting_id}@127.0.0.1"
        assert int(meeting["SEQUENCE"]) == 0
        assert str(meeting["CLASS"]) == "CONFIDENTIAL"
        assert str(meeting["SUMMARY"]) == f"Meeting {reference('M', meeting_id)}"
        assert (meeting["DTSTART"].dt, meeting["DTEND"].dt) == (STARTS, STARTS + timedelta(minutes=90))
        assert str(meeting["ORGANIZER"]) == f"mailto:{people.LEAD}"
        assert str(meeting["ATTENDEE"]) == f"mailto:{letter['To'].addresses[0].addr_spec}"


def test_an_invitation_names_no_young_person(service: Service, smtp: PostOffice) -> None:
    call_a_meeting(service)
    deliver(service, smtp)
    assert smtp.received
    for raw, letter in zip(smtp.received, smtp.letters, strict=True):
        everything = everything_in(raw, letter)
        assert [word for word in (FIRST, LAST, PURPOSE) if word.lower().encode() in everything] == []
        # What must be there is found in the same way, so the search works.
        assert b"room 4" in everything


def test_an_invitation_that_was_refused_comes_again_as_the_same(
    sqlite_service: Service, smtp: PostOffice, clock: Clock
) -> None:
    call_a_meeting(sqlite_service)
    smtp.refusals = 6
    assert deliver(sqlite_service, smtp) == 0
    clock.advance(minutes=1)
    assert deliver(sqlite_service, smtp) == 6
    first, again = smtp.letters[:6], smtp.letters[6:]
    assert {letter["Message-ID"] for letter in first} == {letter["Message-ID"] for letter in again}
    assert len({letter["Message-ID"] for letter in again}) == 6
    assert {str(meeting_in(letter)["UID"]) for letter in smtp.letters} == {str(meeting_in(first[0])["UID"])}
    assert {int(meeting_in(letter)["SEQUENCE"]) for letter in smtp.letters} == {0}


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the loopback address that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "server.pem", folder / "server.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


@pytest.fixture
def encrypting(tmp_path: Path) -> Iterator[tuple[PostOffice, Path]]:
    """A server that insists on TLS, and its certificate."""
    certificate, key = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    office = PostOffice(free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, tls_context=context, require_starttls=True)
    controller.start()
    yield office, certificate
    controller.stop()


def a_letter() -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = "tracker@demo.example", people.LEAD
    letter.set_content("A reference and a link.")
    return letter


@pytest.mark.usefixtures("smtp")
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_letter(encrypting: tuple[PostOffice, Path]) -> None:
    office, _ = encrypting
    with pytest.raises(MailFailed, match="SSLCertVerificationError"):
        office.mailer(starttls=True).send(a_letter())
    assert office.received == []


@pytest.mark.usefixtures("smtp")
def test_a_server_whose_certificate_is_trusted_gets_the_letter(
    encrypting: tuple[PostOffice, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, certificate = encrypting
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    office.mailer(starttls=True).send(a_letter())
    assert len(office.received) == 1
