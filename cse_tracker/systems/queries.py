"""Who calls, what was answered before, and what operators see of systems."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity.model import Agency, Membership, User
from cse_tracker.identity.rules import token_digest
from cse_tracker.records.keys import DataKey, StoredKey, take_every_key, unlock
from cse_tracker.records.marks import epoch_of, mark, marked
from cse_tracker.systems.model import AgencySystem, KeptAnswer, SystemToken, Webhook
from cse_tracker.systems.rules import Scope, is_live, scopes_in
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

T = TypeVar("T")
# Asked for each request, with all that the request needs before it acts: the roles, the answer that was given under
# its key before, and the keys under which an answer will be kept. One row for each role and each of these keys.
_CALLER: Final = (
    select(
        SystemToken.expires_at,
        SystemToken.ended_at,
        SystemToken.scopes_held,
        SystemToken.system_id,
        User.id,
        User.agency_id,
        User.compartment_id,
        KeptAnswer.id,
        Membership.role,
        Membership.borough_gss,
        *DataKey.__table__.c,
    )
    .join(AgencySystem, AgencySystem.id == SystemToken.system_id)
    .join(User, User.id == AgencySystem.user_id)
    .join(Agency, Agency.id == AgencySystem.agency_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(
        KeptAnswer, (KeptAnswer.system_id == SystemToken.system_id) & (KeptAnswer.key_digest == bindparam("key_digest"))
    )
    .outerjoin(DataKey, DataKey.compartment_id == User.compartment_id)
    .where(SystemToken.token_digest == bindparam("digest"), User.active)
    .where(AgencySystem.closed_at.is_(None), Agency.closed_at.is_(None))
    .order_by(DataKey.version)
)
_ROLE: Final = slice(8, 10)
_KEY: Final = slice(10, None)


@dataclass(frozen=True, repr=False)
class Caller:
    """A system behind a live token: who acts, for what the token is good, and whose keys seal what it leaves.

    `answered` is the answer that it was given before under the key of this request, if any.
    """

    system_id: UUID
    scopes: frozenset[Scope]
    actor: Actor
    compartment_id: UUID
    keys: tuple[StoredKey, ...]
    answered: UUID | None


def caller(session: Session, token: str, key_digest: bytes, *, now: datetime) -> Caller | None:
    """Find the system behind a token. Roles are read afresh each time, so a withdrawn one bites at once."""
    asked = {"digest": token_digest(token), "key_digest": key_digest}
    rows = [tuple(row) for row in session.connection().execute(_CALLER, asked)]
    if not rows:
        return None
    expires_at, ended_at, scopes, system_id, user_id, agency_id, compartment_id, answered = rows[0][:8]
    if not is_live(expires_at, ended_at, now):
        return None
    roles = frozenset(row[_ROLE] for row in rows if row[_ROLE][0] is not None)
    keys = tuple(dict.fromkeys(row[_KEY] for row in rows if row[_KEY][0] is not None))
    return Caller(system_id, scopes_in(scopes), Actor(user_id, agency_id, roles), compartment_id, keys, answered)


def request_mac(work: Work, request: str) -> bytes:
    """Give the keyed form in which a request is remembered: without the key nobody can try out what was in it."""
    return mark(work.session, "api-request", request)


def same_request(work: Work, kept: KeptAnswer, request: str) -> bool:
    """Whether an answer was given to this very request."""
    return marked(work.session, kept.request_mac, "api-request", request)


def kept_answer(work: Work, caller: Caller) -> KeptAnswer | None:
    """Give the answer that a system was given under the key of its request, opened."""
    take_every_key(work.session, caller.keys)
    return None if caller.answered is None else work.session.get_one(KeptAnswer, caller.answered)


def systems(work: Work) -> list[tuple[AgencySystem, Agency]]:
    """Give every system with its agency, for operators."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    wanted = select(AgencySystem, Agency).join(Agency, Agency.id == AgencySystem.agency_id)
    return [(row[0], row[1]) for row in work.session.execute(wanted.order_by(Agency.name, AgencySystem.name))]


def system(work: Work, system_id: UUID) -> AgencySystem:
    """Give one system, for operators; NotFound where there is none."""
    return _kept(work, AgencySystem, system_id, for_change=False)


def token(work: Work, token_id: UUID) -> SystemToken:
    """Give one token's row, for operators; NotFound where there is none."""
    return _kept(work, SystemToken, token_id, for_change=True)


def webhook(work: Work, webhook_id: UUID) -> Webhook:
    """Give one webhook, for operators; NotFound where there is none."""
    return _kept(work, Webhook, webhook_id, for_change=True)


def _kept(work: Work, kind: type[T], row_id: UUID, *, for_change: bool) -> T:
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    found = work.session.get(kind, row_id, with_for_update=for_change)
    if found is None:
        raise NotFound
    return found


def tokens_of(work: Work, system_id: UUID) -> list[SystemToken]:
    """Give the tokens of a system, the newest first, for operators."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    wanted = select(SystemToken).where(SystemToken.system_id == system_id)
    return list(work.session.scalars(wanted.order_by(SystemToken.made_at.desc())))


def webhooks_of(work: Work, system_id: UUID) -> list[Webhook]:
    """Give the webhooks of a system, opened, for operators."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    rows = list(work.session.scalars(select(Webhook).where(Webhook.system_id == system_id)))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows


def mark_epochs(work: Work) -> set[int]:
    """Give the epochs of the staff key under which requests are remembered."""
    return {epoch_of(each) for each in work.session.scalars(select(KeptAnswer.request_mac))}
