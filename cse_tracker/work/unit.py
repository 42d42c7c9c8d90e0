"""Opens, runs and ends a unit of work: the only commit in the system."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, CursorResult, FromClause, Select, Table, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import visitors

from cse_tracker.audit import chain, rows
from cse_tracker.audit.model import AuditEntry
from cse_tracker.records.keys import EPOCHS, KEYRING, OPENED, Opened, freshen
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.vault.keyring import Keyring
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Conflict
from cse_tracker.work.event import Event
from cse_tracker.work.events import StoreWritten

READ_ONLY = "read only"
Columns = TypeVarTuple("Columns")


class WroteWhileReading(Exception):
    """A page that should only be read tried to change something: a defect, never a user's fault."""


@dataclass(eq=False)
class Work:
    """One actor, one reading of the clock, one transaction, and the events of it."""

    session: Session
    actor: Actor
    now: datetime
    request_id: UUID | None = None
    sign_in_id: UUID | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day that it is in London."""
        return self.now.astimezone(LONDON).date()

    def record(self, happened: Event) -> None:
        """Record that something happened: this is what audits and what notifies."""
        happened.facts()
        self.events.append(happened)

    def read(
        self, wanted: Select[*Columns] | CompoundSelect[*Columns], asked: Mapping[str, Any], *, apart: bool = False
    ) -> CursorResult[*Columns]:
        """Read columns by a statement that is kept, with what has changed so far written first.

        Past the session's own bookkeeping, which for a few columns costs more than the answer. Where it is `apart`,
        only what has changed in the statement's own tables is written first: for reactions, to whose messages nothing
        of what waits must have been written before.
        """
        session = self.session
        if not apart or not _tables_in(wanted).isdisjoint(
            row.__table__ for row in (*session.new, *session.dirty, *session.deleted)
        ):
            session.flush()
        return session.connection().execute(wanted, asked)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Try something inside the work: a refusal undoes just this part, so that a form can be shown again."""
        mark = len(self.events)
        try:
            with self.session.begin_nested():
                yield
        except BaseException as error:
            # Whatever went wrong: an event of a part that was undone never happened.
            del self.events[mark:]
            if _somebody_was_first(error):
                raise Conflict from None
            raise


Reaction = Callable[[Work, Event], None]


@lru_cache(maxsize=256)
def _tables_in(statement: Select[Any] | CompoundSelect[Any]) -> frozenset[FromClause]:
    return frozenset(part for part in visitors.iterate(statement) if isinstance(part, Table))


@contextmanager
def unit_of_work(
    session: Session,
    actor: Actor,
    now: datetime,
    keyring: Keyring,
    *,
    reactions: Sequence[Reaction] = (),
    read_only: bool = False,
    request_id: UUID | None = None,
    sign_in_id: UUID | None = None,
) -> Iterator[Work]:
    """Run one unit of work: returning commits with its audit entries, raising rolls everything back.

    Raises Conflict when a row was changed by somebody else meanwhile.
    """
    # Nothing that an earlier work of the same session had loaded may be taken for today's truth.
    session.expunge_all()
    session.info[KEYRING] = keyring
    session.info[READ_ONLY] = read_only
    session.info[OPENED] = Opened()
    session.info[EPOCHS] = {}
    rows.forget(session)
    work = Work(session, actor, now, request_id, sign_in_id)
    writer = chain.writer_for(session)
    try:
        freshen(session, now)
        yield work
        _react(work, reactions)
        session.flush()
        tail = _append(work, writer)
        session.commit()
        writer.advance(tail)
    except BaseException as error:
        session.rollback()
        if _somebody_was_first(error):
            raise Conflict from None
        raise
    finally:
        writer.release()
        session.info.pop(KEYRING, None)
        session.info.pop(OPENED, None)
        session.info.pop(EPOCHS, None)
        session.info.pop(READ_ONLY, None)


def _somebody_was_first(error: BaseException) -> bool:
    """Whether a row was changed, or one that may be there only once was added, by somebody else meanwhile."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, IntegrityError):
        return False
    # PostgreSQL gives a code for a broken unique constraint, SQLite only words.
    return getattr(error.orig, "sqlstate", "") == "23505" or str(error.orig).startswith("UNIQUE constraint failed")


def _react(work: Work, reactions: Sequence[Reaction]) -> None:
    done = 0
    while done < len(work.events):
        for react in reactions:
            react(work, work.events[done])
        done += 1


def _append(work: Work, writer: chain.Writer) -> chain.Tail:
    wrote = rows.written(work.session)
    if wrote and not work.events:
        # A row that no entry speaks of would be taken for one that was written past the service.
        work.record(StoreWritten(subject_id=None))
    return chain.append(work.session, writer, [_entry(work, happened) for happened in work.events], wrote)


def _entry(work: Work, happened: Event) -> chain.Entry:
    return chain.Entry(
        at=work.now,
        actor_id=work.actor.user_id,
        sign_in_id=work.sign_in_id,
        request_id=work.request_id,
        action=happened.name,
        object_type=happened.subject,
        object_id=happened.subject_id,
        borough_gss=happened.borough_gss,
        facts=happened.facts(),
    )


def _refuse_writes(session: Session, _context: object, _instances: object) -> None:
    if not session.info.get(READ_ONLY):
        return
    changed = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    wrong = [row for row in changed if not isinstance(row, AuditEntry)]
    if wrong:
        message = f"{wrong[0]!r} would be written while reading"
        raise WroteWhileReading(message)


def _refuse_bulk_writes(state: ORMExecuteState) -> None:
    if not state.session.info.get(READ_ONLY) or not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper: Mapper[Any] | None = state.bind_mapper
    if mapper is None or mapper.class_ is not AuditEntry:
        message = "A bulk statement would write while reading"
        raise WroteWhileReading(message)


def watch(session_factory: Any) -> None:
    """Make sessions of this factory refuse writes while reading, and keep what they write for the audit."""
    rows.watch(session_factory)
    event.listen(session_factory, "before_flush", _refuse_writes)
    event.listen(session_factory, "do_orm_execute", _refuse_bulk_writes)
