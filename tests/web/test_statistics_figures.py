"""The figures of a month as pages and files show them: protected, adding up, and everywhere the same."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from bs4 import Tag
from jinja2 import BytecodeCache

from cse_tracker.app import Service
from cse_tracker.people.rules import Sex
from cse_tracker.referrals import commands, queries
from cse_tracker.web.downloads import csv_file, safe_cell
from tests import people
from tests.store import Clock, StoreTemplates
from tests.web.client import Browser
from tests.web.conftest import lasting_service

MONTH = f"/statistics/{people.HACKNEY}/2026-10"
Table = dict[str, dict[str, str]]
DESIGNS = ("young-people", "referrals", "attendance", "meetings")


@pytest.fixture(scope="module")
def october(
    templates: StoreTemplates, tmp_path_factory: pytest.TempPathFactory, compiled_templates: BytecodeCache
) -> Iterator[Browser]:
    """A manager's browser after an October with enough young people to leave figures to be shown."""
    clock = Clock(datetime(2026, 10, 5, 10, 0, tzinfo=UTC))
    with lasting_service(templates, tmp_path_factory.mktemp("figures"), compiled_templates, clock) as service:
        fill(service)
        clock.set(2026, 11, 16)
        manager = Browser(service).sign_in(people.MANAGER)
        manager.get("/account")
        manager.post("/statistics/", borough=people.HACKNEY, month="2026-10")
        manager.get(MONTH)
        yield manager


def fill(service: Service) -> None:
    """Seventeen referrals of all sorts, fourteen of them accepted."""
    sent = []
    for email, numbers in ((people.POLICE, range(11)), (people.HEALTH, range(11, 17))):
        with people.working(service, email) as work:
            for number in numbers:
                sex = Sex.MALE if number % 5 == 0 else Sex.FEMALE
                referral = commands.start(work, borough_gss=people.HACKNEY)
                born = date(2008 + number % 8, 1, 1)
                commands.submit(work, referral, people.answers(first_name=f"Name{number}", born=born, sex=sex))
                sent.append(referral.id)
    with people.working(service, people.LEAD) as work:
        found = [queries.open_referral(work, referral_id) for referral_id in sent[:14]]
        cases = [commands.accept_as_new(work, referral, people.NO_REPLY) for referral in found]
    for case in cases[:6]:
        people.assess(service, case, "missing_once")
        people.decide(service, case, 1, "Agreed with police.")


def tables(manager: Browser) -> dict[str, Table]:
    """Every table of figures, by caption, row and column."""
    manager.get(MONTH)
    return {caption_of(table): read(table) for table in manager.page.select(".app-scroll table")}


def caption_of(table: Tag) -> str:
    assert table.caption is not None
    return table.caption.get_text(strip=True)


def read(table: Tag) -> Table:
    columns = [cell.get_text(strip=True) for cell in table.select("thead th")][1:]
    out: Table = {}
    for row in table.select("tbody tr"):
        name, *cells = [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
        out[name] = dict(zip(columns, cells, strict=True))
    return out


def downloaded(manager: Browser, design: str) -> list[dict[str, str]]:
    manager.get(f"{MONTH}/{design}.csv")
    assert manager.response is not None
    return list(csv.DictReader(io.StringIO(manager.response.get_data(as_text=True))))


def test_every_number_shown_is_a_multiple_of_five(october: Browser) -> None:
    found = [
        int(cell)
        for table in tables(october).values()
        for row in table.values()
        for column, cell in row.items()
        if cell.isdigit() and column != "Share"
    ]
    assert len(found) > 60
    assert [number for number in found if number % 5] == []
    assert max(found) > 0, "an October of nothing but noughts would prove nothing"


def test_the_numbers_shown_add_up(october: Browser) -> None:
    shown = tables(october)
    parts = [table for caption, table in shown.items() if caption.startswith("Young people by")]
    assert len(parts) == 4
    for table in parts:
        whole = int(table.pop("All")["Young people"])
        assert sum(int(row["Young people"]) for row in table.values()) == whole
    for caption, last in (("Referrals by agency and outcome", "All"), ("Attendance by agency", "Invited")):
        table = shown[caption]
        total = table.pop("Total")
        for row in (*table.values(), total):
            assert sum(int(cell) for column, cell in row.items() if column != last) == int(row[last])
        for column, cell in total.items():
            assert sum(int(row[column]) for row in table.values()) == int(cell)


def test_shares_are_worked_out_from_what_is_shown(october: Browser) -> None:
    table = tables(october)["Young people by sex"]
    whole = int(table["All"]["Young people"])
    for row in table.values():
        assert abs(int(row["Share"].removesuffix("%")) - 100 * int(row["Young people"]) / whole) <= 0.5


def test_the_file_says_what_the_page_says(october: Browser) -> None:
    shown = tables(october)
    rows = downloaded(october, "young-people")
    dimensions = {"certainty", "level", "sex", "age"}
    for dimension in dimensions:
        others = dimensions - {dimension}
        alone = {row[dimension]: row["count"] for row in rows if all(row[other] == "All" for other in others)}
        page = {name: row["Young people"] for name, row in shown[f"Young people by {dimension}"].items()}
        assert alone == page, dimension
    for design, caption, column in (
        ("referrals", "Referrals by agency and outcome", "outcome"),
        ("attendance", "Attendance by agency", "attendance"),
    ):
        file = {(row["agency"], row[column]): row["count"] for row in downloaded(october, design)}
        page_cells = {
            (name, "Total" if head in {"All", "Invited"} else head): cell
            for name, row in shown[caption].items()
            for head, cell in row.items()
        }
        assert file == page_cells, design
    assert downloaded(october, "meetings")[0]["count"] == "0"
    october.get(MONTH)
    assert "Fewer than 5 meetings were held." in october.text()


@pytest.mark.parametrize("design", DESIGNS)
def test_a_file_is_saved_under_a_name_that_names_nobody_and_carries_its_rule(october: Browser, design: str) -> None:
    rows = downloaded(october, design)
    assert october.response is not None
    headers = october.response.headers
    assert headers["Content-Disposition"] == f'attachment; filename="{design}-{people.HACKNEY}-2026-10.csv"'
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert {row["month"] for row in rows} == {"2026-10"}
    assert {row["status"] for row in rows} == {"final"}
    assert all("rounded to a multiple of 5" in row["note"] for row in rows)
    assert all(int(row["count"]) % 5 == 0 for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(start: str) -> None:
    hostile = f'{start}HYPERLINK("https://evil.example")'
    assert safe_cell(hostile) == f"'{hostile}"
    text = csv_file("x.csv", ["agency", "count"], [[hostile, -5]]).get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["agency", "count"], [f"'{hostile}", "-5"]]
    assert safe_cell("Police = help") == "Police = help"
