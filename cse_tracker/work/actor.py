"""Who acts: a user of an agency with roles in boroughs, or the system itself."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is here for; held for one borough at a time."""

    LEAD_OFFICER = "lead_officer"
    REFERRER = "partner_referrer"
    PARTNER_LEAD = "partner_lead"
    MANAGER = "manager_stats"
    RECORDS_OFFICER = "records_officer"


@dataclass(frozen=True)
class Actor:
    """A user cut loose from the database: ids and roles only, no name.

    `visiting` is the one record for which somebody without an account came in by a one-time link and its code.
    """

    user_id: UUID | None
    agency_id: UUID | None = None
    roles: frozenset[tuple[Role, str]] = field(default_factory=frozenset)
    visiting: UUID | None = None

    def boroughs_as(self, role: Role) -> frozenset[str]:
        """Give the GSS codes of the boroughs in which the actor holds the role."""
        return frozenset(borough for held, borough in self.roles if held is role)

    @property
    def is_system(self) -> bool:
        """Whether this is the service itself (a job or an operator), not a person who signed in."""
        return self.user_id is None


SYSTEM = Actor(user_id=None)
NOBODY = Actor(user_id=UUID(int=0))
