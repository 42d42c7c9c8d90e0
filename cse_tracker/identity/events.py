"""What happens to users and their sign-ins."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.identity.model import PostKind
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Role
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AgencyAdded(Event):
    """An agency was added; without a borough it serves several."""

    name: ClassVar = "agency.added"
    subject: ClassVar = "agency"
    kind: AgencyKind


@dataclass(frozen=True, kw_only=True)
class UserAdded(Event):
    """A user was added to an agency."""

    name: ClassVar = "user.added"
    subject: ClassVar = "user"


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    """A user was given a role in a borough."""

    name: ClassVar = "user.role_granted"
    subject: ClassVar = "user"
    role: Role


@dataclass(frozen=True, kw_only=True)
class PostFilled(Event):
    """A user became the holder of a post of their agency for a borough."""

    name: ClassVar = "user.post_filled"
    subject: ClassVar = "user"
    kind: PostKind


@dataclass(frozen=True, kw_only=True)
class UserSwitchedOff(Event):
    """A user can no longer sign in."""

    name: ClassVar = "user.switched_off"
    subject: ClassVar = "user"


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A user signed in."""

    name: ClassVar = "user.signed_in"
    subject: ClassVar = "user"


@dataclass(frozen=True, kw_only=True)
class SignInFailed(Event):
    """Somebody gave a wrong password, or an address nobody has (then without a subject)."""

    name: ClassVar = "user.sign_in_failed"
    subject: ClassVar = "user"
    failures: int


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    """A user signed out."""

    name: ClassVar = "user.signed_out"
    subject: ClassVar = "user"
