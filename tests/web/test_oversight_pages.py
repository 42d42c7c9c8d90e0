"""Who has looked, and what is handed out of the record."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from cse_tracker.app import Service, start_clock
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.oversight import queries
from cse_tracker.work.errors import NotFound, NotPermitted
from tests import people
from tests.web.client import Browser
from tests.web.conftest import BrowserFor

RECORDS = "records@demo.example"
FORM = {
    "organisation": "Information Commissioner’s Office", "person": "A. Case Officer", "purpose": "=Complaint 17",
    "legal_basis": "Section 142",
}  # fmt: skip


def files_in(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_lead_officer_sees_who_has_looked_at_a_case(sqlite_service: Service, browser: BrowserFor) -> None:
    case = people.open_case(sqlite_service)
    other = browser(people.OTHER_LEAD)
    other.get(f"/cases/{case.id}", status=404)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}")
    lead.get(lead.link("Who has looked"))
    assert "Ruth Okafor" in lead.text()
    assert "Somebody opened a case" in lead.text()
    # The referral that led to the case belongs to it, and so does the refusal of another borough's officer.
    assert "Daniel Price" in lead.text()
    assert "Tom Ellis Islington" in lead.text()
    assert "Refused" in lead.text()
    assert "Marsh" not in lead.text()


def test_a_records_officer_finds_a_case_by_its_reference_and_opens_nothing(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    case = people.open_case(sqlite_service)
    officer = browser(RECORDS)
    officer.get("/")
    officer.get("/records/")
    officer.submit(reference="C-2222-2222")
    assert officer.errors() == ["There is no case with this reference in your borough"]
    officer.submit(reference=case.reference.lower().replace("-", " "))
    assert "Who has looked" in officer.text()
    assert "Marsh" not in officer.text()
    officer.get(f"/cases/{case.id}", status=404)
    officer.get("/cases/", status=403)


def test_the_trail_is_handed_out_to_somebody_for_something(sqlite_service: Service, browser: BrowserFor) -> None:
    case = people.open_case(sqlite_service)
    officer = browser(RECORDS)
    officer.get(f"/records/{case.id}/trail")
    officer.submit(organisation="ICO")
    assert len(officer.errors()) == 3
    officer.submit(**FORM)
    assert officer.response is not None
    content = officer.response.get_data()
    files = files_in(content)
    assert set(files) == {"about.json", "entries.csv", "entries.json"}
    assert json.loads(files["about.json"])["for"]["person"] == "A. Case Officer"
    assert "Marsh" not in "".join(files.values())
    assert "Keira" not in "".join(files.values())
    assert len(json.loads(files["entries.json"])) > 5
    officer.get("/records/")
    assert "Information Commissioner’s Office" in officer.text()
    assert "=Complaint 17" in officer.text()
    with people.working(sqlite_service, RECORDS, reading=True) as work:
        (kept,) = queries.handouts(work)
        assert kept.body.sha256 == hashlib.sha256(content).hexdigest()
        assert kept.body.items == len(json.loads(files["entries.json"]))


def test_the_command_line_hands_out_to_a_new_file_only(service: Service, tmp_path: Path) -> None:
    case = people.open_case(service)
    target = f"{tmp_path}/trail.zip"
    command = [
        "audit", "export", "--case", str(case.id), "--organisation", "Court", "--person", "Clerk", "--purpose",
        "Order", "--legal-basis", "Order of 1 November", "--to", target,
    ]  # fmt: skip
    opening = Opening(lambda: service, start_clock)
    done = CliRunner().invoke(cli, command, obj=opening)
    assert done.exit_code == 0, done.output
    again = CliRunner().invoke(cli, command, obj=opening)
    assert again.exit_code == 2
    assert "there already" in again.output
    blank = CliRunner().invoke(cli, [*command[:9], " ", *command[10:-1], f"{tmp_path}/other.zip"], obj=opening)
    assert blank.exit_code == 2
    with people.working(service, RECORDS, reading=True) as work:
        assert len(queries.handouts(work)) == 1


def test_nobody_else_sees_a_trail(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        with people.working(sqlite_service, email, reading=True) as work:
            with pytest.raises(NotFound):
                queries.trail(work, case.id)
            with pytest.raises(NotPermitted):
                queries.handouts(work)
    assert Browser(sqlite_service)


def test_the_command_verifies_and_names_what_is_wrong(service: Service) -> None:
    people.open_case(service)
    opening = Opening(lambda: service, start_clock)
    done = CliRunner().invoke(cli, ["audit", "verify"], obj=opening)
    assert done.exit_code == 0
    assert "there is no checkpoint outside yet" in done.output
    assert CliRunner().invoke(cli, ["audit", "checkpoint"], obj=opening).exit_code == 0
    done = CliRunner().invoke(cli, ["audit", "verify"], obj=opening)
    assert "nothing that checkpoint 1 has seen is missing" in done.output
    assert len(CliRunner().invoke(cli, ["audit", "public-key"], obj=opening).output.strip()) == 44
    with service.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE agency SET name = 'Another' WHERE name LIKE 'Homerton%%'")
    done = CliRunner().invoke(cli, ["audit", "verify"], obj=opening)
    assert done.exit_code == 1
    assert "broken: edit: a plain column of the row is not what was written (table agency" in done.output
