"""Calendar replies read from a real IMAP server: whose are believed, and what becomes of all others."""

import contextlib
import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as cases
from cse_tracker.identity import queries as identity
from cse_tracker.invitations import rules
from cse_tracker.jobs.meetings import read_replies
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import moving
from cse_tracker.meetings.model import Invitation
from cse_tracker.meetings.rules import Reply
from cse_tracker.notifications.replies import ImapMailbox, MailboxFailed
from cse_tracker.rulebook.terms import MeetingFormat
from tests import people
from tests.integration.meetings.acts import schedule_now
from tests.integration.notifications.conftest import free_port

USER, PASSWORD = "replies", "not-a-secret"
POLICE, DEPUTY = "police@demo.example", "sergeant@elsewhere.example"
STAMP = "20261116T110000Z"


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapMailbox]:
    """A mailbox on a real IMAP server in a process of its own."""
    port = free_port()
    program = Path(sys.executable).with_name("pymap")
    server = subprocess.Popen(
        [program, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin", "--no-service",
         "managesieve", "dict", "--demo-user", USER, "--demo-password", PASSWORD],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found = ImapMailbox("127.0.0.1", port, USER, PASSWORD, tls=False)
        ends = time.monotonic() + 60
        while True:
            try:
                with found.open():
                    break
            except MailboxFailed:
                assert server.poll() is None, "the mail server did not start"
                assert time.monotonic() < ends
                time.sleep(0.1)
        yield found
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def signed_in(imap: ImapMailbox) -> Iterator[imaplib.IMAP4]:
    server = imaplib.IMAP4(imap.host, imap.port, timeout=20)
    try:
        server.login(imap.user, imap.password)
        server.select("INBOX")
        yield server
    finally:
        server.logout()


def flags(imap: ImapMailbox) -> list[set[str]]:
    """The flags of every letter, in the order in which they came."""
    with signed_in(imap) as server:
        _, found = server.fetch("1:*", "(FLAGS)")
        return [
            {each.decode() for each in imaplib.ParseFlags(row)} - {r"\Recent"}
            for row in found
            if isinstance(row, bytes)
        ]


def put(imap: ImapMailbox, *letters: bytes) -> None:
    """Put letters into an empty mailbox."""
    with signed_in(imap) as server:
        server.store("1:*", "+FLAGS", r"\Deleted")
        server.expunge()
        for letter in letters:
            assert server.append("INBOX", "", None, letter)[0] == "OK"


def reply_to(meeting_id: UUID, attendee: str, *, sequence: int = 0, more: str = "") -> str:
    """A reply as a calendar program sends it."""
    lines = (
        "BEGIN:VCALENDAR", "PRODID:-//somebody else//EN", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT",
        f"UID:{meeting_id}@tracker.example", f"SEQUENCE:{sequence}", f"DTSTAMP:{STAMP}", attendee,
        *([more] if more else []), "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    return "\r\n".join(lines)


def letter(calendar: str, sender: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "replies@tracker.example", "Accepted: Meeting"
    mail.set_content("Accepted.")
    mail.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    return bytes(mail)


def attendee(address: str, standing: str, more: str = "") -> str:
    return f"ATTENDEE;PARTSTAT={standing}{more}:mailto:{address}"


def called(service: Service) -> UUID:
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        return schedule_now(work, cases.open_case(work, case.id, for_change=True).case).id


def invitation(service: Service, meeting_id: UUID, email: str = POLICE) -> Invitation:
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        users = identity.users(work, [each.invited_id for each in meeting.invitations])
        found = next(each for each in meeting.invitations if users[each.invited_id].head.email == email)
        assert found.body
        return found


def read(service: Service, imap: ImapMailbox) -> list[str]:
    """Read what came; gives the verdicts."""
    with service.app.app_context():
        read_replies(replace(service.tools, mailbox=imap))
    with people.working(service, reading=True) as work:
        wanted = select(AuditEntry).where(AuditEntry.action == "invitation.reply_read").order_by(AuditEntry.sequence)
        return [str(facts_of(work.session, row)["verdict"]) for row in work.session.scalars(wanted)]


def test_a_reply_from_the_address_that_was_invited_is_taken_once(service: Service, imap: ImapMailbox) -> None:
    meeting_id = called(service)
    said = reply_to(meeting_id, attendee(POLICE.upper(), "ACCEPTED", ';CN="PC Cole"'), more="COMMENT:I bring the log")
    put(imap, letter(said, f"Constable Cole <{POLICE}>"))
    assert read(service, imap) == ["taken"]
    body = invitation(service, meeting_id).body
    assert (body.reply, body.reply_note, body.by_mail) == (Reply.ACCEPTED, "I bring the log", True)
    assert flags(imap) == [{r"\Seen"}]
    assert read(service, imap) == ["taken"], "a letter that was read is not read again"


def test_replies_that_may_not_be_believed_change_nothing_and_are_flagged(
    sqlite_service: Service, imap: ImapMailbox
) -> None:
    service = sqlite_service
    meeting_id = called(service)
    yes = reply_to(meeting_id, attendee(POLICE, "ACCEPTED"))
    put(
        imap,
        # An address that nobody invited, in its own name and in that of somebody invited.
        letter(reply_to(meeting_id, attendee("stranger@elsewhere.example", "ACCEPTED")), "stranger@elsewhere.example"),
        letter(yes, "stranger@elsewhere.example"),
        letter(reply_to(uuid4(), attendee(POLICE, "ACCEPTED")), POLICE),
        letter("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nnonsense", POLICE),
        b"From: =?utf-8?q?=00?= <>>>\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n\xff\xfe",
        letter(yes, POLICE),
    )
    assert sorted(read(service, imap)) == sorted(
        ["unknown_sender", "unknown_sender", "unknown_meeting", "unreadable", "unreadable", "taken"]
    )
    # The last of them, behind all the others, was taken.
    assert invitation(service, meeting_id).body.reply is Reply.ACCEPTED
    assert flags(imap) == [{r"\Seen", r"\Flagged"}] * 5 + [{r"\Seen"}]


def test_a_reply_to_the_time_before_the_meeting_moved_is_not_taken(sqlite_service: Service, imap: ImapMailbox) -> None:
    service = sqlite_service
    meeting_id = called(service)
    with people.working(service, people.LEAD) as work:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        new = moving.NewTime(
            starts_at=meeting.starts_at + timedelta(days=1), minutes=60, place="Room 4", link="",
            format=MeetingFormat.IN_PERSON, reason="The room is taken",
        )  # fmt: skip
        assert moving.move(work, meeting, new)
    put(imap, letter(reply_to(meeting_id, attendee(POLICE, "ACCEPTED")), POLICE))
    assert read(service, imap) == ["old"]
    assert invitation(service, meeting_id).body.reply is Reply.NONE
    put(imap, letter(reply_to(meeting_id, attendee(POLICE, "DECLINED"), sequence=1), POLICE))
    assert sorted(read(service, imap)) == ["old", "taken"]
    assert invitation(service, meeting_id).body.reply is Reply.DECLINED


def test_somebody_who_sends_another_is_believed_and_the_other_is_not(
    sqlite_service: Service, imap: ImapMailbox
) -> None:
    service = sqlite_service
    meeting_id = called(service)
    sends = attendee(POLICE, "DELEGATED", f';DELEGATED-TO="mailto:{DEPUTY}"')
    comes = attendee(DEPUTY, "NEEDS-ACTION", f';DELEGATED-FROM="mailto:{POLICE}"')
    put(
        imap,
        letter(reply_to(meeting_id, sends, more=comes), POLICE),
        letter(reply_to(meeting_id, attendee(DEPUTY, "ACCEPTED", f';DELEGATED-FROM="mailto:{POLICE}"')), DEPUTY),
    )
    assert sorted(read(service, imap)) == ["taken", "unknown_sender"]
    body = invitation(service, meeting_id).body
    assert (body.reply, body.deputy) == (Reply.DEPUTY, DEPUTY)


def test_a_reply_to_a_meeting_that_is_over_changes_nothing(sqlite_service: Service, imap: ImapMailbox) -> None:
    service = sqlite_service
    meeting_id = called(service)
    with people.working(service, people.LEAD) as work:
        moving.cancel(work, queries.open_meeting(work, meeting_id, for_change=True), reason="In hospital")
    put(imap, letter(reply_to(meeting_id, attendee(POLICE, "ACCEPTED"), sequence=1), POLICE))
    assert read(service, imap) == ["over"]


def test_a_mailbox_that_does_not_answer_is_a_failure_by_its_kind_alone(
    sqlite_service: Service, imap: ImapMailbox
) -> None:
    wrong = replace(imap, password="wrong")
    with sqlite_service.app.app_context(), pytest.raises(MailboxFailed) as failed:
        read_replies(replace(sqlite_service.tools, mailbox=wrong))
    assert str(failed.value) == "error"
    gone = replace(imap, port=free_port())
    with sqlite_service.app.app_context(), pytest.raises(MailboxFailed, match="ConnectionRefusedError"):
        read_replies(replace(sqlite_service.tools, mailbox=gone))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 100,
        b"BEGIN:VCALENDAR\r\n" * 5000,
        reply_to(uuid4(), attendee(POLICE, "ACCEPTED")).replace("METHOD:REPLY", "METHOD:REQUEST").encode(),
        reply_to(uuid4(), attendee(POLICE, "ACCEPTED")).replace("UID:", "X-UID:").encode(),
        reply_to(uuid4(), "ATTENDEE;PARTSTAT=ACCEPTED:tel:+442079460000").encode(),
        reply_to(uuid4(), attendee(POLICE, "ACCEPTED"), more=attendee(DEPUTY, "ACCEPTED")).encode(),
        reply_to(uuid4(), attendee(POLICE, "PERHAPS")).encode(),
        reply_to(uuid4(), attendee(POLICE, "ACCEPTED")).encode() + b" " * rules.LARGEST,
    ],
)
def test_what_is_no_reply_is_none(content: bytes) -> None:
    assert rules.read(content) is None
