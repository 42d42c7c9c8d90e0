"""The imports of a borough, one of them, and which wait for the clock."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.imports.events import ImportViewed
from cse_tracker.imports.model import Import, ImportedCase, ImportState
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work

WAITING = (ImportState.APPLYING, ImportState.UNDOING)


@dataclass(frozen=True)
class Waiting:
    """An import that the clock carries on, for whoever began it."""

    import_id: UUID
    user_id: UUID | None


def listing(work: Work) -> list[Import]:
    """Give the imports of the actor's boroughs, the newest first; raises NotPermitted where there can be none."""
    allowed = scope(work.actor, Permission.IMPORT_RUN)
    if allowed.empty:
        raise NotPermitted(Permission.IMPORT_RUN)
    rows = list(work.session.scalars(select(Import).where(Import.borough_gss.in_(allowed.boroughs))))
    unlock(work.session, {row.compartment_id for row in rows})
    return sorted(rows, key=lambda row: row.head.uploaded_at, reverse=True)


def open_import(work: Work, import_id: UUID, *, for_change: bool = False) -> Import:
    """Give one import; NotFound where the actor may not see it."""
    found = work.session.get(Import, import_id, with_for_update=for_change)
    if found is None:
        raise NotFound
    require_sight(work.actor, Permission.IMPORT_RUN, found)
    work.record(ImportViewed(subject_id=found.id, borough_gss=found.borough_gss))
    return found


def staying(work: Work, batch: Import, most: int) -> list[UUID]:
    """Give the first of the cases of an import that was opened; of one that was taken back, those that stayed."""
    wanted = select(ImportedCase.case_id).where(ImportedCase.import_id == batch.id)
    return list(work.session.scalars(wanted.order_by(ImportedCase.id).limit(most)))


def waiting(session: Session) -> list[Waiting]:
    """Give the imports that the clock has to carry on."""
    wanted = select(Import.id, Import.started_by).where(Import.state.in_(WAITING)).order_by(Import.id)
    return [Waiting(import_id, user_id) for import_id, user_id in session.execute(wanted)]
