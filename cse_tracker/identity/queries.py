"""Who signed in, and the names, agencies and posts that pages show."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from cse_tracker.identity.model import Agency, Borough, Membership, Post, PostKind, SignIn, User
from cse_tracker.identity.rules import token_digest
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Actor, Role
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# Whoever holds a post of a kind for a borough and can still sign in, for `borough` and `kind`.
# Asked by nearly every event that opens a duty or writes to a borough; making them anew costs more than the answer.
HOLDERS: Final = (
    select(Post.holder_id)
    .join(User, User.id == Post.holder_id)
    .where(Post.borough_gss == bindparam("borough"), Post.kind == bindparam("kind"), User.active)
)
_SERVING: Final = (
    select(Agency)
    .where((Agency.borough_gss == bindparam("borough")) | Agency.borough_gss.is_(None), Agency.closed_at.is_(None))
    .order_by(Agency.name)
)
# The borough's own stand before those that cover several.
_BEARING: Final = (
    select(Agency.id)
    .where((Agency.borough_gss == bindparam("borough")) | Agency.borough_gss.is_(None), Agency.closed_at.is_(None))
    .where(Agency.kind == bindparam("kind"))
    .order_by(Agency.borough_gss.is_(None), Agency.name)
    .limit(1)
)


@dataclass(frozen=True)
class SignedInUser:
    """A valid session: who acts, under which sign-in."""

    sign_in_id: UUID
    actor: Actor


def signed_in_user(session: Session, token: str, *, now: datetime, longest: timedelta) -> SignedInUser | None:
    """Find the live session behind a token. Roles are read afresh each time, so a withdrawn one bites at once."""
    row = session.execute(
        select(SignIn.id, User.id, User.agency_id)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.token_digest == token_digest(token), SignIn.ended_at.is_(None))
        .where(SignIn.opened_at > now - longest, User.active)
    ).one_or_none()
    if row is None:
        return None
    sign_in_id, user_id, agency_id = row
    return SignedInUser(sign_in_id, Actor(user_id, agency_id, roles_of(session, user_id)))


def roles_of(session: Session, user_id: UUID) -> frozenset[tuple[Role, str]]:
    """Give the roles that a user holds, each with its borough."""
    held = session.execute(select(Membership.role, Membership.borough_gss).where(Membership.user_id == user_id))
    return frozenset((role, borough) for role, borough in held)


def actor_of(work: Work, user_id: UUID) -> Actor | None:
    """Give a user as who acts, for what the clock carries on in their name; None for one switched off."""
    user = work.session.get(User, user_id)
    if user is None or not user.active:
        return None
    return Actor(user.id, user.agency_id, roles_of(work.session, user.id))


def are_active(work: Work, user_ids: Collection[UUID]) -> bool:
    """Whether all of these people still have an account that is switched on."""
    wanted = select(User.id).where(User.id.in_(user_ids), User.active)
    return set(work.session.scalars(wanted)) == set(user_ids)


def users(work: Work, user_ids: Iterable[UUID]) -> dict[UUID, User]:
    """Give users by id, their keys unwrapped together."""
    rows = work.session.scalars(select(User).where(User.id.in_(set(user_ids)))).all()
    unlock(work.session, [row.compartment_id for row in rows])
    return {row.id: row for row in rows}


def names(work: Work, user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Give the names of colleagues by id."""
    return {user_id: row.head.name for user_id, row in users(work, [i for i in user_ids if i]).items()}


def agency(work: Work, agency_id: UUID) -> Agency:
    """Give one agency."""
    return work.session.get_one(Agency, agency_id)


def agency_named(work: Work, name: str) -> Agency:
    """Give the agency of this name; raises RuleBroken where there is none."""
    found = work.session.scalar(select(Agency).where(Agency.name == name))
    if found is None:
        code = "agency.unknown"
        raise RuleBroken(code, "There is no agency of this name", field="agency")
    return found


def agencies(work: Work, agency_ids: Iterable[UUID] | None = None) -> dict[UUID, Agency]:
    """Give agencies by id; all of them where no ids are given."""
    wanted = select(Agency).order_by(Agency.name)
    if agency_ids is not None:
        wanted = wanted.where(Agency.id.in_(set(agency_ids)))
    return {row.id: row for row in work.session.scalars(wanted)}


def borough(work: Work, gss: str) -> Borough:
    """Give the borough of this GSS code; raises RuleBroken where there is none."""
    found = work.session.get(Borough, gss)
    if found is None:
        code = "borough.unknown"
        raise RuleBroken(code, f"There is no London borough with the code {gss}", field="borough")
    return found


def boroughs(work: Work, gss: Collection[str] | None = None) -> list[Borough]:
    """Give boroughs in order of name; all of them where no codes are given."""
    wanted = select(Borough).order_by(Borough.name)
    if gss is not None:
        wanted = wanted.where(Borough.gss.in_(gss))
    return list(work.session.scalars(wanted))


def boroughs_with_a_lead_officer(work: Work) -> list[Borough]:
    """Give the boroughs that can receive a referral: those with a lead officer in post."""
    covered = select(Post.borough_gss).where(Post.kind == PostKind.LEAD_OFFICER)
    return list(work.session.scalars(select(Borough).where(Borough.gss.in_(covered)).order_by(Borough.name)))


def post_holders(work: Work, *, borough_gss: str, kind: PostKind) -> list[Post]:
    """Give the posts of a kind for a borough."""
    wanted = select(Post).where(Post.borough_gss == borough_gss, Post.kind == kind)
    return list(work.session.scalars(wanted.order_by(Post.id)))


def lead_officers(work: Work, borough_gss: str) -> frozenset[UUID]:
    """Give every user who is a lead officer of a borough, whether or not they hold its post."""
    wanted = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.borough_gss == borough_gss, Membership.role == Role.LEAD_OFFICER, User.active)
    )
    return frozenset(work.session.scalars(wanted))


def holders(work: Work, *, borough_gss: str, kind: PostKind) -> frozenset[UUID]:
    """Give the users who hold a post of a kind for a borough and can still sign in."""
    return frozenset(work.read(HOLDERS, {"borough": borough_gss, "kind": kind}).scalars())


def who_leads(work: Work, borough_gss: str) -> frozenset[UUID]:
    """Give whom to write to about what a borough must do: whoever holds the lead officer's post.

    Where it is vacant, every lead officer; where there is none, those above them, the nearest first. Empty only where
    nobody at all is left.
    """
    found = holders(work, borough_gss=borough_gss, kind=PostKind.LEAD_OFFICER) or lead_officers(work, borough_gss)
    for above in (PostKind.SERVICE_MANAGER, PostKind.HEAD_OF_SAFEGUARDING, PostKind.DIRECTOR):
        found = found or holders(work, borough_gss=borough_gss, kind=above)
    return found


def agencies_of(work: Work, borough_gss: str) -> list[Agency]:
    """Give the agencies that serve a borough: its own, and those that cover several."""
    return list(work.session.scalars(_SERVING, {"borough": borough_gss}))


def reachable(work: Work, agency_id: UUID) -> frozenset[UUID]:
    """Give the users of an agency who can sign in and receive a referral; none where it has no account."""
    wanted = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.agency_id == agency_id, User.active, Membership.role == Role.REFERRER)
    )
    return frozenset(work.session.scalars(wanted))


def referral_contacts(work: Work, agency_id: UUID, borough_gss: str) -> frozenset[UUID]:
    """Give whom to write to about a referral to an agency: whoever holds its post, else everybody who can receive it.

    A referral is addressed to the post, so it reaches whoever holds that today.
    """
    able = reachable(work, agency_id)
    for kind in (PostKind.REFERRAL_CONTACT, PostKind.MEETING_CONTACT):
        wanted = select(Post.holder_id).where(
            Post.agency_id == agency_id, Post.borough_gss == borough_gss, Post.kind == kind
        )
        holders = able & set(work.session.scalars(wanted))
        if holders:
            return holders
    return able


def bearing_agency(work: Work, kind: AgencyKind, borough_gss: str) -> UUID:
    """Give the agency of a kind that bears a borough's duties, the borough's own before one that covers several."""
    # Whoever opens the duty writes what waits together with it.
    found = work.read(_BEARING, {"borough": borough_gss, "kind": kind}, apart=True).scalar()
    if found is None:
        code = "agency.none"
        raise RuleBroken(code, f"No agency of the kind {kind.replace('_', ' ')} serves this borough yet")
    return found


@dataclass(frozen=True, repr=False)
class Colleague:
    """Whom to contact: a name, an address and an agency."""

    name: str
    email: str
    agency: str


def lead_officers_to_contact(work: Work, borough_gss: str) -> list[Colleague]:
    """Give the lead officers in post for a borough, whom other boroughs may contact."""
    posts = post_holders(work, borough_gss=borough_gss, kind=PostKind.LEAD_OFFICER)
    people = users(work, [post.holder_id for post in posts])
    names_of = agencies(work, [post.agency_id for post in posts])
    heads = [(people[post.holder_id].head, names_of[post.agency_id].name) for post in posts]
    return [Colleague(head.name, head.email, agency) for head, agency in heads]


def last_here(work: Work) -> datetime | None:
    """Give when the actor signed in the time before this one; None at the first time."""
    wanted = select(SignIn.opened_at).where(SignIn.user_id == work.actor.user_id).order_by(SignIn.opened_at.desc())
    found = list(work.session.scalars(wanted.limit(2)))
    return found[1] if len(found) > 1 else None


def email_marks(work: Work) -> dict[UUID, bytes]:
    """Give the token of every user's e-mail address, for when the key over them is changed."""
    return {row.id: row.email_token for row in work.session.execute(select(User.id, User.email_token))}
