"""What lead officers do with files of a case: add one, and take out one that does not belong there."""

from typing import Final
from uuid import uuid4

from sqlalchemy import delete, func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.attachments.events import AttachmentAdded, AttachmentRemoved
from cse_tracker.attachments.model import Attachment, AttachmentBody, AttachmentChunk
from cse_tracker.cases.model import Case
from cse_tracker.papers.judging import judge
from cse_tracker.papers.kinds import Paper, Unfit
from cse_tracker.records.files import seal_file
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

MOST_FILES: Final = 100
MOST_CHUNKS: Final = 1_600
"""A hundred mebibytes for one case, in chunks of 64 KiB."""


def add(work: Work, case: Case, *, name: str, content: bytes, about: str) -> Attachment:
    """Add a file: judged, cleaned, and sealed. Raises RuleBroken with a sentence where it cannot be taken."""
    require(work.actor, Permission.ATTACHMENT_ADD, case)
    paper = _judged(name, content)
    attachment_id = uuid4()
    key, chunks = seal_file(attachment_id, [paper.content])
    _refuse_beyond_quota(work, case, len(chunks))
    attachment = Attachment(
        id=attachment_id,
        case_id=case.id,
        borough_gss=case.borough_gss,
        compartment_id=case.compartment_id,
        chunks=len(chunks),
    )
    attachment.body = AttachmentBody(
        name=paper.name,
        kind=paper.kind,
        about=about,
        length=len(paper.content),
        key=key,
        added_at=work.now,
        added_by=work.actor.user_id,
    )
    work.session.add(attachment)
    work.session.flush()
    work.session.add_all(
        AttachmentChunk(attachment_id=attachment.id, number=number, chunk=chunk) for number, chunk in enumerate(chunks)
    )
    work.record(AttachmentAdded(subject_id=attachment.id, borough_gss=case.borough_gss, case_id=case.id))
    return attachment


def _judged(name: str, content: bytes) -> Paper:
    try:
        return judge(name, content)
    except Unfit as unfit:
        code = "attachment.unfit"
        raise RuleBroken(code, str(unfit), field="file") from None


def _refuse_beyond_quota(work: Work, case: Case, chunks: int) -> None:
    wanted = select(func.count(), func.coalesce(func.sum(Attachment.chunks), 0)).where(Attachment.case_id == case.id)
    files, kept = work.session.execute(wanted).one()
    if files >= MOST_FILES or kept + chunks > MOST_CHUNKS:
        code = "attachment.quota"
        message = f"A case holds at most {MOST_FILES} files and 100 MB: take out one that is not needed"
        raise RuleBroken(code, message, field="file")


def remove(work: Work, attachment: Attachment) -> None:
    """Take out a file that does not belong to the case. Its key goes with it, so that no copy of its chunks opens."""
    require(work.actor, Permission.ATTACHMENT_ADD, attachment)
    work.session.execute(delete(AttachmentChunk).where(AttachmentChunk.attachment_id == attachment.id))
    work.session.delete(attachment)
    work.record(
        AttachmentRemoved(subject_id=attachment.id, borough_gss=attachment.borough_gss, case_id=attachment.case_id)
    )
