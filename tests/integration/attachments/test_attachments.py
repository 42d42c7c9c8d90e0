"""Files of a case: kept sealed, handed out whole, recorded, gone with the row, and nobody else's."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.attachments import commands, queries
from cse_tracker.attachments.model import Attachment, AttachmentChunk
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases.model import Case
from cse_tracker.vault.errors import CryptoError
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import papers, people


def add(service: Service, case: Case, content: bytes | None = None, name: str = "letter.pdf") -> Attachment:
    with people.working(service, people.LEAD) as work:
        kept = work.session.get_one(Case, case.id)
        return commands.add(work, kept, name=name, content=content or papers.pdf(), about="From the school")


def actions(service: Service, about: Attachment) -> list[str]:
    with people.working(service, reading=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.object_id == about.id))
        return sorted(row.action for row in rows)


def test_a_file_comes_back_as_it_was_cleaned_and_both_are_recorded(service: Service) -> None:
    added = add(service, people.open_case(service), papers.noise(), "noise.png")
    assert added.chunks >= 4
    with people.working(service, people.LEAD, reading=True) as work:
        opened = queries.open_attachment(work, added.id)
        assert opened.content.startswith(b"\x89PNG")
        with Image.open(io.BytesIO(opened.content)) as image, Image.open(io.BytesIO(papers.noise())) as sent:
            assert image.tobytes() == sent.tobytes()
        assert (opened.attachment.body.name, opened.attachment.body.about) == ("noise.png", "From the school")
    assert actions(service, added) == ["attachment.added", "attachment.opened"]


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.MANAGER])
def test_a_file_is_nobody_else_s(service: Service, email: str) -> None:
    case = people.open_case(service)
    added = add(service, case)
    with people.working(service, email) as work:
        with pytest.raises(NotFound):
            queries.open_attachment(work, added.id)
        assert queries.of_case(work, case.id) == []
        kept = work.session.get_one(Case, case.id)
        with pytest.raises(NotPermitted):
            commands.add(work, kept, name="letter.pdf", content=papers.pdf(), about="x")
        with pytest.raises(NotPermitted):
            commands.remove(work, work.session.get_one(Attachment, added.id))


def test_a_file_that_cannot_be_taken_leaves_nothing(service: Service) -> None:
    case = people.open_case(service)
    for name, content in (("page.png", b"<svg/>"), ("empty.pdf", b" "), ("../x.pdf", papers.pdf())):
        with pytest.raises(RuleBroken) as refused:
            add(service, case, content, name)
        assert refused.value.field == "file"
    with people.working(service, reading=True) as work:
        assert work.session.scalars(select(Attachment)).all() == []
        assert work.session.scalars(select(AttachmentChunk)).all() == []


def test_a_file_taken_out_is_gone_with_its_chunks(service: Service) -> None:
    added = add(service, people.open_case(service))
    with people.working(service, people.LEAD) as work:
        commands.remove(work, queries.find(work, added.id))
    with people.working(service, people.LEAD, reading=True) as work:
        with pytest.raises(NotFound):
            queries.open_attachment(work, added.id)
        assert work.session.scalars(select(AttachmentChunk)).all() == []
    assert actions(service, added) == ["attachment.added", "attachment.removed"]


@pytest.mark.parametrize("change", ["one left out", "two changed over", "one from another file", "one bit"])
def test_chunks_changed_in_the_database_do_not_open(service: Service, change: str) -> None:
    case = people.open_case(service)
    added, other = (add(service, case, papers.noise(), "noise.png") for _ in range(2))
    with people.working(service) as work:
        wanted = select(AttachmentChunk).where(AttachmentChunk.attachment_id == added.id)
        rows = list(work.session.scalars(wanted.order_by(AttachmentChunk.number)))
        if change == "one left out":
            work.session.delete(rows[-1])
        elif change == "two changed over":
            rows[0].chunk, rows[1].chunk = rows[1].chunk, rows[0].chunk
        elif change == "one from another file":
            rows[0].chunk = work.session.get_one(AttachmentChunk, (other.id, 0)).chunk
        else:
            rows[1].chunk = rows[1].chunk[:-1] + bytes([rows[1].chunk[-1] ^ 1])
    with people.working(service, people.LEAD) as work:
        with pytest.raises(CryptoError):
            queries.open_attachment(work, added.id)
        assert queries.open_attachment(work, other.id).content.startswith(b"\x89PNG")


def test_a_case_holds_so_much_and_no_more(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    case = people.open_case(sqlite_service)
    monkeypatch.setattr(commands, "MOST_FILES", 1)
    add(sqlite_service, case)
    with pytest.raises(RuleBroken, match="at most 1 files"):
        add(sqlite_service, case)
    monkeypatch.setattr(commands, "MOST_FILES", 100)
    monkeypatch.setattr(commands, "MOST_CHUNKS", 1)
    with pytest.raises(RuleBroken, match="100 MB"):
        add(sqlite_service, case)
