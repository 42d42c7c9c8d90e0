"""The figures of a month as pages and files show them: protected, adding up, and everywhere the same."""

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import openpyxl  # type: ignore[import-untyped]
import pytest
import python_calamine
from bs4 import Tag
from jinja2 import BytecodeCache

from cse_tracker.app import Service
from cse_tracker.people.rules import Sex
from cse_tracker.referrals import commands, queries
from cse_tracker.statistics.designs import QUARTERLY, Design
from cse_tracker.statistics.wordings.numbered import today
from cse_tracker.web.downloads import csv_file, safe_cell
from tests import people
from tests.store import Clock, StoreTemplates
from tests.web.client import Browser
from tests.web.conftest import lasting_service

MONTH = f"/statistics/{people.HACKNEY}/2026-10"
Table = dict[str, dict[str, str]]
DESIGNS = tuple(each.value for each in Design if each not in QUARTERLY)


@pytest.fixture(scope="module")
def october(
    templates: StoreTemplates, tmp_path_factory: pytest.TempPathFactory, compiled_templates: BytecodeCache
) -> Iterator[Browser]:
    """A manager's browser after an October with enough young people to leave figures to be shown."""
    clock = Clock(datetime(2026, 10, 5, 10, 0, tzinfo=UTC))
    with lasting_service(templates, tmp_path_factory.mktemp("figures"), compiled_templates, clock) as service:
        fill(service)
        clock.set(2026, 11, 16)
        people.published(service, date(2026, 10, 1))
        manager = Browser(service).sign_in(people.MANAGER)
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


def number(cell: str) -> int:
    return 0 if cell == "[low]" else int(cell)


def test_every_number_shown_is_a_multiple_of_five(october: Browser) -> None:
    found = [
        number(cell)
        for table in tables(october).values()
        for row in table.values()
        for column, cell in row.items()
        if "Share" not in column and cell != "[x]"
    ]
    assert len(found) > 100
    assert [each for each in found if each % 5] == []
    assert max(found) > 0, "an October of nothing but noughts would prove nothing"


def test_the_numbers_shown_add_up(october: Browser) -> None:
    shown = tables(october)
    parts = [table for caption, table in shown.items() if caption.startswith("Young people by")]
    assert len(parts) == 11
    for table in parts:
        whole = number(table.pop("All")["Young people"])
        assert sum(number(row["Young people"]) for row in table.values()) == whole
    for title in ("Referrals received", "Attendance at meetings", "Duties that fell due", "Actions that fell due"):
        table = shown[f"{title} in numbers"]
        total = table.pop("Total")
        for row in (*table.values(), total):
            assert sum(
                number(cell) for column, cell in row.items() if column != "All" and "Share" not in column
            ) == number(row["All"])
        for column, cell in total.items():
            if "Share" in column:
                continue
            assert sum(number(row[column]) for row in table.values()) == number(cell)


def test_shares_are_worked_out_from_what_is_shown(october: Browser) -> None:
    table = tables(october)["Young people by sex"]
    whole = number(table["All"]["Young people"])
    for row in table.values():
        assert abs(int(row["Share"].removesuffix("%")) - 100 * number(row["Young people"]) / whole) <= 0.5


def whole_file(october: Browser, kind: str) -> bytes:
    october.get(f"{MONTH}/release.{kind}")
    assert october.response is not None
    return october.response.get_data()


def test_page_and_all_four_files_show_the_same_numbers(october: Browser) -> None:
    shown = tables(october)["Young people by sex"]
    rows = downloaded(october, "young-people")
    others = [
        today().headings[each]
        for each in (
            "certainty",
            "level",
            "age",
            "ethnicity",
            "looked_after",
            "disability",
            "from_abroad",
            "placement",
            "source",
            "elsewhere",
            "known_to",
        )
    ]
    alone = {row["Sex"]: row["Young people"] for row in rows if all(row[other] == "All" for other in others)}
    assert alone == {name: row["Young people"] for name, row in shown.items()}
    made = json.loads(whole_file(october, "json"))
    books = [
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(whole_file(october, k))) for k in ("ods", "xlsx")
    ]
    for place, design in enumerate(DESIGNS, 1):
        in_csv = downloaded(october, design)
        unit = today().meanings[Design(design)].unit
        expected = [list(row.values()) for row in in_csv]
        table = made["tables"][place - 1]
        assert [[str(cell) for cell in row] for row in table["rows"]] == expected
        assert table["columns"][-1] == unit
        for book in books:
            sheet = book.get_sheet_by_name(f"Table_{place}").to_python()
            assert [[as_text(cell) for cell in row] for row in sheet[4:] if row[0] != ""] == expected, design


def as_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)


@pytest.mark.parametrize("kind", ["ods", "xlsx", "json"])
def test_a_frozen_release_gives_the_same_bytes_for_ever(october: Browser, kind: str) -> None:
    first = whole_file(october, kind)
    time.sleep(1.1)
    assert whole_file(october, kind) == first

    for ending in ("young-people.csv", "young-people.csv-metadata.json"):
        files = []
        for _ in range(2):
            october.get(f"{MONTH}/{ending}")
            assert october.response is not None
            files.append(october.response.get_data())
        assert files[0] == files[1], ending


def test_a_workbook_has_a_cover_notes_and_marked_up_tables(october: Browser) -> None:
    book = openpyxl.load_workbook(io.BytesIO(whole_file(october, "xlsx")))
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Table_1"]
    assert book["Cover"]["A1"].value.startswith("Young people at risk of sexual exploitation: Hackney, October 2026")
    assert list(book["Table_1"].tables) == ["table_1"]
    notes = [row[0].value for row in book["Notes"].iter_rows()]
    assert {"[c]", "[low]", "[p]", "[r]", "[x]", "[z]"} <= set(notes)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_file_is_saved_under_a_name_that_names_nobody_and_is_described(october: Browser, design: str) -> None:
    rows = downloaded(october, design)
    assert october.response is not None
    headers = october.response.headers
    assert headers["Content-Disposition"] == f'attachment; filename="{design}-{people.HACKNEY}-2026-10.csv"'
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    october.get(f"{MONTH}/{design}.csv-metadata.json")
    described = json.loads(october.response.get_data())
    assert described["url"] == f"{design}-{people.HACKNEY}-2026-10.csv"
    assert [column["titles"] for column in described["tableSchema"]["columns"]] == list(rows[0])
    assert "rounded to a multiple of 5" in described["rdfs:comment"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(start: str) -> None:
    hostile = f'{start}HYPERLINK("https://evil.example")'
    assert safe_cell(hostile) == f"'{hostile}"
    text = csv_file("x.csv", ["agency", "count"], [[hostile, -5]]).get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["agency", "count"], [f"'{hostile}", "-5"]]
    assert safe_cell("Police = help") == "Police = help"
