"""The parts of an Open Referral UK service (HSDS 3) that are read and written; others are passed over.

Field names, and which of them are required, are those of the JSON schemas `service`, `organization`, `service_area`,
`attribute`, `phone` and `taxonomy_term` of HSDS 3; a list of services stands under `contents` of a page.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class Part(BaseModel):
    """What every part does with fields that it does not know: nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Phone(Part):
    """A telephone number of a team."""

    id: UUID
    number: Line


class Attribute(Part):
    """A code about a service or an area, told apart by `link_type`."""

    id: UUID
    link_type: Line | None = None
    value: Line | None = None


class Area(Part):
    """Where a service is to be had: an area code stands at the end of `uri`, or is `extent`, or the name is known."""

    id: UUID
    name: Prose | None = None
    extent: Prose | None = None
    uri: Line | None = None
    attributes: tuple[Attribute, ...] | None = None


class Organization(Part):
    """Who runs a service."""

    id: UUID
    name: Name
    description: Prose | None = None
    attributes: tuple[Attribute, ...] | None = None


class Service(Part):
    """One service."""

    id: UUID
    name: Name
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    organization: Organization
    description: Prose | None = None
    url: Line | None = None
    email: Line | None = None
    application_process: Prose | None = None
    eligibility_description: Prose | None = None
    minimum_age: Annotated[float, Field(ge=0, le=150)] | None = None
    maximum_age: Annotated[float, Field(ge=0, le=150)] | None = None
    wait_time: Line | None = None
    phones: tuple[Phone, ...] | None = None
    service_areas: tuple[Area, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None


class Page(BaseModel):
    """A page of services, as the API of the standard gives them."""

    model_config = ConfigDict(extra="ignore")

    contents: tuple[Service, ...]
    total_pages: int = 1


Json = dict[str, Any]
