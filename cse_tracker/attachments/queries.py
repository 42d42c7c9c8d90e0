"""What is seen of files: the list of a case's, and one of them opened."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.attachments.events import AttachmentOpened
from cse_tracker.attachments.model import Attachment, AttachmentChunk
from cse_tracker.records.files import open_file
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class Opened:
    """A file as it is handed out."""

    attachment: Attachment
    content: bytes


def of_case(work: Work, case_id: UUID) -> list[Attachment]:
    """Give the files of a case that has been opened, the newest first; only those that the actor may see."""
    allowed = scope(work.actor, Permission.ATTACHMENT_VIEW).boroughs
    wanted = select(Attachment).where(Attachment.case_id == case_id, Attachment.borough_gss.in_(allowed))
    rows = list(work.session.scalars(wanted))
    unlock(work.session, [row.compartment_id for row in rows])
    return sorted(rows, key=lambda row: (row.body.added_at, str(row.id)), reverse=True)


def find(work: Work, attachment_id: UUID) -> Attachment:
    """Give one file's row; NotFound where the actor may not know of it."""
    attachment = work.session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotFound
    require_sight(work.actor, Permission.ATTACHMENT_VIEW, attachment)
    return attachment


def open_attachment(work: Work, attachment_id: UUID) -> Opened:
    """Give one file with its content, recorded as handed out; NotFound where the actor may not know of it."""
    attachment = find(work, attachment_id)
    wanted = select(AttachmentChunk.chunk).where(AttachmentChunk.attachment_id == attachment.id)
    chunks = list(work.session.scalars(wanted.order_by(AttachmentChunk.number)))
    content = open_file(attachment.id, attachment.body.key, chunks)
    work.record(
        AttachmentOpened(subject_id=attachment.id, borough_gss=attachment.borough_gss, case_id=attachment.case_id)
    )
    return Opened(attachment, content)
