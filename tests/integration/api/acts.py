"""A partner system and its client: what it sends, with its token and a key for each request."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from werkzeug.test import Client

from cse_tracker.app import Service
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import User
from cse_tracker.systems import commands, queries
from cse_tracker.systems.rules import Scope
from tests import people
from tests.store import CHEAP

BASE = "/api/v1"


@dataclass
class Partner:
    """A system of an agency, with a token of every scope."""

    service: Service
    system_id: UUID
    token: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.service.web)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(BASE + path, headers={"Authorization": f"Bearer {self.token}", **_named(headers)})

    def post(self, path: str, body: Any, *, key: str | None = "", **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **_named(headers)}
        if key is not None:
            sent["Idempotency-Key"] = key or uuid4().hex
        return self.client.post(BASE + path, json=body, headers=sent)

    def refer(self, *, key: str = "", **changes: Any) -> dict[str, Any]:
        answer = self.post("/referrals", referral(**changes), key=key)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        found: dict[str, Any] = answer.json
        return found


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def partner(service: Service, email: str = people.POLICE, *, scopes: Any = Scope, name: str = "Records") -> Partner:
    """Add a system to the agency of somebody in the demo, and give it a token."""
    who = people.working(service, email, reading=True)
    with who as work:
        agency_id = work.actor.agency_id
    assert agency_id is not None
    with people.working(service) as work:
        agency = identity.agency(work, agency_id)
        mailbox = f"{name.lower()}.{agency_id.hex[:8]}@demo.example"
        made = commands.add(work, agency, name=name, mailbox=mailbox, boroughs=[people.HACKNEY], passwords=CHEAP)
        token = commands.give_token(work, made, scopes=scopes, life=timedelta(days=90))
    return Partner(service, made.id, token)


def user_of(service: Service, system_id: UUID) -> User:
    with people.working(service) as work:
        return work.session.get_one(User, queries.system(work, system_id).user_id)


def referral(**changes: Any) -> dict[str, Any]:
    """A filled-in request."""
    person = {
        "first_name": changes.pop("first_name", "Keira"),
        "last_name": changes.pop("last_name", "Marsh"),
        "date_of_birth": changes.pop("born", "2012-03-03"),
        "sex": "F",
        "looked_after": "no",
    }
    return {
        "borough": changes.pop("borough", people.HACKNEY),
        "young_person": {**person, **changes.pop("young_person", {})},
        "worries": {"immediate_danger": False, "why_worried": "She is collected by car."},
        "seen": {"indicators": ["older_boyfriend"], "missing": "yes"},
        "others": {"who_knows": ["education"], "carer_aware": "yes"},
        "aware": {"young_person_aware": "yes"},
        "referrer": {"name": "Daniel Price", "role": "Detective constable", "phone": "07700 900123"},
        **changes,
    }
