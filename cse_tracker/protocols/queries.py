"""Which protocol is in force."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.protocols.events import ProtocolViewed
from cse_tracker.protocols.model import ProtocolDraft, ProtocolMove, ProtocolVersion
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.document import Deadline, ProtocolDocument, parse, template
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

# Asked for by nearly everything that is decided, and making it anew costs more than the answer.
_IN_FORCE: Final = (
    select(ProtocolVersion.id, ProtocolVersion.number, ProtocolVersion.digest)
    .where(ProtocolVersion.borough_gss == bindparam("borough"), ProtocolVersion.in_force_from <= bindparam("day"))
    .order_by(ProtocolVersion.in_force_from.desc(), ProtocolVersion.number.desc())
    .limit(1)
)


@dataclass(frozen=True)
class InForce:
    """A protocol version and its document."""

    version_id: UUID
    number: int
    document: ProtocolDocument

    @property
    def label(self) -> str:
        """How the version is named in an explanation."""
        return f"{self.document.title}, version {self.number}"


_TEXT: Final = select(ProtocolVersion.text).where(ProtocolVersion.id == bindparam("version"))
# A version never changes and there are few, so each is read and parsed once in a process.
_DOCUMENTS: Final[dict[str, ProtocolDocument]] = {}


def _document(digest: str, text: Callable[[], str]) -> ProtocolDocument:
    if digest not in _DOCUMENTS:
        _DOCUMENTS[digest] = parse(text())
    return _DOCUMENTS[digest]


def _as_in_force(version: ProtocolVersion) -> InForce:
    return InForce(version.id, version.number, _document(version.digest, lambda: version.text))


def in_force(work: Work, borough_gss: str, on: date | None = None) -> InForce:
    """Give the version in force in a borough on a date (today in London); raises RuleBroken where there is none."""
    day = on or work.today
    found = work.read(_IN_FORCE, {"borough": borough_gss, "day": day}).one_or_none()
    if found is None:
        code = "protocol.none"
        raise RuleBroken(code, "This borough has no protocol in force, so nothing can be decided under it")
    version_id, number, digest = found
    return InForce(
        version_id,
        number,
        _document(digest, lambda: work.session.connection().execute(_TEXT, {"version": version_id}).scalar_one()),
    )


def of_case(work: Work, case_id: UUID, *, borough_gss: str, opened_at: datetime) -> InForce:
    """Give the version that a case is decided under: the one it was last moved to, else that of its first day.

    Where its first day was before the borough's first version, that first one. Raises RuleBroken where there is none.
    """
    moved_to = work.session.scalar(
        select(ProtocolVersion)
        .join(ProtocolMove, ProtocolMove.version_id == ProtocolVersion.id)
        .where(ProtocolMove.case_id == case_id, ProtocolVersion.borough_gss == borough_gss)
        .order_by(ProtocolMove.ordinal.desc())
        .limit(1)
    )
    if moved_to is not None:
        return _as_in_force(moved_to)
    first = select(ProtocolVersion.in_force_from).where(ProtocolVersion.borough_gss == borough_gss)
    earliest = work.session.scalar(first.order_by(ProtocolVersion.in_force_from).limit(1))
    opened_on = opened_at.astimezone(LONDON).date()
    return in_force(work, borough_gss, max(opened_on, earliest) if earliest else opened_on)


def deadline_in(protocol: InForce, key: str) -> tuple[Deadline, str]:
    """Give a deadline of a version and how to name where it is from: the shipped one where the version sets none.

    A protocol that is silent must not make a duty vanish, nor stop what was reported from being recorded.
    """
    try:
        return protocol.document.deadline(key), protocol.label
    except LookupError:
        return template().deadline(key), f"default, as {protocol.label} sets none"


def moves_of(work: Work, case_id: UUID) -> list[ProtocolMove]:
    """Give the moves of a case that has been opened, the first one first."""
    wanted = select(ProtocolMove).where(ProtocolMove.case_id == case_id).order_by(ProtocolMove.ordinal)
    return list(work.session.scalars(wanted))


def versions(work: Work, version_ids: Iterable[UUID]) -> dict[UUID, InForce]:
    """Give versions by id, as decisions keep them."""
    rows = work.session.scalars(select(ProtocolVersion).where(ProtocolVersion.id.in_(set(version_ids))))
    return {row.id: _as_in_force(row) for row in rows}


def version(work: Work, version_id: UUID) -> ProtocolVersion:
    """Give one version, recorded as seen; NotFound where the actor may not see it."""
    found = work.session.get(ProtocolVersion, version_id)
    if found is None:
        raise NotFound
    require_sight(work.actor, Permission.PROTOCOL_VIEW, Subject(borough_gss=found.borough_gss))
    work.record(ProtocolViewed(subject_id=found.id, borough_gss=found.borough_gss))
    return found


def draft(work: Work, draft_id: UUID, *, for_change: bool = False) -> ProtocolDraft:
    """Give one draft, recorded as seen; NotFound where the actor may not see it."""
    found = work.session.get(ProtocolDraft, draft_id, with_for_update=for_change)
    if found is None:
        raise NotFound
    require_sight(work.actor, Permission.PROTOCOL_VIEW, found)
    work.record(ProtocolViewed(subject_id=found.id, borough_gss=found.borough_gss))
    return found


def of_borough(work: Work, borough_gss: str) -> tuple[list[ProtocolVersion], list[ProtocolDraft]]:
    """Give a borough's versions and drafts, newest first; NotFound where the actor may not see them."""
    require_sight(work.actor, Permission.PROTOCOL_VIEW, Subject(borough_gss=borough_gss))
    work.record(ProtocolViewed(subject_id=None, borough_gss=borough_gss))
    adopted = select(ProtocolVersion).where(ProtocolVersion.borough_gss == borough_gss)
    begun = select(ProtocolDraft).where(ProtocolDraft.borough_gss == borough_gss)
    return (
        list(work.session.scalars(adopted.order_by(ProtocolVersion.number.desc()))),
        list(work.session.scalars(begun.order_by(ProtocolDraft.edited_at.desc()))),
    )
