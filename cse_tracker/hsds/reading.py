"""Reads a directory: everything in it, or every problem with its path."""

import json
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from cse_tracker.hsds.shape import Area, Attribute, Page, Service

MOST_SERVICES: Final = 5_000
SERVES, CAPACITY, AGENCY_KIND, COMMISSIONS = "serves", "capacity", "agency_kind", "commissions"
CODE: Final = re.compile(r"\b([EWSN]\d{8})\b")
WEEKS: Final = re.compile(r"(\d{1,3})\s*weeks?", re.IGNORECASE)

# What the checks call by names of our program is said in those of the file.
SAID: Final = {
    "missing": "it is needed and not there",
    "model_type": "it must be an object in { }",
    "tuple_type": "it must be a list in [ ]",
    "string_type": "it must be words in quotation marks",
    "string_too_short": "it is empty",
    "uuid_parsing": "it must be an id of 32 hexadecimal digits, such as 01234567-89ab-cdef-0123-456789abcdef",
    "uuid_type": "it must be an id of 32 hexadecimal digits, such as 01234567-89ab-cdef-0123-456789abcdef",
    "float_parsing": "it must be a number",
    "float_type": "it must be a number",
}


class Unreadable(Exception):
    """The file is not a directory that can be loaded; `problems` are sentences, each beginning with its path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True)
class Place:
    """An area as the file names it: its code where it has one, and its name."""

    code: str
    name: str
    commissions: bool


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One service as the file says it. `path` is where it stands; words for codes are those of the file."""

    path: str
    id: UUID
    name: str
    open: bool
    agency_id: UUID
    agency: str
    agency_kind: str
    description: str
    min_age: int | None
    max_age: int | None
    serves: str
    capacity: str
    wait_weeks: int | None
    who_may_refer: str
    how_to_refer: str
    email: str
    phone: str
    website: str
    places: tuple[Place, ...]


def read(raw: bytes) -> list[Listed]:
    """Read a page of services, a list of them or a single one; raises Unreadable with every problem."""
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError):
        raise Unreadable(["The file: it is not JSON in UTF-8"]) from None
    except RecursionError:
        raise Unreadable(["The file: it is nested too deeply"]) from None
    if isinstance(document, list):
        document = {"contents": document}
    elif isinstance(document, dict) and "contents" not in document:
        document = {"contents": [document]}
    try:
        page = Page.model_validate(document)
    except ValidationError as error:
        problems = [f"{_path(each['loc'])}: {SAID.get(each['type'], _plain(each['msg']))}" for each in error.errors()]
        raise Unreadable(problems) from None
    _check(page)
    return [_listed(number, service) for number, service in enumerate(page.contents, 1)]


def _path(loc: tuple[int | str, ...]) -> str:
    return ", ".join(str(part + 1) if isinstance(part, int) else part for part in loc) or "The file"


def _plain(message: str) -> str:
    return message[0].lower() + message[1:]


def _check(page: Page) -> None:
    problems = []
    if page.total_pages > 1:
        problems.append("total_pages: the file is one page of several; put all services into one file")
    if len(page.contents) > MOST_SERVICES:
        problems.append(f"contents: at most {MOST_SERVICES} services can be loaded at once")
    seen: dict[UUID, int] = {}
    for number, service in enumerate(page.contents, 1):
        if service.id in seen:
            problems.append(f"contents, {number}, id: the same as that of service {seen[service.id]}")
        seen.setdefault(service.id, number)
        youngest, oldest = service.minimum_age, service.maximum_age
        if youngest is not None and oldest is not None and youngest > oldest:
            problems.append(f"contents, {number}, minimum_age: above maximum_age")
    if problems:
        raise Unreadable(problems)


def _listed(number: int, service: Service) -> Listed:
    wait = WEEKS.search(service.wait_time or "")
    phones = service.phones or ()
    return Listed(
        path=f"contents, {number}",
        id=service.id,
        name=service.name,
        open=service.status in {"active", "temporarily closed"},
        agency_id=service.organization.id,
        agency=service.organization.name,
        agency_kind=_code(service.organization.attributes, AGENCY_KIND),
        description=service.description or "",
        min_age=None if service.minimum_age is None else int(service.minimum_age),
        max_age=None if service.maximum_age is None else int(service.maximum_age),
        serves=_code(service.attributes, SERVES),
        capacity="full" if service.status == "temporarily closed" else _code(service.attributes, CAPACITY),
        wait_weeks=int(wait.group(1)) if wait else None,
        who_may_refer=service.eligibility_description or "",
        how_to_refer=service.application_process or "",
        email=service.email or "",
        phone=phones[0].number if phones else "",
        website=service.url or "",
        places=tuple(_place(area) for area in service.service_areas or ()),
    )


def _code(attributes: tuple[Attribute, ...] | None, link_type: str) -> str:
    return next((each.value or "" for each in attributes or () if each.link_type == link_type), "")


def _place(area: Area) -> Place:
    found = CODE.search(f"{area.uri or ''} {area.extent or ''}")
    return Place(
        code=found.group(1) if found else "",
        name=area.name or "",
        commissions=_code(area.attributes, COMMISSIONS) == "yes",
    )
