"""Payloads carry their schema: what an older version wrote is upgraded as it is read."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.app import Service
from cse_tracker.people import commands as people_commands
from cse_tracker.people import queries as people_queries
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.records.payload import Payload, dump, load
from tests import people


@dataclass(frozen=True, repr=False)
class NamedWhole(Payload):
    """A later Identity: one name instead of two."""

    schema: ClassVar = 2

    name: str
    date_of_birth: date | None = None

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        if schema != 1:
            return super().upgrade(data, schema)
        return {"name": f"{data['first_name']} {data['last_name']}", "date_of_birth": data["date_of_birth"]}


@dataclass(frozen=True, repr=False)
class Sample(Payload):
    text: str
    when: datetime
    day: date | None
    row: UUID
    many: tuple[str, ...]
    typed: dict[str, list[str]]


SAMPLES = st.builds(
    Sample,
    text=st.text(),
    when=st.datetimes(timezones=st.just(UTC)),
    day=st.none() | st.dates(),
    row=st.uuids(),
    many=st.lists(st.text(), max_size=3).map(tuple),
    typed=st.dictionaries(st.text(max_size=5), st.lists(st.text(), max_size=2), max_size=3),
)


@given(sample=SAMPLES)
def test_a_payload_is_read_back_as_it_was(sample: Sample) -> None:
    assert load(Sample, dump(sample)) == sample


def test_a_payload_says_which_schema_it_has() -> None:
    document = json.loads(dump(Identity("Keira", "Marsh", sex=Sex.FEMALE)))
    assert document["schema"] == 1
    assert json.loads(dump(NamedWhole("Keira Marsh")))["schema"] == 2


def test_an_older_schema_is_upgraded_on_reading() -> None:
    old = dump(Identity("Keira", "Marsh", date_of_birth=date(2012, 3, 3)))
    assert load(NamedWhole, old) == NamedWhole("Keira Marsh", date(2012, 3, 3))


@pytest.mark.parametrize("schema", [0, 3, 99])
def test_an_unknown_schema_is_refused_without_showing_content(schema: int) -> None:
    raw = json.dumps({"schema": schema, "data": {"name": "Keira Marsh"}}).encode()
    with pytest.raises(ValueError, match=f"schema {schema}") as refused:
        load(NamedWhole, raw)
    assert "Keira" not in str(refused.value)


def test_a_stored_payload_of_an_older_schema_is_upgraded_and_written_in_the_new_one(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with people.working(sqlite_service, people.LEAD) as work:
        person = people_commands.add(work, Identity("Keira", "Marsh"), PersonDetails(), borough_gss=people.HACKNEY)
    monkeypatch.setattr(Person.head, "kind", NamedWhole)
    # Blind tokens are made of the parts of a name, which this made-up later schema does not have.
    monkeypatch.setattr("cse_tracker.matching.model.write_tokens", lambda *_: None)
    for schema in (1, 2):
        with people.working(sqlite_service, people.LEAD) as work:
            row = people_queries.open_person(work, person.id)
            head: Payload = row.head
            assert head == NamedWhole("Keira Marsh"), f"after schema {schema}"
            row.body = row.body
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        row = work.session.get_one(Person, person.id)
        assert row.revision == 3
        later: Payload = row.head
        assert later == NamedWhole("Keira Marsh")
