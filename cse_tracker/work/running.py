"""The running service as every door needs it: sessions, keys, the clock, and what reacts to events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cse_tracker.records.keys import KEYRING, keyring_of
from cse_tracker.vault.keyring import Keyring
from cse_tracker.work.actor import SYSTEM, Actor
from cse_tracker.work.unit import Reaction, Work, unit_of_work


@dataclass(frozen=True, repr=False)
class Running:
    """Opens units of work. The keyring is asked for each time, because a store is opened after the app is made."""

    session: Callable[[], Session]
    keyring: Callable[[], Keyring]
    clock: Callable[[], datetime]
    reactions: Sequence[Reaction]

    @contextmanager
    def work(
        self,
        actor: Actor = SYSTEM,
        *,
        reading: bool = False,
        request_id: UUID | None = None,
        sign_in_id: UUID | None = None,
    ) -> Iterator[Work]:
        """Run one unit of work for an actor."""
        with unit_of_work(
            self.session(),
            actor,
            self.clock(),
            self.keyring(),
            reactions=self.reactions,
            read_only=reading,
            request_id=request_id,
            sign_in_id=sign_in_id,
        ) as work:
            yield work

    @contextmanager
    def work_in(self, session: Session) -> Iterator[Work]:
        """Run one unit of work of the service itself in a session, and a transaction, that somebody else ends."""
        keyring = keyring_of(session)
        with unit_of_work(session, SYSTEM, self.clock(), keyring) as work:
            yield work
        session.info[KEYRING] = keyring
