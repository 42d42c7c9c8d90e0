"""Writes a directory as one page of services, in the same order every time."""

import json
from collections.abc import Iterable
from uuid import UUID, uuid5

from cse_tracker.hsds.reading import AGENCY_KIND, CAPACITY, COMMISSIONS, SERVES, Listed, Place
from cse_tracker.hsds.shape import Json

AREA = "http://statistics.data.gov.uk/id/statistical-geography/"


def write(listed: Iterable[Listed]) -> bytes:
    """Give a directory as JSON in UTF-8; what it read from such a file, `read` gives back the same."""
    contents = [_service(each) for each in listed]
    page = {
        "total_items": len(contents),
        "total_pages": 1,
        "page_number": 1,
        "size": len(contents),
        "first_page": True,
        "last_page": True,
        "empty": not contents,
        "contents": contents,
    }
    return json.dumps(page, ensure_ascii=False, indent=2).encode() + b"\n"


def _service(each: Listed) -> Json:
    service: Json = {
        "id": str(each.id),
        "name": each.name,
        "status": "active" if each.open else "inactive",
        "description": each.description,
        "organization": {
            "id": str(each.agency_id),
            "name": each.agency,
            "description": each.agency,
            "attributes": [_attribute(each.agency_id, "organization", AGENCY_KIND, each.agency_kind)],
        },
        "service_areas": [_area(each.id, place) for place in each.places],
        "attributes": [
            _attribute(each.id, "service", SERVES, each.serves),
            _attribute(each.id, "service", CAPACITY, each.capacity),
        ],
    }
    if each.phone:
        service["phones"] = [{"id": str(uuid5(each.id, "phone")), "number": each.phone}]
    if each.wait_weeks is not None:
        service["wait_time"] = f"{each.wait_weeks} weeks"
    for name, value in (
        ("minimum_age", each.min_age),
        ("maximum_age", each.max_age),
        ("eligibility_description", each.who_may_refer),
        ("application_process", each.how_to_refer),
        ("email", each.email),
        ("url", each.website),
    ):
        if value not in {None, ""}:
            service[name] = value
    return service


def _attribute(owner: UUID, entity: str, link_type: str, value: str) -> Json:
    term = uuid5(owner, f"{link_type} {value}")
    return {
        "id": str(uuid5(owner, link_type)),
        "link_id": str(owner),
        "link_entity": entity,
        "link_type": link_type,
        "value": value,
        "taxonomy_term": {"id": str(term), "code": value, "name": value, "description": link_type},
    }


def _area(service_id: UUID, place: Place) -> Json:
    area_id = uuid5(service_id, place.code or place.name)
    area: Json = {"id": str(area_id), "service_id": str(service_id), "name": place.name}
    if place.code:
        area |= {"extent": place.code, "extent_type": "text", "uri": AREA + place.code}
    if place.commissions:
        area["attributes"] = [_attribute(area_id, "service_area", COMMISSIONS, "yes")]
    return area
