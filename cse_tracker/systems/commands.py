"""What operators do with the systems of agencies; and what a request that changes something leaves behind."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity import commands as identity
from cse_tracker.identity.commands import NewUser
from cse_tracker.identity.model import Agency, User
from cse_tracker.identity.rules import Passwords, token_digest
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.systems.events import (
    AnswersForgotten,
    SystemAdded,
    SystemClosed,
    TokenEnded,
    TokenGiven,
    WebhookAdded,
    WebhookEnded,
    WebhookSecretRotated,
)
from cse_tracker.systems.model import AgencySystem, AnswerBody, KeptAnswer, SystemToken, Webhook, WebhookBody
from cse_tracker.systems.rules import (
    ANSWERS_KEPT,
    LONGEST_LIFE,
    OVERLAP,
    Scope,
    address_problem,
    new_secret,
    new_token,
)
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

MOST_AT_ONCE = 500


def add(
    work: Work, agency: Agency, *, name: str, mailbox: str, boroughs: Iterable[str], passwords: Passwords
) -> AgencySystem:
    """Add a system of an agency. It refers for its agency in these boroughs; its mail goes to a team's mailbox.

    Raises RuleBroken for a name that the agency uses already, and for a mailbox that is somebody's address here.
    """
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    taken = select(AgencySystem.id).where(AgencySystem.agency_id == agency.id, AgencySystem.name == name)
    if work.session.scalar(taken) is not None:
        raise RuleBroken("system.name", "This agency has a system of this name already", field="name")
    # Nobody knows the password: a system never signs in.
    form = NewUser(f"{agency.name}: {name}", mailbox, "A system, not a person", new_token())
    user = identity.add_user(work, agency, form, passwords=passwords)
    for gss in sorted(set(boroughs)):
        identity.grant(work, user, role=Role.REFERRER, borough_gss=gss)
    system = AgencySystem(agency_id=agency.id, user_id=user.id, name=name)
    work.session.add(system)
    work.session.flush()
    work.record(SystemAdded(subject_id=system.id, agency_id=agency.id))
    return system


def give_token(
    work: Work, system: AgencySystem, *, scopes: Iterable[Scope], life: timedelta, instead_of: UUID | None = None
) -> str:
    """Give a system a token; it is given back once, and only its digest is kept.

    Raises RuleBroken for a life of more than a year, for no scope at all, and for a system that is closed.
    """
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    held = sorted(set(scopes))
    if system.closed_at is not None:
        raise RuleBroken("system.closed", "This system is closed")
    if not held:
        raise RuleBroken("token.scopes", "Say what the token may be used for")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise RuleBroken("token.life", "A token lives for at least a day and at most a year")
    token = new_token()
    row = SystemToken(
        system_id=system.id,
        token_digest=token_digest(token),
        scopes_held=" ".join(held),
        made_at=work.now,
        expires_at=work.now + life,
    )
    work.session.add(row)
    work.session.flush()
    given = TokenGiven(subject_id=system.id, token_id=row.id, expires_at=row.expires_at, instead_of=instead_of)
    work.record(given)
    return token


def rotate_token(work: Work, token: SystemToken, *, life: timedelta) -> str:
    """Give a new token of the same scopes; the old one goes on for a week at most, so that nothing stops meanwhile."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if not token.is_live(work.now):
        raise RuleBroken("token.ended", "This token has ended. Give the system a new one")
    system = work.session.get_one(AgencySystem, token.system_id)
    fresh = give_token(work, system, scopes=token.scopes, life=life, instead_of=token.id)
    token.expires_at = min(token.expires_at, work.now + OVERLAP)
    return fresh


def end_token(work: Work, token: SystemToken) -> None:
    """End a token at once."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if token.ended_at is None:
        token.ended_at = work.now
        work.record(TokenEnded(subject_id=token.system_id, token_id=token.id))


def close(work: Work, system: AgencySystem) -> None:
    """Close a system: its tokens and webhooks end, and its account is switched off."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if system.closed_at is not None:
        return
    system.closed_at = work.now
    for token in work.session.scalars(select(SystemToken).where(SystemToken.system_id == system.id)):
        end_token(work, token)
    for hook in work.session.scalars(select(Webhook).where(Webhook.system_id == system.id)):
        end_webhook(work, hook)
    work.session.get_one(User, system.user_id).active = False
    work.record(SystemClosed(subject_id=system.id))


def add_webhook(work: Work, system: AgencySystem, *, url: str, plain_allowed: bool) -> tuple[Webhook, str]:
    """Register an address that is called when something changes; gives it with its secret, which is shown once."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if system.closed_at is not None:
        raise RuleBroken("system.closed", "This system is closed")
    problem = address_problem(url, plain_allowed=plain_allowed)
    if problem is not None:
        raise RuleBroken("webhook.address", problem, field="url")
    hook = Webhook(
        system_id=system.id, agency_id=system.agency_id, compartment_id=new_compartment(work.session, "staff")
    )
    secret = new_secret()
    hook.body = WebhookBody(url=url, secret=secret)
    work.session.add(hook)
    work.session.flush()
    work.record(WebhookAdded(subject_id=hook.id, system_id=system.id))
    return hook, secret


def rotate_secret(work: Work, hook: Webhook) -> str:
    """Give a webhook a new secret; for a week calls are signed with the older one as well."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if hook.ended_at is not None:
        raise RuleBroken("webhook.ended", "This webhook has ended")
    unlock(work.session, [hook.compartment_id])
    secret = new_secret()
    hook.body = replace(hook.body, secret=secret, older_secret=hook.body.secret, older_until=work.now + OVERLAP)
    work.record(WebhookSecretRotated(subject_id=hook.id))
    return secret


def end_webhook(work: Work, hook: Webhook) -> None:
    """End a webhook: nothing is sent there any more."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    if hook.ended_at is None:
        hook.ended_at = work.now
        work.record(WebhookEnded(subject_id=hook.id))


def keep_answer(
    work: Work, *, system_id: UUID, key_digest: bytes, request_mac: bytes, compartment_id: UUID, answer: AnswerBody
) -> None:
    """Keep the answer to a request of the actor's with what it changed: both are there, or neither.

    Of two requests under one key that run side by side one meets the unique key at its end, and raises Conflict.
    """
    row = KeptAnswer(
        system_id=system_id,
        key_digest=key_digest,
        request_mac=request_mac,
        made_at=work.now,
        compartment_id=compartment_id,
    )
    row.body = answer
    work.session.add(row)


def forget_answers(work: Work) -> int:
    """Throw away answers kept for a month; gives how many. Run by the clock, some at a time."""
    require(work.actor, Permission.SYSTEM_KEEP, Subject())
    wanted = select(KeptAnswer).where(KeptAnswer.made_at < work.now - ANSWERS_KEPT)
    rows = list(work.session.scalars(wanted.order_by(KeptAnswer.made_at).limit(MOST_AT_ONCE)))
    for row in rows:
        work.session.delete(row)
    if rows:
        work.record(AnswersForgotten(subject_id=None, number=len(rows)))
    return len(rows)
