"""A directory written and read back is the same, and what cannot be read says where and why."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.directory.rules import entry_of
from cse_tracker.hsds.reading import Listed, Place, Unreadable, read
from cse_tracker.hsds.writing import write

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=30).map(str.strip)
NAMES = WORDS.filter(bool)
PLACES = st.lists(
    st.builds(
        Place, code=st.sampled_from(["E09000012", "E09000019", "E06000033"]), name=NAMES, commissions=st.booleans()
    ),
    max_size=3,
    unique_by=lambda place: place.code,
).map(tuple)
LISTED = st.builds(
    Listed,
    path=st.just(""),
    id=st.uuids(),
    name=NAMES,
    open=st.booleans(),
    agency_id=st.uuids(),
    agency=NAMES,
    agency_kind=st.sampled_from(["voluntary", "health"]),
    description=WORDS,
    min_age=st.none() | st.integers(0, 12),
    max_age=st.none() | st.integers(13, 25),
    serves=st.sampled_from(["everyone", "girls", "boys"]),
    capacity=st.sampled_from(["open", "limited", "full"]),
    wait_weeks=st.none() | st.integers(0, 520),
    who_may_refer=WORDS,
    how_to_refer=WORDS,
    email=WORDS,
    phone=WORDS,
    website=WORDS,
    places=PLACES,
)


@given(st.lists(LISTED, max_size=4, unique_by=lambda each: each.id))
def test_what_is_written_is_read_back_the_same(listed: list[Listed]) -> None:
    back = read(write(listed))
    assert [replace(each, path="") for each in back] == listed
    assert [each.path for each in back] == [f"contents, {number}" for number in range(1, len(listed) + 1)]


def service(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": str(UUID(int=1)),
        "name": "Support",
        "status": "active",
        "organization": {"id": str(UUID(int=2)), "name": "Open Door", "description": "A charity"},
        "service_areas": [{"id": str(UUID(int=3)), "name": "Hackney"}],
    }
    return {**given, **changes}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff\xfe", "The file: it is not JSON"),
        (b"not json", "The file: it is not JSON"),
        (b"[" * 100_000, "The file: it is"),
        (b"3", "The file: "),
        (json.dumps([service(status="open")]).encode(), "contents, 1, status: "),
        (json.dumps([service(), service(name=" ", id=str(UUID(int=9)))]).encode(), "contents, 2, name: "),
        (json.dumps([service(), service()]).encode(), "contents, 2, id: the same as that of service 1"),
        (json.dumps(service(minimum_age=-1)).encode(), "contents, 1, minimum_age: "),
        (json.dumps(service(minimum_age=18, maximum_age=12)).encode(), "contents, 1, minimum_age: above"),
        (json.dumps({"contents": [service()], "total_pages": 4}).encode(), "total_pages: "),
        (json.dumps(service(organization={"id": str(UUID(int=2))})).encode(), "contents, 1, organization, name: it is"),
        (json.dumps(service(organization=None)).encode(), "contents, 1, organization: it must be an object"),
        (json.dumps(service(id="4711")).encode(), "contents, 1, id: it must be an id"),
        (json.dumps(service(phones={"number": "020"})).encode(), "contents, 1, phones: it must be a list"),
        (json.dumps(service(phones=[{"number": "020"}])).encode(), "contents, 1, phones, 1, id: it is needed"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, problem: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert any(each.startswith(problem) for each in refused.value.problems), refused.value.problems


def test_a_service_of_the_standard_that_says_little_becomes_an_entry() -> None:
    (listed,) = read(json.dumps(service(maximum_age=100, wait_time="about 6 weeks")).encode())
    entry = entry_of(listed)
    assert not isinstance(entry, list)
    assert (entry.covers, entry.max_age, entry.wait_weeks) == (frozenset({"E09000012"}), None, 6)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"service_areas": [{"id": str(UUID(int=3)), "name": "Atlantis"}]}, "contents, 1, service_areas: no London"),
        (
            {"attributes": [{"id": str(UUID(int=4)), "link_type": "capacity", "value": "some"}]},
            "contents, 1, attributes, capacity: must be one of open, limited, full",
        ),
    ],
)
def test_what_is_no_entry_says_where_and_why(changes: dict[str, Any], problem: str) -> None:
    (listed,) = read(json.dumps(service(**changes)).encode())
    found = entry_of(listed)
    assert isinstance(found, list)
    assert found[0].startswith(problem)


# A page in the shapes that HSDS 3.0, 3.1 and the profile of the United Kingdom document (their service_full.json and
# service_list.json), with parts, link types and areas that this product never writes; the content is made up.
FOREIGN: dict[str, Any] = {
    "total_items": 2,
    "total_pages": 1,
    "page_number": 1,
    "size": 50,
    "first_page": True,
    "last_page": True,
    "empty": False,
    "contents": [
        {
            **service(name="Talking Place", minimum_age=11, maximum_age=100, status="temporarily closed"),
            "alternate_name": "TP",
            "additional_urls": [{"id": str(UUID(int=20)), "label": "Website", "url": "https://talking.example"}],
            "url": "https://talking.example/hackney",
            "wait_time": "Ring for an appointment",
            "fees": "None",
            "assured_date": "2026-01-01",
            "last_modified": "2026-03-15T10:30:45.123Z",
            "phones": [{"id": str(UUID(int=21)), "number": "020 7946 0000", "extension": 100, "type": "voice"}],
            "schedules": [{"id": str(UUID(int=22)), "freq": "WEEKLY", "byday": "TH,FR", "opens_at": "10:00:00"}],
            "service_areas": [
                {"id": str(UUID(int=23)), "name": "Everybody near our office", "extent_type": "geojson", "uri": None},
                {"id": str(UUID(int=24)), "uri": "http://statistics.data.gov.uk/id/statistical-geography/E09000012"},
                {"id": str(UUID(int=25)), "name": "Birmingham", "extent": "E08000025", "extent_type": "text"},
            ],
            "service_at_locations": [{"id": str(UUID(int=26)), "location": {"id": str(UUID(int=27)), "latitude": 51}}],
            "cost_options": [{"id": str(UUID(int=28)), "option": "Under 18", "amount": 0}],
            "program": {"id": str(UUID(int=29)), "name": "Wellbeing", "description": "For all"},
            "attributes": [{"id": str(UUID(int=30)), "link_type": "theme", "taxonomy_term": {"name": "Counselling"}}],
        },
        service(id=str(UUID(int=40)), name="Night Bus", status="active", attributes=None, phones=None, languages=[]),
    ],
}


def test_a_page_from_elsewhere_is_read_and_what_is_not_known_passed_over() -> None:
    talking, night = (entry_of(each) for each in read(json.dumps(FOREIGN).encode()))
    assert not isinstance(talking, list)
    assert not isinstance(night, list)
    assert (talking.covers, talking.min_age, talking.max_age) == (frozenset({"E09000012"}), 11, None)
    assert (talking.capacity, talking.wait_weeks, talking.phone) == ("full", None, "020 7946 0000")
    assert (night.covers, night.capacity, night.serves) == (frozenset({"E09000012"}), "open", "everyone")


def test_one_wrong_service_of_a_page_from_elsewhere_is_named_by_its_place() -> None:
    wrong = json.loads(json.dumps(FOREIGN))
    wrong["contents"][1]["organization"].pop("name")
    wrong["contents"][0]["phones"][0]["number"] = 2079460000
    with pytest.raises(Unreadable) as refused:
        read(json.dumps(wrong).encode())
    assert sorted(refused.value.problems) == [
        "contents, 1, phones, 1, number: it must be words in quotation marks",
        "contents, 2, organization, name: it is needed and not there",
    ]
