"""The pages on a request for access, from the asking to the file that is handed out."""

import hashlib
import io
import json
import re
import zipfile
from typing import Any

from bs4 import BeautifulSoup

from cse_tracker.app import Service
from cse_tracker.oversight import queries
from tests import people
from tests.integration.subject_access.test_subject_access import full_case
from tests.web.conftest import BrowserFor
from tests.web.steps import dated

RECORDS = "records@demo.example"
ASK: dict[str, Any] = {
    "asker": "self", "requester": "Keira Marsh", "identity_checked": "Passport",
    **dated("received_on", "10", "11", "2025"),
}  # fmt: skip
TO = {"organisation": "Herself", "person": "K. Marsh", "purpose": "Her request", "legal_basis": "UK GDPR Art. 15"}


def test_a_request_goes_from_asking_to_a_file_that_is_kept(sqlite_service: Service, browser: BrowserFor) -> None:
    case = full_case(sqlite_service)
    officer, lead = browser(RECORDS), browser(people.LEAD)
    officer.get("/subject-access/")
    assert "Nobody has asked yet" in officer.text()
    officer.get(f"/cases/{case.id}/looks")
    officer.get(officer.link("Record a request for access"))
    officer.submit()
    assert len(officer.errors()) == 4
    officer.submit(**{**ASK, **dated("received_on", "10", "11", "2096")})
    assert officer.errors() == ["The day the request came must be today or in the past"]
    officer.submit(**ASK)
    assert "Not answered yet" in officer.text()
    assert officer.response is not None
    address = officer.response.request.path
    officer.get(f"{address}/review", status=422)

    lead.get("/subject-access/")
    lead.get(lead.link("Request"))
    lead.get(address)
    lead.get(lead.link("Answer whether"))
    lead.submit(decision="agree", opinion="Her mother must not see the letter.")
    lead.get(f"{address}/review", status=404)

    officer.get(address)
    officer.submit()
    assert "Her mother must not see the letter." in officer.text()
    assert "Carla Moore" in officer.text()
    assert "about somebody else" in officer.text()
    files = officer.page.find_all("select")
    assert len(files) > 15
    letter = next(
        str(select["id"]) for select in files if "Files 1" in str(select.find_parent(class_="govuk-summary-card"))
    )
    officer.submit(**{letter: "harm", "phrases": "school by car"})
    assert "What will be handed out" in officer.text()
    assert "Carla" not in officer.text()
    assert "Leave out: likely to cause serious harm" in officer.text()
    assert "Collected from [left out: about somebody else]." in officer.text()

    officer.get(f"{address}/hand-out")
    officer.submit(organisation="X")
    assert len(officer.errors()) == 3
    officer.submit(**TO)
    assert officer.response is not None
    content = officer.response.get_data()
    inspect_bundle(content, letter)
    with people.working(sqlite_service, RECORDS, reading=True) as work:
        (kept,) = queries.handouts(work)
        assert kept.body.sha256 == hashlib.sha256(content).hexdigest()
    officer.get("/records/")
    assert "Everything held about a young person" in officer.text()


def inspect_bundle(content: bytes, letter: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert set(parts) == {"everything.html", "everything.json"}
    machine = json.loads(parts["everything.json"])
    assert machine["records"]["person"][0]["fields"]["head"]["last_name"] == "Marsh"
    assert machine["records"]["attachment"][0] == {"id": letter.removeprefix("choice-"), "left_out": "harm"}
    page = BeautifulSoup(parts["everything.html"], "html.parser")
    assert "She has been seen with much older men." in page.get_text()
    values = {each.get_text() for each in page.find_all("dd")}
    assert not {each for each in values if re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|^[a-z]+(_[a-z]+)+$", each)}
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", json.dumps(machine["records"]["case_"][0]["fields"]))
    for secret in (b"Carla", b"Ruth Okafor", b"Dean Made-Up"):
        assert secret not in parts["everything.html"] + parts["everything.json"]


def test_a_file_that_is_handed_out_lies_beside_the_bundle(sqlite_service: Service, browser: BrowserFor) -> None:
    case = full_case(sqlite_service)
    officer, lead = browser(RECORDS), browser(people.LEAD)
    officer.get(f"/subject-access/cases/{case.id}/ask")
    officer.submit(**ASK)
    assert officer.response is not None
    address = officer.response.request.path
    lead.get(f"{address}/answer")
    lead.submit(decision="agree", opinion="Nothing")
    officer.get(address)
    officer.submit()
    officer.submit(colleagues="y")
    assert "Ruth Okafor" in officer.text()
    officer.get(f"{address}/hand-out")
    officer.submit(**TO)
    assert officer.response is not None
    with zipfile.ZipFile(io.BytesIO(officer.response.get_data())) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(name).startswith(b"%PDF")


def test_a_lead_officer_who_refuses_keeps_the_records_closed(sqlite_service: Service, browser: BrowserFor) -> None:
    case = people.open_case(sqlite_service)
    officer, lead = browser(RECORDS), browser(people.LEAD)
    officer.get(f"/subject-access/cases/{case.id}/ask")
    officer.submit(**ASK)
    assert officer.response is not None
    address = officer.response.request.path
    lead.get(f"{address}/answer")
    lead.submit(decision="refuse", opinion="Whoever asks is not who they say.")
    officer.get(address)
    assert "The records are not opened for this request" in officer.text()
    officer.get(f"{address}/review", status=422)
    officer.get(f"{address}/preview", status=422)
    assert "Marsh" not in officer.text()
