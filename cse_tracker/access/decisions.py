"""Asks the matrix: may this actor do this to that; and which rows a list may show."""

from dataclasses import dataclass
from uuid import UUID

from cse_tracker.access.matrix import MATRIX, Guarded, Permission, Subject
from cse_tracker.access.predicates import (
    from_an_invited_agency,
    from_the_owning_agency,
    from_the_receiving_agency,
    from_the_referring_agency,
    keeps_the_records,
    leads_the_borough,
    leads_the_other_borough,
    manages_the_borough,
)
from cse_tracker.work.actor import Actor, Role
from cse_tracker.work.errors import NotFound, NotPermitted


def permits(actor: Actor, permission: Permission, thing: Guarded | Subject) -> bool:
    """Whether the matrix lets the actor do this to that; what it does not name is refused."""
    subject = thing if isinstance(thing, Subject) else thing.access_subject
    return any(all(holds(actor, subject) for holds in rule) for rule in MATRIX.get(permission, ()))


def require(actor: Actor, permission: Permission, thing: Guarded | Subject) -> None:
    """Raise NotPermitted unless the matrix allows it."""
    if not permits(actor, permission, thing):
        raise NotPermitted(permission)


def require_sight(actor: Actor, permission: Permission, thing: Guarded | Subject) -> None:
    """Raise NotFound unless the matrix allows it: that a record exists is information too."""
    if not permits(actor, permission, thing):
        raise NotFound


@dataclass(frozen=True)
class Scope:
    """Which rows a list may show: those of these boroughs, of those others, or of this agency in these three ways."""

    boroughs: frozenset[str]
    referring_agency_id: UUID | None
    invited_agency_id: UUID | None
    other_boroughs: frozenset[str] = frozenset()
    receiving_agency_id: UUID | None = None
    owning_agency_id: UUID | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing at all may be listed."""
        return (
            not (self.boroughs or self.other_boroughs)
            and self.referring_agency_id is None
            and self.invited_agency_id is None
            and self.receiving_agency_id is None
            and self.owning_agency_id is None
        )


def scope(actor: Actor, permission: Permission) -> Scope:
    """Turn the matrix's rules for a list into a filter (a property test holds the two together)."""
    boroughs: set[str] = set()
    others: set[str] = set()
    referring = invited = receiving = owning = None
    for rule in MATRIX.get(permission, ()):
        if leads_the_borough in rule:
            boroughs |= actor.boroughs_as(Role.LEAD_OFFICER)
        if keeps_the_records in rule:
            boroughs |= actor.boroughs_as(Role.RECORDS_OFFICER)
        if leads_the_other_borough in rule:
            others |= actor.boroughs_as(Role.LEAD_OFFICER)
        if manages_the_borough in rule:
            boroughs |= actor.boroughs_as(Role.MANAGER)
        blank = Subject(
            referring_agency_id=actor.agency_id,
            receiving_agency_id=actor.agency_id,
            invited_agency_ids=frozenset({actor.agency_id} if actor.agency_id else ()),
            owning_agency_ids=frozenset({actor.agency_id} if actor.agency_id else ()),
        )
        if from_the_referring_agency in rule and all(holds(actor, blank) for holds in rule):
            referring = actor.agency_id
        if from_an_invited_agency in rule and all(holds(actor, blank) for holds in rule):
            invited = actor.agency_id
        if from_the_receiving_agency in rule and all(holds(actor, blank) for holds in rule):
            receiving = actor.agency_id
        if from_the_owning_agency in rule and all(holds(actor, blank) for holds in rule):
            owning = actor.agency_id
    return Scope(frozenset(boroughs), referring, invited, frozenset(others), receiving, owning)
