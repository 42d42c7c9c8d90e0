"""Who calls, what was answered before, and what operators see of systems."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, outerjoin, select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity.model import Agency, Membership, User
from cse_tracker.identity.rules import token_digest
from cse_tracker.records.keys import DataKey, take_every_key, unlock
from cse_tracker.records.marks import epoch_of, mark, marked
from cse_tracker.systems.model import AgencySystem, KeptAnswer, SystemToken, Webhook
from cse_tracker.systems.rules import Scope
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

T = TypeVar("T")
# Each is asked once for each request, and making them anew costs more than the answer.
_CALLER: Final = (
    select(SystemToken, User.id, User.agency_id, User.compartment_id, Membership.role, Membership.borough_gss)
    .join(AgencySystem, AgencySystem.id == SystemToken.system_id)
    .join(User, User.id == AgencySystem.user_id)
    .join(Agency, Agency.id == AgencySystem.agency_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(SystemToken.token_digest == bindparam("digest"), User.active)
    .where(AgencySystem.closed_at.is_(None), Agency.closed_at.is_(None))
)
# Brings the keys along under which the answer will be kept where there is none yet.
_KEPT: Final = (
    select(KeptAnswer, *DataKey.__table__.c)
    .select_from(
        outerjoin(
            DataKey,
            KeptAnswer,
            (KeptAnswer.system_id == bindparam("system_id")) & (KeptAnswer.key_digest == bindparam("key_digest")),
        )
    )
    .where(DataKey.compartment_id == bindparam("compartment_id"))
    .order_by(DataKey.version)
)


@dataclass(frozen=True)
class Caller:
    """A system behind a live token: who acts, for what the token is good, and whose key seals what it leaves."""

    system_id: UUID
    token_id: UUID
    scopes: frozenset[Scope]
    actor: Actor
    compartment_id: UUID


def caller(session: Session, token: str, *, now: datetime) -> Caller | None:
    """Find the system behind a token. Roles are read afresh each time, so a withdrawn one bites at once."""
    rows = session.execute(_CALLER, {"digest": token_digest(token)}).all()
    if not rows or not rows[0][0].is_live(now):
        return None
    held, user_id, agency_id, compartment_id = rows[0][:4]
    roles = frozenset((role, borough) for *_, role, borough in rows if role is not None)
    return Caller(held.system_id, held.id, held.scopes, Actor(user_id, agency_id, roles), compartment_id)


def request_mac(work: Work, request: str) -> bytes:
    """Give the keyed form in which a request is remembered: without the key nobody can try out what was in it."""
    return mark(work.session, "api-request", request)


def same_request(work: Work, kept: KeptAnswer, request: str) -> bool:
    """Whether an answer was given to this very request."""
    return marked(work.session, kept.request_mac, "api-request", request)


def kept_answer(work: Work, caller: Caller, key_digest: bytes) -> KeptAnswer | None:
    """Give the answer that a system was given under a key, opened."""
    asked = {"system_id": caller.system_id, "key_digest": key_digest, "compartment_id": caller.compartment_id}
    rows = work.session.execute(_KEPT, asked).all()
    take_every_key(work.session, [tuple(row)[1:] for row in rows])
    kept: KeptAnswer | None = rows[0][0] if rows else None
    if kept is not None:
        unlock(work.session, [kept.compartment_id])
    return kept


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
