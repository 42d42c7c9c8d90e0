"""What people see of what happened at the table, and of packs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.actions import queries as actions
from cse_tracker.actions.model import WORDS, Action
from cse_tracker.agenda.events import ItemViewed, PackOpened
from cse_tracker.agenda.model import Given, Ingredients, MeetingDecision, Notes, Pack, PackPart, PackState, PartBody
from cse_tracker.assessments.model import Assessment, LevelDecision
from cse_tracker.cases import queries as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.model import AgendaItem, Meeting
from cse_tracker.missing.model import Episode, EpisodeState
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.records.sealed import SealedRecord
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.document import ProtocolDocument
from cse_tracker.rulebook.terms import PackSection
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

R = TypeVar("R", bound=SealedRecord)


def _opened(work: Work, found: Iterable[R]) -> list[R]:
    rows = list(found)
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


@dataclass(frozen=True)
class Told:
    """Everything under an item: its notes, what was shared and what was decided."""

    item: AgendaItem
    notes: Notes | None
    given: tuple[Given, ...]
    decisions: tuple[MeetingDecision, ...]


def told(work: Work, meeting: Meeting) -> list[Told]:
    """Give everything under each item of a meeting that has been opened by somebody who records it.

    Four statements, however many items there are.
    """
    require_sight(work.actor, Permission.MEETING_RECORD, meeting)
    items = meetings.agenda(work, meeting)
    ids = [item.id for item in items]
    notes = {
        row.item_id: row for row in _opened(work, work.session.scalars(select(Notes).where(Notes.item_id.in_(ids))))
    }
    given = _opened(work, work.session.scalars(select(Given).where(Given.item_id.in_(ids)).order_by(Given.ordinal)))
    taken = _opened(
        work,
        work.session.scalars(
            select(MeetingDecision).where(MeetingDecision.item_id.in_(ids)).order_by(MeetingDecision.ordinal)
        ),
    )
    return [
        Told(
            item,
            notes.get(item.id),
            tuple(each for each in given if each.item_id == item.id),
            tuple(each for each in taken if each.item_id == item.id),
        )
        for item in items
    ]


def open_item(work: Work, meeting: Meeting, item_id: UUID) -> Told:
    """Give one item with everything under it, recorded as seen; NotFound for one of another meeting."""
    found = next((each for each in told(work, meeting) if each.item.id == item_id), None)
    if found is None:
        raise NotFound
    work.record(
        ItemViewed(subject_id=meeting.id, borough_gss=meeting.borough_gss, item_id=item_id, case_id=found.item.case_id)
    )
    return found


def packs_of(work: Work, meeting: Meeting) -> list[Pack]:
    """Give the newest pack of each agency of a meeting that has been opened, those one may see."""
    wanted = select(Pack).where(Pack.meeting_id == meeting.id).order_by(Pack.ordinal)
    newest: dict[UUID, Pack] = {}
    for row in _opened(work, work.session.scalars(wanted)):
        newest[row.agency_id] = row
    leads = _leads(work, meeting)
    mine = work.actor.agency_id
    return [row for row in newest.values() if leads or (row.agency_id == mine and row.state is PackState.READY)]


def _leads(work: Work, meeting: Meeting) -> bool:
    return meeting.borough_gss in work.actor.boroughs_as(Role.LEAD_OFFICER)


def unfinished_packs(work: Work) -> list[tuple[UUID, UUID]]:
    """Give the packs that are still being put together, each with who asked for it, for the clock."""
    rows = _opened(work, work.session.scalars(select(Pack).where(Pack.state == PackState.BEGUN)))
    return [(row.id, row.body.asked_by) for row in rows if row.body.asked_by is not None]


def pack_in_hand(work: Work, pack_id: UUID) -> Pack:
    """Give a pack that is to be worked on, locked; NotFound where the actor may not."""
    pack = work.session.get(Pack, pack_id, with_for_update=True)
    if pack is None:
        raise NotFound
    require_sight(work.actor, Permission.MEETING_PACK, pack)
    unlock(work.session, [pack.compartment_id])
    return pack


def open_pack(work: Work, pack_id: UUID, *, as_file: bool = False) -> tuple[Pack, list[PackPart]]:
    """Give one pack with its parts, recorded as opened; NotFound where the actor may not know of it.

    An agency whose invitation was taken back, or whose pack is not whole, does not find it.
    """
    pack = work.session.get(Pack, pack_id)
    if pack is None:
        raise NotFound
    require_sight(work.actor, Permission.MEETING_PACK, pack)
    meeting = meetings.open_meeting(work, pack.meeting_id)
    invited = pack.agency_id in {each.agency_id for each in meeting.invitations}
    if not _leads(work, meeting) and not (invited and pack.state is PackState.READY):
        raise NotFound
    wanted = select(PackPart).where(PackPart.pack_id == pack.id).order_by(PackPart.ordinal)
    parts = _opened(work, work.session.scalars(wanted))
    work.record(
        PackOpened(
            subject_id=pack.meeting_id,
            borough_gss=pack.borough_gss,
            pack_id=pack.id,
            agency_id=pack.agency_id,
            as_file=as_file,
        )
    )
    return pack, parts


@dataclass(frozen=True)
class Known:
    """What is known of the cases of a pack: each kind of thing with one statement for all of them."""

    rows: dict[UUID, CaseRow]
    levels: dict[UUID, LevelDecision]
    assessments: dict[UUID, Assessment]
    episodes: dict[UUID, list[Episode]]
    actions: dict[UUID, list[Action]]
    document: ProtocolDocument


def known_of(work: Work, borough_gss: str, case_ids: Sequence[UUID]) -> Known:
    """Give what is known of cases that the actor may see; the statements do not depend on how many there are."""
    rows = cases.rows_of(work, case_ids)
    levels = _opened(
        work,
        work.session.scalars(
            select(LevelDecision).where(LevelDecision.case_id.in_(rows)).order_by(LevelDecision.ordinal)
        ),
    )
    assessed = _opened(
        work,
        work.session.scalars(select(Assessment).where(Assessment.case_id.in_(rows)).order_by(Assessment.ordinal)),
    )
    people = {row.person.id: case_id for case_id, row in rows.items()}
    away = _opened(
        work,
        work.session.scalars(
            select(Episode).where(Episode.person_id.in_(people), Episode.state != EpisodeState.WITHDRAWN)
        ),
    )
    todo = actions.of_cases(work, rows)
    return Known(
        rows=rows,
        levels={each.case_id: each for each in levels},
        assessments={each.case_id: each for each in assessed},
        episodes=_grouped(away, lambda each: people[each.person_id]),
        actions=_grouped(todo, lambda each: each.case_id or each.meeting_id),
        document=protocols.in_force(work, borough_gss).document,
    )


def _grouped(found: Iterable[R], key: Callable[[R], UUID]) -> dict[UUID, list[R]]:
    groups: dict[UUID, list[R]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return groups


def part_of(item: AgendaItem, known: Known, sections: Sequence[PackSection]) -> PartBody:
    """Give what a pack says under an item: of a case, only these sections."""
    row = known.rows.get(item.case_id) if item.case_id else None
    if row is None:
        note = item.body.note or "Nothing was written down before the meeting."
        return PartBody(item.body.title, (("About", note),))
    lines: list[tuple[str, str]] = []
    for section in sections:
        lines += TELLERS[section](row, known)
    return PartBody(f"Case {row.case.reference}", tuple(lines))


def _identity(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    del known
    born = row.person.head.date_of_birth
    return [
        ("Name", row.person.head.full_name),
        ("Date of birth", f"{born.day} {born:%B %Y}" if born else "Not known"),
        ("School", row.person.body.school or "Not recorded"),
    ]


def _level(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    decided = known.levels.get(row.case.id)
    certainty = row.case.head.certainty
    lines = [("Certainty", f"Exploitation {certainty.value}" if certainty else "Not recorded")]
    if decided is None:
        return [*lines, ("Level", "Not decided yet")]
    day = decided.body.decided_at.astimezone(LONDON)
    return [*lines, ("Level", f"{row.case.head.level_label}, decided on {day.day} {day:%B %Y}")]


def _indicators(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    latest = known.assessments.get(row.case.id)
    if latest is None:
        return [("Indicators", "Not assessed yet")]
    texts = {each.key: each.text for each in known.document.indicators}
    seen = [f"{texts.get(each.indicator, each.indicator)}: {each.evidence}" for each in latest.body.observations]
    return [("Indicators", "\n".join(seen) or "None observed"), ("What it adds up to", latest.body.narrative)]


def _view(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    latest = known.assessments.get(row.case.id)
    said = latest.body.young_person_view if latest else ""
    return [("What the young person says", said or "Not asked yet")]


def _missing(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    found = sorted(known.episodes.get(row.case.id, ()), key=lambda each: each.head.starts_at, reverse=True)
    days = [each.head.starts_at.astimezone(LONDON) for each in found[:5]]
    latest = f": {', '.join(f'{day.day} {day:%B %Y}' for day in days)}" if days else ""
    return [("Times missing or away", f"{len(found)}{latest}")]


def _actions(row: CaseRow, known: Known) -> list[tuple[str, str]]:
    todo = [each for each in known.actions.get(row.case.id, ()) if each.is_open]
    said = [
        f"{each.body.text} (by {each.body.due_on.day} {each.body.due_on:%B %Y}; {WORDS[each.state]})" for each in todo
    ]
    return [("Actions still open", "\n".join(said) or "None")]


TELLERS: Final[dict[PackSection, Callable[[CaseRow, Known], list[tuple[str, str]]]]] = {
    PackSection.IDENTITY: _identity,
    PackSection.LEVEL: _level,
    PackSection.INDICATORS: _indicators,
    PackSection.VIEW: _view,
    PackSection.MISSING: _missing,
    PackSection.ACTIONS: _actions,
}


def next_parts(work: Work, pack: Pack, meeting: Meeting, sections: Sequence[PackSection], *, most: int) -> Ingredients:
    """Give what the next parts of a pack are made of; the statements do not depend on how many cases there are.

    An item whose case the asker may not see any more is told by its reference alone.
    """
    made = select(PackPart.item_id).where(PackPart.pack_id == pack.id)
    wanted = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.id.not_in(made))
    items = _opened(work, work.session.scalars(wanted.order_by(AgendaItem.ordinal).limit(most)))
    known = known_of(work, meeting.borough_gss, [item.case_id for item in items if item.case_id is not None])
    found = []
    for item in items:
        row = known.rows.get(item.case_id) if item.case_id else None
        found.append((item, row.case if row else None, part_of(item, known, sections)))
    return Ingredients(tuple(found))
