"""Records what leaves, before it leaves."""

from dataclasses import dataclass

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.sharing.events import CaseShared
from cse_tracker.sharing.model import Footing, SharingBody, SharingRecord
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True, repr=False)
class SharingForm:
    """The paper form on what is shared."""

    recipient: str
    organisation: str
    purpose: str
    footing: Footing
    asked: str


def share(work: Work, case: Case, form: SharingForm, *, what: str, chapters: int) -> SharingRecord:
    """Record that a case, or part of it, leaves for this recipient and purpose."""
    require(work.actor, Permission.CASE_SHARE, case)
    return enter(work, case, form, what=what, chapters=chapters)


def enter(work: Work, case: Case, form: SharingForm, *, what: str, chapters: int) -> SharingRecord:
    """Enter into the ledger what another command shares, which has asked the matrix itself."""
    record = SharingRecord(case_id=case.id, compartment_id=case.compartment_id)
    record.body = SharingBody(
        recipient=form.recipient,
        organisation=form.organisation,
        purpose=form.purpose,
        footing=form.footing,
        asked=form.asked,
        what=what,
        shared_at=work.now,
        shared_by=work.actor.user_id,
    )
    work.session.add(record)
    work.session.flush()
    work.record(
        CaseShared(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            sharing_id=record.id,
            footing=form.footing,
            chapters=chapters,
        )
    )
    return record
