"""What can be asked of the record itself: whether it is whole, who has looked, and what belongs to whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import case as choose
from sqlalchemy import func, select

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit import checkpoint
from cse_tracker.audit.encoding import EPOCH
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verdict import Kind, Progress, Verdict
from cse_tracker.audit.verify import count, verify
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.oversight.events import AuditVerified, BackupTried, CaseTrailViewed, HandoutsViewed
from cse_tracker.oversight.model import Handout
from cse_tracker.oversight.rules import Look, in_words, is_a_look, kinds_of_event
from cse_tracker.records.dossier import gather
from cse_tracker.records.keys import keyring_of, unlock
from cse_tracker.records.reference import reference
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.events import AccessRefused
from cse_tracker.work.unit import Work


def entries_to_verify(work: Work) -> int:
    """Give how many entries a verification will read."""
    return count(work.session)


def verification(work: Work, outside: Path, *, progress: Progress | None = None) -> Verdict:
    """Verify every entry and every row, against the checkpoints outside; recorded with what it found.

    Raises CheckpointProblem where the file of checkpoints is not what this installation wrote.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    known = checkpoint.read(outside, keyring_of(work.session))
    verdict = verify(work.session, known if known.number else None, rows=True, progress=progress)
    written = checkpoint.written(work.session)
    if verdict.intact and written > known.number:
        words = (
            f"the checkpoints in {outside} end with number {known.number}, but {written} were made: lines were cut off"
        )
        verdict = replace(verdict, kind=Kind.TRUNCATION, problem=words, table="checkpoints")
    work.record(
        AuditVerified(
            subject_id=None,
            entries=verdict.entries,
            rows=verdict.rows,
            checkpoint=verdict.checkpoint,
            found=verdict.kind,
        )
    )
    return verdict


def verification_of_copy(work: Work, outside: Path) -> Verdict:
    """Verify a restored copy, against those checkpoints only that were made before it."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    keyring = keyring_of(work.session)
    known = checkpoint.first_lines(outside, keyring, checkpoint.written(work.session))
    return verify(work.session, known if known.number else None, rows=True)


def checkpoint_public_key(work: Work) -> str:
    """Give the public key that verifies checkpoints, in base64."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    return checkpoint.public_key(keyring_of(work.session))


@dataclass(frozen=True)
class Trail:
    """Who has looked at a case and what belongs to it, newest first; `more` where older entries are not shown."""

    case: Case
    looks: tuple[Look, ...]
    more: bool


def case_with_reference(work: Work, typed: str) -> UUID | None:
    """Give the id of the case of this reference in the boroughs whose trails the actor may see."""
    allowed = scope(work.actor, Permission.CASE_TRAIL).boroughs
    wanted = re.sub(r"[^A-Z0-9]", "", typed.upper())
    for case_id in work.session.scalars(select(Case.id).where(Case.borough_gss.in_(allowed))):
        if re.sub(r"[^A-Z0-9]", "", reference("C", case_id)) == wanted:
            return case_id
    return None


def case_for_trail(work: Work, case_id: UUID) -> Case:
    """Give a case whose trail the actor may see; NotFound where not. Nothing of it is opened."""
    case = work.session.get(Case, case_id)
    if case is None:
        raise NotFound
    require_sight(work.actor, Permission.CASE_TRAIL, case)
    return case


def trail(work: Work, case_id: UUID, *, page: int = 1) -> Trail:
    """Give who has looked at a case and all that belongs to it, recorded as a look itself."""
    case = case_for_trail(work, case_id)
    rows = entries_about(work, case.person_id, offset=(page - 1) * PAGE, limit=PAGE + 1)
    work.record(CaseTrailViewed(subject_id=case.id, borough_gss=case.borough_gss, shown=min(len(rows), PAGE)))
    return Trail(case, tuple(looks_of(work, rows[:PAGE])), len(rows) > PAGE)


PAGE: Final = 200


def entries_about(work: Work, person_id: UUID, *, offset: int = 0, limit: int | None = None) -> list[AuditEntry]:
    """Give the entries about a young person's records, newest first."""
    wanted = select(AuditEntry).where(AuditEntry.object_id.in_(gather(work.session, person_id).ids))
    wanted = wanted.order_by(AuditEntry.at_us.desc(), AuditEntry.writer, AuditEntry.sequence.desc())
    return list(work.session.scalars(wanted.offset(offset).limit(limit)))


def looks_of(work: Work, rows: Sequence[AuditEntry]) -> list[Look]:
    """Put entries into words, with names."""
    kinds = kinds_of_event()
    people = identity.users(work, {row.actor_id for row in rows if row.actor_id})
    agencies = identity.agencies(work, {user.agency_id for user in people.values()})
    found = []
    for row in rows:
        user = people.get(row.actor_id) if row.actor_id else None
        who = user.head.name if user else ("The service itself" if row.actor_id is None else "An account that is gone")
        agency = agencies[user.agency_id].name if user else ""
        at = EPOCH + timedelta(microseconds=row.at_us)
        refused = row.action == AccessRefused.name
        found.append(Look(at, who, agency, in_words(row.action, kinds), is_a_look(row.action), refused, row))
    return found


def case_for_export(work: Work, case_id: UUID) -> Case:
    """Give a case whose trail the actor may hand out; NotFound where not."""
    case = work.session.get(Case, case_id)
    if case is None:
        raise NotFound
    require_sight(work.actor, Permission.AUDIT_EXPORT, case)
    return case


def every_look(work: Work, case_id: UUID) -> list[Look]:
    """Give all of a case's trail, to be handed out."""
    return looks_of(work, entries_about(work, case_for_export(work, case_id).person_id))


def handouts(work: Work) -> list[Handout]:
    """Give what was handed out of the actor's boroughs, newest first; NotPermitted where the actor keeps none."""
    allowed = scope(work.actor, Permission.AUDIT_EXPORT).boroughs
    if not allowed:
        raise NotPermitted(Permission.AUDIT_EXPORT)
    rows = list(work.session.scalars(select(Handout).where(Handout.borough_gss.in_(allowed))))
    unlock(work.session, [row.compartment_id for row in rows])
    rows.sort(key=lambda row: row.body.handed_at, reverse=True)
    work.record(HandoutsViewed(subject_id=None, shown=len(rows)))
    return rows


# What a lead officer wants to hear of after an absence; looks at records are not among it.
NEWS: Final = (
    "referral.submitted",
    "case.opened",
    "case.moved",
    "case.level_decided",
    "case.level_lowering_proposed",
    "case.certainty_recorded",
    "case.assessed",
    "case.protocol_moved",
    "meeting.scheduled",
    "meeting.held",
    "duty.breached",
    "duty.escalated",
    "missing.reported",
    "missing.moved_on",
    "protocol.adopted",
)


# What the news leads to by itself; of other things it is enough to hear how often they happened.
LED_TO: Final = ("case", "referral", "meeting")


@dataclass(frozen=True)
class News:
    """Something that somebody else did in a borough, without any person: what, to which record, when last, how often.

    `object_id` is None for what has no page of its own.
    """

    at: datetime
    what: str
    object_type: str
    object_id: UUID | None
    times: int


def changes_since(work: Work, borough_gss: str, since: datetime, *, most: int) -> tuple[News, ...]:
    """Give what others did in a borough since a time, newest first; nothing where the actor may not list its cases.

    What happened to one record more than once is told once, and so are the duties whose time passed: after a
    fortnight's absence there are dozens, and each stands among what is overdue.
    """
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs & {borough_gss}
    about = choose((AuditEntry.object_type.in_(LED_TO), AuditEntry.object_id)).label("about")
    last = func.max(AuditEntry.at_us).label("last")
    wanted = (
        select(last, AuditEntry.action, AuditEntry.object_type, about, func.count().label("times"))
        .where(AuditEntry.borough_gss.in_(allowed), AuditEntry.at_us > (since - EPOCH) // timedelta(microseconds=1))
        .where(AuditEntry.action.in_(NEWS), AuditEntry.actor_id.is_distinct_from(work.actor.user_id))
        .group_by(AuditEntry.action, AuditEntry.object_type, about)
        .order_by(last.desc(), AuditEntry.action)
        .limit(most)
    )
    kinds = kinds_of_event()
    return tuple(
        News(EPOCH + timedelta(microseconds=at), in_words(action, kinds), kind, about_id, times)
        for at, action, kind, about_id, times in work.session.execute(wanted)
    )


def last_backup(work: Work) -> datetime | None:
    """Give when a backup was last made by the clock and found whole; None where none was."""
    tried = select(func.max(AuditEntry.at_us)).where(AuditEntry.action == BackupTried.name)
    newest = work.session.scalar(tried)
    return None if newest is None else EPOCH + timedelta(microseconds=newest)
