"""What people type into the forms, and the short walks that page tests begin with."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.app import Service
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import Agency
from cse_tracker.records.base import Base
from cse_tracker.work.actor import Role
from tests import people
from tests.store import CHEAP
from tests.web.client import Browser

SECOND_LEAD = "second.lead@demo.example"
CASE_REFERENCE = re.compile(r"\bC-\w{4}-\w{4}\b")
Typed = dict[str, Any]


def dated(name: str, day: str, month: str, year: str) -> Typed:
    """A date in its three boxes."""
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}


# A referral filled in from end to end, step by step.
STEPS: Mapping[str, Typed] = {
    "young-person": {
        "first_name": "Kiera", "last_name": "Marsh", "also_known_as": "Kiki", "sex": "F", "looked_after": "no",
        "address": "12 Sample Road", "school": "Clapton Park School", "postcode": "E8 1EA", "contact": "Through school",
        "nhs_number": "999 000 0018", **dated("born", "3", "3", "2012"),
    },
    "worries": {
        "immediate_danger": "no", "why_worried": "She is collected by car.",
        **dated("first_worried_on", "1", "11", "2026"),
    },
    "seen": {"seen": ["older_boyfriend"], "seen_details": "Outside school.", "missing": "yes"},
    "others": {"who_knows": ["education"], "who_knows_details": "Her tutor.", "carer_aware": "yes"},
    "aware": {"young_person_aware": "no", "not_aware_reason": "It is not safe.", "young_person_view": "None yet."},
    "about-you": {
        "referrer_name": "Daniel Price", "referrer_role": "Constable", "referrer_phone": "020 7946 0000",
    },
}  # fmt: skip


def begin(author: Browser) -> str:
    """Begin a draft; gives the path of the referral."""
    author.get("/referrals/start")
    author.submit(borough=people.HACKNEY)
    assert author.response is not None
    return author.response.request.path.partition("/draft")[0]


def write(author: Browser, referral: str, changes: Mapping[str, Typed] | None = None) -> None:
    """Fill in every step of a draft, right or wrong, and go on to checking the answers."""
    for key, typed in STEPS.items():
        answers = {"action": "continue", **typed, **(changes or {}).get(key, {})}
        author.post(f"{referral}/draft/{key}", follow=False, **answers)
    author.get(f"{referral}/check")


def typed_in(browser: Browser, form: int = 0) -> Typed:
    """What stands in the fields of the page's form, as it would be sent; lone values are not in lists."""
    found = [each for each in browser.page.find_all("form") if str(each.get("method", "")).lower() == "post"][form]
    filled = browser._as_filled_in(found)
    filled.pop("csrf_token")
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in filled.items()}


def heading(browser: Browser) -> str:
    assert browser.page.h1 is not None
    return browser.page.h1.get_text(" ", strip=True)


def add_second_lead(service: Service) -> str:
    """Put a second lead officer beside Hackney's first."""
    with people.working(service) as work:
        agency = work.session.scalars(select(Agency).where(Agency.name.startswith("Hackney children"))).one()
        form = identity.NewUser("Grace Bello", SECOND_LEAD, "Lead officer", people.PASSWORD)
        user = identity.add_user(work, agency, form, passwords=CHEAP)
        identity.grant(work, user, role=Role.LEAD_OFFICER, borough_gss=people.HACKNEY)
    return SECOND_LEAD


def count(service: Service, kind: type[Base], *where: Any) -> int:
    with people.working(service, reading=True) as work:
        return work.session.scalar(select(func.count()).select_from(kind).where(*where)) or 0


def id_of(path: str) -> UUID:
    """The id in a path such as /referrals/ID/draft."""
    return UUID(path.split("/")[2])


def token_of(browser: Browser) -> str:
    """A form token that everybody has: that of the page to sign in on."""
    browser.get("/sign-in")
    token = browser.token()
    assert token
    return token
