"""Pure questions about an actor and a thing, each to be read after the word 'if'."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from cse_tracker.work.actor import Actor, Role


class Facts(Protocol):
    """What a predicate may know of the thing."""

    @property
    def borough_gss(self) -> str | None:
        """The borough responsible."""
        ...

    @property
    def other_borough_gss(self) -> str | None:
        """The other borough concerned, where there is one."""
        ...

    @property
    def referring_agency_id(self) -> UUID | None:
        """The agency that referred."""
        ...

    @property
    def invited_agency_ids(self) -> frozenset[UUID]:
        """The agencies invited."""
        ...

    @property
    def owning_agency_ids(self) -> frozenset[UUID]:
        """The agencies that have, or are asked to take, what is to be done."""
        ...

    @property
    def chair_id(self) -> UUID | None:
        """The user who chairs."""
        ...

    @property
    def author_id(self) -> UUID | None:
        """The user who wrote it."""
        ...

    @property
    def receiving_agency_id(self) -> UUID | None:
        """The agency to which it is addressed, for as long as it is live."""
        ...

    @property
    def open_to_visitors_of(self) -> UUID | None:
        """The record that a one-time link may open, for as long as it is live."""
        ...

    @property
    def covered(self) -> frozenset[str]:
        """The boroughs that a service covers."""
        ...


Predicate = Callable[[Actor, Facts], bool]


def leads_the_borough(actor: Actor, thing: Facts) -> bool:
    """If the actor is a lead officer of the borough responsible."""
    return thing.borough_gss in actor.boroughs_as(Role.LEAD_OFFICER)


def leads_the_other_borough(actor: Actor, thing: Facts) -> bool:
    """If the actor is a lead officer of the other borough concerned: the one claimed on, or handed over to."""
    return thing.other_borough_gss in actor.boroughs_as(Role.LEAD_OFFICER)


def manages_the_borough(actor: Actor, thing: Facts) -> bool:
    """If the actor is a manager of the borough, who sees figures and no young person."""
    return thing.borough_gss in actor.boroughs_as(Role.MANAGER)


def keeps_the_records(actor: Actor, thing: Facts) -> bool:
    """If the actor is the records officer of the borough, who answers for data protection and opens no case."""
    return thing.borough_gss in actor.boroughs_as(Role.RECORDS_OFFICER)


def from_the_referring_agency(actor: Actor, thing: Facts) -> bool:
    """If the actor works for the agency that referred."""
    return actor.agency_id is not None and actor.agency_id == thing.referring_agency_id


def refers_for_an_agency(actor: Actor, thing: Facts) -> bool:  # noqa: ARG001 - a role question, whatever the thing
    """If the actor holds the referrer's role anywhere."""
    return bool(actor.boroughs_as(Role.REFERRER))


def from_an_invited_agency(actor: Actor, thing: Facts) -> bool:
    """If the actor works for an agency that was invited."""
    return actor.agency_id is not None and actor.agency_id in thing.invited_agency_ids


def from_the_receiving_agency(actor: Actor, thing: Facts) -> bool:
    """If the actor works for the agency to which a referral is addressed, and the referral is live."""
    return actor.agency_id is not None and actor.agency_id == thing.receiving_agency_id


def came_by_its_link(actor: Actor, thing: Facts) -> bool:
    """If the actor came in by a one-time link to this and its code, and the referral is live."""
    return actor.visiting is not None and actor.visiting == thing.open_to_visitors_of


def leads_a_covered_borough(actor: Actor, thing: Facts) -> bool:
    """If the actor is a lead officer of one of the boroughs that the service covers."""
    return bool(actor.boroughs_as(Role.LEAD_OFFICER) & thing.covered)


def leads_an_agency(actor: Actor, thing: Facts) -> bool:  # noqa: ARG001 - a role question, whatever the thing
    """If the actor leads their agency's part, and so sees what it owes, by reference only."""
    return bool(actor.boroughs_as(Role.PARTNER_LEAD))


def from_the_owning_agency(actor: Actor, thing: Facts) -> bool:
    """If the actor works for the agency that has agreed to do it, or is asked to take it over."""
    return actor.agency_id is not None and actor.agency_id in thing.owning_agency_ids


def chairs_the_meeting(actor: Actor, thing: Facts) -> bool:
    """If the actor chairs the meeting."""
    return actor.user_id is not None and actor.user_id == thing.chair_id


def is_any_professional(actor: Actor, thing: Facts) -> bool:  # noqa: ARG001 - a role question, whatever the thing
    """If the actor is a practitioner: a lead officer or a referrer, not someone who sees figures only."""
    return bool(actor.boroughs_as(Role.REFERRER) or actor.boroughs_as(Role.LEAD_OFFICER))


def is_the_system(actor: Actor, thing: Facts) -> bool:  # noqa: ARG001 - a role question, whatever the thing
    """If the actor is the service itself."""
    return actor.is_system


def wrote_it(actor: Actor, thing: Facts) -> bool:
    """If the actor is the one who wrote it."""
    return actor.user_id is not None and actor.user_id == thing.author_id
