"""Reads the record of a case that has been opened."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.casework.model import CaseEntry
from cse_tracker.casework.rules import AT_HOME, REACHED, Contact, Kind, Placement
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


def entries(work: Work, case: Case) -> list[CaseEntry]:
    """Give every entry of a case that has been opened, in the order they were made."""
    return list(work.session.scalars(select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.ordinal)))


def standing(found: list[CaseEntry]) -> list[CaseEntry]:
    """Leave out what was replaced or struck out; the latest first."""
    replaced = {entry.body.replaces for entry in found}
    return [entry for entry in reversed(found) if entry.ordinal not in replaced and not entry.body.struck_out]


def warnings_in_force(found: list[CaseEntry], today: date) -> list[CaseEntry]:
    """Give the warnings that everybody must see first."""
    return [entry for entry in standing(found) if entry.kind is Kind.WARNING and entry.holds_on(today)]


def periods_of_care(found: list[CaseEntry]) -> list[tuple[date, date | None]]:
    """Give from when to when each placement away from home lasted, as it stands."""
    placements = [entry.body.what for entry in standing(found) if isinstance(entry.body.what, Placement)]
    return [(each.since, each.until) for each in placements if each.code != AT_HOME]


@dataclass(frozen=True)
class Persistence:
    """How often contact was sought and reached: keeping on is what helps (s.1212-1220)."""

    attempts: int
    reached: int


def persistence(found: list[CaseEntry]) -> Persistence:
    """Count the contacts sought and those reached."""
    contacts = [entry.body.what for entry in standing(found) if isinstance(entry.body.what, Contact)]
    return Persistence(len(contacts), sum(contact.outcome in REACHED for contact in contacts))


def open_entry(work: Work, case: Case, ordinal: int) -> CaseEntry:
    """Give one entry of a case that has been opened, as long as nothing has replaced it."""
    require_sight(work.actor, Permission.CASE_RECORD, case)
    found = next((entry for entry in standing(entries(work, case)) if entry.ordinal == ordinal), None)
    if found is None:
        raise NotFound
    return found
