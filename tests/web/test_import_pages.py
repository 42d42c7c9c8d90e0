"""The pages of imports: the template, a file with something wrong, trying out, beginning, progress, taking back."""

import io

import pytest

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.imports.rules import COLUMNS
from cse_tracker.jobs.importing import carry_on_imports
from cse_tracker.sheets.reading import read
from tests import people
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import heading

CSV = "Forename,Surname,DOB,Certainty,Notes\nNia,Okoro,3/4/2011,indicated,Seen at the station\n"


@pytest.fixture
def lead(browser: BrowserFor) -> Browser:
    lead = browser(people.LEAD)
    lead.get("/imports/")
    return lead


def upload(lead: Browser, content: bytes, name: str = "cases.csv") -> None:
    lead.submit(file=(io.BytesIO(content), name))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_can_be_read_back(lead: Browser, kind: str) -> None:
    response = lead.client.get(f"/imports/template/{kind}")
    assert "attachment" in response.headers["Content-Disposition"]
    sheet = read(f"t.{kind}", response.get_data())
    assert list(sheet.rows[0]) == [column.heading for column in COLUMNS.values()]
    lead.get("/imports/template/exe", status=404)


def test_the_whole_way_with_an_unclear_date(lead: Browser, sqlite_service: Service) -> None:
    upload(lead, CSV.encode())
    lead.submit()
    assert "This may be either of two dates" in lead.text()
    assert "C2" in lead.text()
    assert "Nothing can be brought in before" in lead.text()
    lead.submit(order="day_first")
    assert "1 new young person with a case each" in lead.text()
    lead.submit(_form=0)
    assert "Confirm that you have looked" in lead.text()
    lead.submit(_form=0, sure="y")
    progress = lead.page.find("progress")
    assert progress is not None
    assert (progress["value"], progress["max"]) == ("0", "1")
    with sqlite_service.app.app_context():
        carry_on_imports(sqlite_service.tools)
    lead.get(lead.link("Refresh"))
    assert "1 young person was brought in" in lead.text()
    lead.submit()
    with sqlite_service.app.app_context():
        carry_on_imports(sqlite_service.tools)
    lead.get(lead.link("Refresh"))
    assert "Taken back." in lead.text()


def test_what_stays_after_taking_back_is_named_by_its_reference(lead: Browser, sqlite_service: Service) -> None:
    upload(lead, CSV.replace("3/4/2011", "2011-04-03").encode())
    lead.submit()
    lead.submit(_form=0, sure="y")
    with sqlite_service.app.app_context():
        carry_on_imports(sqlite_service.tools)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        (row,) = cases.cases_in_sight(work)
    people.assess(sqlite_service, row.case, "older_boyfriend")
    lead.get(lead.link("Refresh"))
    lead.submit()
    with sqlite_service.app.app_context():
        carry_on_imports(sqlite_service.tools)
    lead.get(lead.link("Refresh"))
    assert "1 case stays because somebody has worked on it since" in lead.text()
    lead.get(lead.link(f"Case {row.case.reference}"))
    assert heading(lead).startswith("Nia Okoro")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"%PDF", "a.pdf", "Choose a CSV, XLSX or ODS file"),
        (b"Only headings\n", "a.csv", "The file has no rows below its headings"),
        (b"", "a.csv", "The file has no rows below its headings"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(
    lead: Browser, content: bytes, name: str, sentence: str
) -> None:
    upload(lead, content, name)
    assert lead.errors() == [sentence]


def test_a_column_cannot_be_two_things(lead: Browser) -> None:
    upload(lead, CSV.encode())
    lead.submit(last_name="1")
    assert lead.errors() == ["The column Forename was chosen twice"]


def test_a_file_larger_than_other_requests_is_taken_and_thrown_away(lead: Browser) -> None:
    rows = "".join(f"First{n},Last{n},2011-05-06,indicated,{'x' * 400}\n" for n in range(11_000))
    part = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    content = "Forename,Surname,DOB,Certainty,Notes\n" + rows
    parts = [("csrf_token", "", lead.token()), ("borough", "", people.HACKNEY), ("file", '; filename="a.csv"', content)]
    body = "".join("--edge\r\n" + part.format(*each) for each in parts) + "--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    for path, status in (("/imports/", 302), ("/referrals/start", 413)):
        response = lead.client.post(path, data=body.encode(), content_type=kind)
        assert response.status_code == status
        if status == 302:
            lead.get(response.headers["Location"])
    assert "Try it out" in lead.text()
    lead.submit(_form=1)
    assert "Nothing of the file is kept" in lead.text()
