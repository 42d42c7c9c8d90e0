"""The main menu: its items by role, the pages beside each other under one item, and what belongs below them."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from cse_tracker.work.actor import Actor, Role

LEADS = frozenset({Role.LEAD_OFFICER})
MEETING = frozenset({Role.LEAD_OFFICER, Role.REFERRER})
SERVICES = frozenset({Role.LEAD_OFFICER, Role.REFERRER, Role.MANAGER})
FIGURES = frozenset({Role.LEAD_OFFICER, Role.MANAGER})
RECORDS = frozenset({Role.RECORDS_OFFICER})
KEEPING = frozenset({Role.RECORDS_OFFICER, Role.LEAD_OFFICER})


@dataclass(frozen=True)
class Place:
    """A page that the menu leads to, and the roles that find it there."""

    text: str
    endpoint: str
    roles: frozenset[Role]

    @property
    def room(self) -> str:
        """The blueprint that the page belongs to."""
        return self.endpoint.partition(".")[0]


@dataclass(frozen=True)
class Item:
    """An item of the menu with the pages beside each other under it; the first that a role has is where it leads."""

    text: str
    places: tuple[Place, ...]


def _alone(text: str, endpoint: str, roles: frozenset[Role]) -> Item:
    return Item(text, (Place(text, endpoint, roles),))


MENU = (
    _alone("Home", "home.home", frozenset(Role)),
    Item(
        "Cases",
        (
            Place("Open cases", "cases.listing", LEADS),
            Place("Search", "search.find", LEADS),
            Place("Links", "links.listing", LEADS),
            Place("Missing", "missing.listing", LEADS),
        ),
    ),
    _alone("Referrals", "referrals.listing", MEETING),
    _alone("Services", "outbound.listing", SERVICES),
    _alone("Meetings", "meetings.listing", MEETING),
    _alone("Protocols", "protocols.listing", FIGURES),
    _alone("Statistics", "statistics.listing", FIGURES),
    _alone("Estimate", "estimate.show", FIGURES),
    Item(
        "Records",
        (
            Place("Who has looked", "oversight.desk", RECORDS),
            Place("How long records are kept", "retention.listing", KEEPING),
            Place("Requests for access", "subject_access.listing", KEEPING),
            Place("Messages", "notices.dead", RECORDS),
            Place("Timetable", "timetable.show", RECORDS),
        ),
    ),
    _alone("Account", "session.account", frozenset(Role)),
)
# Pages below a place of the menu that belong to another room.
BELOW = {
    "actions": "meetings",
    "agenda": "meetings",
    "calendar": "session",
    "calling": "meetings",
    "minutes": "meetings",
    "assessments": "cases",
    "closings": "cases",
    "casework": "cases",
    "chronology": "cases",
    "imports": "cases",
    "joining": "cases",
    "responsibility": "cases",
    "duties": "cases",
    "decisions": "referrals",
    "triage": "referrals",
    "outbound_answers": "outbound",
    "directory": "outbound",
    "agency": "home",
    "estimate_data": "estimate",
    "estimate_lists": "estimate",
    "notices.choose": "session",
}


def main_menu(actor: Actor) -> list[dict[str, Any]]:
    """Give the items of the main menu that the actor's roles lead to."""
    here = _room_of_this_page()
    return [
        {"text": item.text, "href": url_for(places[0].endpoint), "active": any(here == each.room for each in places)}
        for item in MENU
        if (places := _open_to(item, actor))
    ]


def beside_this_page(actor: Actor) -> dict[str, Any] | None:
    """Give the item under which this page stands with others, and those; None elsewhere."""
    for item in MENU:
        places = _open_to(item, actor)
        if len(places) > 1 and any(each.endpoint == request.endpoint for each in places):
            return {"text": item.text, "places": [_link(each) for each in places]}
    return None


def _link(place: Place) -> dict[str, Any]:
    return {"text": place.text, "href": url_for(place.endpoint), "active": place.endpoint == request.endpoint}


def _open_to(item: Item, actor: Actor) -> list[Place]:
    roles = {role for role, _ in actor.roles}
    return [place for place in item.places if roles & place.roles]


def _room_of_this_page() -> str:
    room = (request.endpoint or "").partition(".")[0]
    return BELOW.get(request.endpoint or "", BELOW.get(room, room))
