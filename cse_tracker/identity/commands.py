"""What people do about users: add them, give them roles and posts, sign in and out."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.identity.events import (
    AgencyAdded,
    PostFilled,
    RoleGranted,
    SignedIn,
    SignedOut,
    SignInFailed,
    UserAdded,
    UserSwitchedOff,
)
from cse_tracker.identity.model import (
    Agency,
    Borough,
    Membership,
    Post,
    PostKind,
    SignIn,
    User,
    UserHead,
    UserSecrets,
)
from cse_tracker.identity.rules import (
    SHORTEST_PASSWORD,
    Passwords,
    looks_like_email,
    new_token,
    normal_email,
    token_digest,
    wait_after,
)
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.records.marks import marks
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class NewUser:
    """The paper form for a new user."""

    name: str
    email: str
    job_title: str
    password: str


def add_boroughs(work: Work, boroughs: list[tuple[str, str, str]]) -> None:
    """Add boroughs (GSS code, name, three-digit local authority code) that are not there yet."""
    have = set(work.session.scalars(select(Borough.gss)))
    work.session.add_all(Borough(gss=gss, name=name, la_code=code) for gss, name, code in boroughs if gss not in have)


def add_agency(work: Work, *, name: str, kind: AgencyKind, borough_gss: str | None) -> Agency:
    """Add an agency, `borough_gss` None for one that covers several boroughs; raises RuleBroken for a name in use."""
    if work.session.scalar(select(Agency.id).where(Agency.name == name)) is not None:
        code = "agency.name"
        raise RuleBroken(code, "There is an agency of this name already", field="name")
    agency = Agency(name=name, kind=kind, borough_gss=borough_gss)
    work.session.add(agency)
    work.session.flush()
    work.record(AgencyAdded(subject_id=agency.id, borough_gss=borough_gss, kind=kind))
    return agency


def email_tokens(work: Work, email: str) -> list[bytes]:
    """Give the keyed tokens under which an e-mail address may be found, the newest staff key's first."""
    return marks(work.session, "e-mail", normal_email(email))


def renew_email_tokens(work: Work, user_ids: list[UUID]) -> int:
    """Write these users' tokens under the newest staff key; gives how many were under an older one."""
    rows = list(work.session.scalars(select(User).where(User.id.in_(user_ids)).with_for_update()))
    unlock(work.session, [row.compartment_id for row in rows])
    done = 0
    for row in rows:
        newest = email_tokens(work, row.head.email)[0]
        done += row.email_token != newest
        row.email_token = newest
    return done


def add_user(work: Work, agency: Agency, form: NewUser, *, passwords: Passwords) -> User:
    """Add a user in a compartment of their own; raises RuleBroken for a bad or known address or a short password."""
    _check(work, form)
    user = User(
        agency_id=agency.id,
        email_token=email_tokens(work, form.email)[0],
        compartment_id=new_compartment(work.session, "staff"),
    )
    user.head = UserHead(form.name, form.email.strip(), form.job_title)
    user.body = UserSecrets(passwords.hash(form.password))
    work.session.add(user)
    work.session.flush()
    work.record(UserAdded(subject_id=user.id))
    return user


def _check(work: Work, form: NewUser) -> None:
    if not looks_like_email(form.email.strip()):
        code = "user.email"
        raise RuleBroken(code, "Enter an email address in the correct format, like name@example.com", field="email")
    if work.session.scalar(select(User.id).where(User.email_token.in_(email_tokens(work, form.email)))) is not None:
        code = "user.known"
        raise RuleBroken(code, "There is a user with this email address already", field="email")
    if len(form.password) < SHORTEST_PASSWORD:
        code = "user.password"
        raise RuleBroken(code, f"Password must be at least {SHORTEST_PASSWORD} characters", field="password")


def grant(work: Work, user: User, *, role: Role, borough_gss: str) -> None:
    """Give a user a role in a borough."""
    work.session.add(Membership(user_id=user.id, borough_gss=borough_gss, role=role))
    work.record(RoleGranted(subject_id=user.id, borough_gss=borough_gss, role=role))


def fill_post(work: Work, user: User, *, kind: PostKind, borough_gss: str) -> None:
    """Make a user the holder of a post of their agency for a borough."""
    work.session.add(Post(agency_id=user.agency_id, borough_gss=borough_gss, kind=kind, holder_id=user.id))
    work.record(PostFilled(subject_id=user.id, borough_gss=borough_gss, kind=kind))


def switch_off(work: Work, agency: Agency) -> None:
    """Let nobody of an agency sign in any more, nor go on with a session that is open."""
    for user in work.session.scalars(select(User).where(User.agency_id == agency.id, User.active)):
        user.active = False
        work.record(UserSwitchedOff(subject_id=user.id))


def sign_in(work: Work, *, email: str, password: str, passwords: Passwords) -> str | None:
    """Open a session and give its token, or None; a failure is counted and recorded, so this never raises."""
    user = work.session.scalar(select(User).where(User.email_token.in_(email_tokens(work, email))).with_for_update())
    resting = user is not None and user.rests_until is not None and user.rests_until > work.now
    stored = user.body.password_hash if user is not None and user.active and not resting else None
    right = passwords.check(stored, password)
    if user is None or not right:
        if user is not None and not resting:
            user.failures += 1
            user.rests_until = work.now + wait_after(user.failures)
        failures = user.failures if user is not None else 0
        work.record(SignInFailed(subject_id=user.id if user else None, failures=failures))
        return None
    user.failures, user.rests_until = 0, None
    token = new_token()
    work.session.add(SignIn(user_id=user.id, token_digest=token_digest(token), opened_at=work.now))
    work.record(SignedIn(subject_id=user.id))
    return token


def sign_out(work: Work, sign_in_id: UUID) -> None:
    """End a session at once, whatever copies of its cookie exist."""
    session = work.session.get(SignIn, sign_in_id)
    if session is not None and session.ended_at is None:
        session.ended_at = work.now
        work.record(SignedOut(subject_id=session.user_id))
