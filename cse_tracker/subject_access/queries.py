"""What is held about one young person, whichever room keeps it; and the requests to see it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import permits, require, require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.attachments.model import Attachment, AttachmentChunk
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.intelligence.model import Link
from cse_tracker.people.model import Person
from cse_tracker.records.base import Record
from cse_tracker.records.dossier import OUTLASTING, gather, record_kinds
from cse_tracker.records.files import open_file
from cse_tracker.records.keys import DataKey, unlock
from cse_tracker.records.sealed import REGISTRY, SealedRecord, payload_fields
from cse_tracker.subject_access.events import AccessRequestsListed, AccessRequestViewed, EverythingViewed
from cse_tracker.subject_access.model import READABLE, RequestState, SubjectRequest
from cse_tracker.subject_access.rules import Leaf, Sheet, Tie, leaves_of, resolved, speaks_of
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work

# How a row is kept says nothing about anybody.
TECHNICAL: Final = frozenset({"id", "revision", "compartment_id", "key_version"})
POINTING: Final = ("person_id", "about_id", "subject_id", "case_id")
# Colleagues, and counts of people, are not about one young person, whoever is named alike.
NOT_ABOUT_ANYBODY: Final = frozenset(
    {"app_user", "monthly_release", "release_preparation", "estimate_data", "estimate_run"}
)
BATCH: Final = 500
# The order of a reader: who they are, how it began, what was done, what left, what is over.
ORDER: Final = (
    "person", "case_", "case_passage", "referral", "referral_question", "referral_offer", "referral_decision",
    "comparison", "certainty_fact", "assessment", "level_decision", "level_proposal", "case_entry", "meeting",
    "invitation", "action", "duty", "missing_episode", "return_interview", "attachment", "link", "linked_thing",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Held:
    """A request, whom it is about, and every row that is held of them."""

    request: SubjectRequest
    person: Person
    sheets: tuple[Sheet, ...]


def requests(work: Work) -> list[SubjectRequest]:
    """Give the requests of the actor's boroughs, those to be answered first come first."""
    allowed = (
        scope(work.actor, Permission.RECORD_DISCLOSE).boroughs | scope(work.actor, Permission.RECORD_OPEN).boroughs
    )
    if not allowed:
        raise NotPermitted(Permission.RECORD_DISCLOSE)
    rows = list(work.session.scalars(select(SubjectRequest).where(SubjectRequest.borough_gss.in_(allowed))))
    unlock(work.session, [row.compartment_id for row in rows])
    over = {RequestState.REFUSED, RequestState.HANDED_OUT}
    rows.sort(key=lambda row: (row.state in over, row.body.received_on, str(row.id)))
    work.record(AccessRequestsListed(subject_id=None, shown=len(rows)))
    return rows


def open_request(work: Work, request_id: UUID, *, for_change: bool = False) -> SubjectRequest:
    """Give a request without what it asks for; NotFound where the actor may not know of it."""
    row = work.session.get(SubjectRequest, request_id, with_for_update=for_change)
    if row is None or not _sees(work, row):
        raise NotFound
    work.record(AccessRequestViewed(subject_id=row.person_id, borough_gss=row.borough_gss, request_id=row.id))
    return row


def request_to_answer(work: Work, request_id: UUID, *, for_change: bool = False) -> SubjectRequest:
    """Give a request to the lead officer who is to agree; NotFound for everybody else."""
    row = open_request(work, request_id, for_change=for_change)
    require_sight(work.actor, Permission.RECORD_OPEN, row)
    return row


def request_to_fill(work: Work, request_id: UUID, *, for_change: bool = False) -> SubjectRequest:
    """Give a request to whoever prepares what is handed out; NotFound for everybody else."""
    row = open_request(work, request_id, for_change=for_change)
    require_sight(work.actor, Permission.RECORD_DISCLOSE, row)
    return row


def _sees(work: Work, row: SubjectRequest) -> bool:
    return any(permits(work.actor, each, row) for each in (Permission.RECORD_DISCLOSE, Permission.RECORD_OPEN))


def case_to_ask_for(work: Work, case_id: UUID) -> Case:
    """Give the case behind which somebody's records lie, unopened; NotFound where the actor may not answer for them."""
    case = work.session.get(Case, case_id)
    if case is None or not permits(work.actor, Permission.RECORD_DISCLOSE, case):
        raise NotFound
    return case


def standing_for(work: Work, person_id: UUID) -> SubjectRequest | None:
    """Give the request about somebody that is not answered yet."""
    standing = SubjectRequest.state.in_([RequestState.WAITING, RequestState.AGREED])
    return work.session.scalar(select(SubjectRequest).where(SubjectRequest.person_id == person_id, standing))


def held(work: Work, request: SubjectRequest) -> Held:
    """Give everything, opened and recorded as seen; raises RuleBroken before a lead officer has agreed."""
    require(work.actor, Permission.RECORD_DISCLOSE, request)
    if request.state not in READABLE:
        code = "subject_access.not_agreed"
        raise RuleBroken(code, "A lead officer has to agree before these records are opened")
    person = work.session.get_one(Person, request.person_id)
    rows = [*_belonging(work, person), *_mentioning(work, request)]
    unlock(work.session, [row.compartment_id for row, _ in rows if isinstance(row, SealedRecord)])
    sheets = _named(work, [_sheet(row, tie) for row, tie in rows if row.id != request.id])
    sheets.sort(key=_place)
    work.record(
        EverythingViewed(subject_id=person.id, borough_gss=person.borough_gss, request_id=request.id, rows=len(sheets))
    )
    return Held(request, person, tuple(sheets))


def _place(sheet: Sheet) -> tuple[int, str, str]:
    known = ORDER.index(sheet.table) if sheet.table in ORDER else len(ORDER)
    whens = [str(leaf.value) for leaf in sheet.leaves if leaf.path[-1].endswith(("_at", "ordinal"))]
    return known, sheet.table, min(whens, default="")


def _belonging(work: Work, person: Person) -> Iterator[tuple[Record, Tie]]:
    """Whatever the destruction of their records would destroy, what would outlast it, and what cases are linked to."""
    dossier = gather(work.session, person.id)
    things: set[UUID] = set()
    for kind in record_kinds():
        table = str(kind.__tablename__)
        columns: Any = kind.__table__.c
        wanted = select(kind).where(columns.id.in_(dossier.rows.get(table, frozenset())))
        if table in OUTLASTING:
            pointing = [name for name in POINTING if name in columns]
            wanted = select(kind).where(*(columns[name].in_(dossier.ids) for name in pointing[:1]))
        for row in work.session.scalars(wanted.order_by(columns.id)):
            if isinstance(row, Link):
                things |= {row.to_thing_id, *([row.from_thing_id] if row.from_thing_id else [])}
            yield row, Tie.BELONGS
    yield from ((row, Tie.BELONGS) for row in _of_table(work, "linked_thing", things))


def _mentioning(work: Work, request: SubjectRequest) -> Iterator[tuple[Record, Tie]]:
    places: dict[str, set[UUID]] = {}
    for table, row_id in request.body.mentions:
        places.setdefault(table, set()).add(row_id)
    for table, ids in sorted(places.items()):
        yield from ((row, Tie.MENTIONS) for row in _of_table(work, table, ids))


def _of_table(work: Work, table: str, ids: Iterable[UUID]) -> Iterable[Record]:
    kind = next(kind for kind in record_kinds() if kind.__tablename__ == table)
    return work.session.scalars(select(kind).where(kind.id.in_(set(ids))).order_by(kind.id))


def _sheet(row: Record, tie: Tie) -> Sheet:
    table = str(row.__tablename__)
    leaves: list[Leaf] = []
    for column in row.__table__.columns:
        if column.name not in TECHNICAL and (table, column.name) not in REGISTRY:
            leaves += leaves_of(table, getattr(row, column.key), (column.name,))
    if isinstance(row, SealedRecord):
        for each in payload_fields(type(row)):
            name = each.column.removesuffix("_sealed")
            leaves += leaves_of(table, each.__get__(row, type(row)), (name,))
    return Sheet(table, row.id, row.revision, tie, tuple(leaves))


def _named(work: Work, sheets: list[Sheet]) -> list[Sheet]:
    ids = {leaf.value for sheet in sheets for leaf in sheet.leaves if isinstance(leaf.value, UUID)}
    users = identity.users(work, ids)
    agencies = {row.id: row.name for row in identity.agencies(work).values()}
    names = {user_id: f"{row.head.name}, {agencies[row.agency_id]}" for user_id, row in users.items()}
    places = {borough.gss: borough.name for borough in identity.boroughs(work)}
    return [
        replace(sheet, leaves=tuple(resolved(leaf, names, agencies, places) for leaf in sheet.leaves))
        for sheet in sheets
    ]


def mentions(work: Work, request: SubjectRequest) -> tuple[tuple[str, UUID], ...]:
    """Look through everything that the borough's keys open for rows of others that name the young person."""
    require(work.actor, Permission.RECORD_DISCLOSE, request)
    person = work.session.get_one(Person, request.person_id)
    known, own = {row.id for row, _ in _belonging(work, person)}, person.head
    keys = select(DataKey.compartment_id).where(DataKey.purpose == "borough", DataKey.scope == person.borough_gss)
    found: list[tuple[str, UUID]] = []
    for kind in record_kinds():
        if not issubclass(kind, SealedRecord) or kind.__tablename__ in NOT_ABOUT_ANYBODY:
            continue
        wanted = select(kind).where(kind.compartment_id.in_(keys)).order_by(kind.id)
        for batch in work.session.scalars(wanted.execution_options(yield_per=BATCH)).partitions():
            unlock(work.session, {row.compartment_id for row in batch})
            found += [
                (str(kind.__tablename__), row.id)
                for row in batch
                if row.id not in known and speaks_of(str(kind.__tablename__), _payloads(row), own)
            ]
            for row in batch:
                if row.id not in known and row is not request:
                    work.session.expunge(row)
    return tuple(sorted(found))


def _payloads(row: SealedRecord) -> list[object]:
    return [each.__get__(row, type(row)) for each in payload_fields(type(row))]


def files_of(work: Work, everything: Held, row_ids: set[UUID]) -> dict[str, bytes]:
    """Give the files that are handed out beside the bundle, by the name that their row is handed out under."""
    require(work.actor, Permission.RECORD_DISCLOSE, everything.request)
    out: dict[str, bytes] = {}
    for row in work.session.scalars(select(Attachment).where(Attachment.id.in_(row_ids)).order_by(Attachment.id)):
        wanted = select(AttachmentChunk.chunk).where(AttachmentChunk.attachment_id == row.id)
        chunks = list(work.session.scalars(wanted.order_by(AttachmentChunk.number)))
        out[f"{row.id}.{row.body.kind.value}"] = open_file(row.id, row.body.key, chunks)
    return out
