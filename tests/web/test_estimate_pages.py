"""The estimate as a manager reads it and takes it away: the report's figures, and that they are made up."""

import csv
import io
import json
from itertools import pairwise

import pikepdf
import pytest
import python_calamine

from cse_tracker.estimates.rules import MEANING
from cse_tracker.estimates.rules import SYNTHETIC as WARNING
from tests import people
from tests.unit.estimation.test_demo_figures import BAND_OF, PRINTED_EIGENVALUES, PRINTED_LOADINGS
from tests.web.client import Browser
from tests.web.conftest import BrowserFor


@pytest.fixture
def manager(browser: BrowserFor) -> Browser:
    return browser(people.MANAGER)


def rows(browser: Browser, caption: str) -> list[list[str]]:
    table = next(each for each in browser.page.find_all("table") if each.caption and caption in each.caption.get_text())
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]


def borough(row: list[str]) -> str:
    """The borough without the remarks below its name."""
    return row[0].partition(" anchor")[0].partition(" outside")[0]


def test_the_page_gives_the_total_what_is_known_and_every_borough(manager: Browser) -> None:
    manager.get("/estimate/")
    assert "About 1,002 young people would be identified in London" in manager.text()
    assert "Services have identified 507." in manager.text()
    assert "between 580 and 1,423" in manager.text()
    assert "It is not prevalence" in manager.text()
    table = rows(manager, "Boroughs, the most unseen first")
    shown = {borough(row): row[3].split()[0] for row in table}
    assert shown == BAND_OF
    assert len(table) == 32
    unseen = [int(row[1]) - int(row[4]) for row in table if row[4] != "[x]"]
    assert sum(int(row[4]) for row in table if row[4] != "[x]") == 507
    # Both numbers are rounded on the page, so neighbours may look one out of order.
    assert all(first >= second - 1 for first, second in pairwise(unseen))


def test_the_map_names_every_borough(manager: Browser) -> None:
    manager.get("/estimate/")
    drawn = manager.page.find("svg")
    assert drawn is not None
    for name in BAND_OF:
        assert name in drawn.get_text(), name


@pytest.mark.parametrize("page", ["/estimate/", "/estimate/method", "/estimate/explained"])
def test_a_page_says_that_the_figures_are_made_up(manager: Browser, page: str) -> None:
    manager.get(page)
    warning = manager.page.select_one(".govuk-warning-text")
    assert warning is not None
    assert WARNING in warning.get_text()
    assert MEANING in manager.text()


def test_the_method_page_shows_the_printed_eigenvalues_and_loadings(manager: Browser) -> None:
    manager.get("/estimate/method")
    components = rows(manager, "Components")
    assert [row[1] for row in components] == [f"{value:.3f}" for value in PRINTED_EIGENVALUES]
    assert [row[1] for row in rows(manager, "Indicators and their loadings")] == [f"{v:.3f}" for v in PRINTED_LOADINGS]
    head = manager.page.find(string="Random data")
    assert head is not None
    by_chance = [float(row[-1]) for row in components]
    larger = [float(row[1]) > chance for row, chance in zip(components, by_chance, strict=True)]
    assert larger == [True] + [False] * 6
    for printed in ("Adjusted R-squared 0.619", "0.842", "0.54 per 1,000", "around their mean by 0.88"):
        assert printed in manager.text(), printed
    assert len(rows(manager, "Anchor boroughs")) == 8


def test_the_file_for_a_spreadsheet_warns_in_every_row_and_agrees_with_the_page(manager: Browser) -> None:
    manager.get("/estimate/")
    page = {borough(row): row for row in rows(manager, "Boroughs")}
    manager.get("/estimate/estimate.csv")
    assert manager.response is not None
    assert manager.response.headers["Content-Disposition"] == 'attachment; filename="estimate-synthetic-demo.csv"'
    file = list(csv.DictReader(io.StringIO(manager.response.get_data(as_text=True))))
    assert len(file) == 32
    assert {row["warning"] for row in file} == {WARNING}
    assert {row["meaning"] for row in file} == {MEANING}
    assert sum(int(row["identified"] or 0) for row in file) == 507
    assert round(sum(float(row["estimate"]) for row in file)) == pytest.approx(1002, abs=2)
    for row in file:
        shown = page[row["borough"]]
        assert abs(float(row["estimate"]) - int(shown[1])) <= 0.5, row["borough"]
        likely = row[f"chance_{row['band'].casefold()}_percent"]
        assert (f"{row['band']} {likely}% likely", row["identified"] or "[x]") == (shown[3], shown[4])


def test_the_file_at_full_precision_warns_too(manager: Browser) -> None:
    manager.get("/estimate/estimate.json")
    assert manager.response is not None
    assert manager.response.mimetype == "application/json"
    assert "attachment" in manager.response.headers["Content-Disposition"]
    document = json.loads(manager.response.get_data(as_text=True))
    assert document["synthetic"] is True
    assert document["warning"] == WARNING
    assert document["meaning"] == MEANING


def test_a_lead_officer_reads_it_too_and_a_referrer_does_not(browser: BrowserFor) -> None:
    lead, police = browser(people.LEAD), browser(people.POLICE)
    for page in ("", "method", "explained", *(f"estimate.{end}" for end in ("csv", "json", "xlsx", "ods", "pdf"))):
        lead.get(f"/estimate/{page}")
        police.get(f"/estimate/{page}", status=404)


def test_the_page_for_a_statistician_has_every_diagnostic(manager: Browser) -> None:
    manager.get("/estimate/method")
    assert len(rows(manager, "Influence of the anchors")) == 8
    totals = {row[0]: row[1] for row in rows(manager, "Without each anchor")}
    assert totals["Greenwich"] == "1,131"
    assert len(rows(manager, "Without each indicator")) == 7
    assert len(rows(manager, "The total by five ways of looking")) == 5
    assert len(rows(manager, "Anti-image correlations")) == 7
    assert len(rows(manager, "Areas with every limit")) == 32
    assert any(row[0] == "SHA-256 of the inputs" for row in rows(manager, "Record of the run"))
    assert len(manager.page.select("svg.app-chart")) == 4
    assert "The line leans on single anchors: Greenwich" in manager.text()


def test_each_borough_has_a_sentence_and_chances_that_add_up(manager: Browser) -> None:
    manager.get("/estimate/")
    assert "In Sutton about" in manager.text()
    chances = rows(manager, "Chance of each band")
    assert len(chances) == 32
    assert all(sum(int(cell.rstrip("%")) for cell in row[1:]) == 100 for row in chances)
    assert (
        "accepted in priority need (PIE section E2, four quarters) in Kingston upon Thames is the figure of"
        in manager.text()
    )


def test_workbooks_hold_the_rows_and_the_warning(manager: Browser) -> None:
    for ending in ("xlsx", "ods"):
        manager.get(f"/estimate/estimate.{ending}")
        assert manager.response is not None
        assert f"estimate-synthetic-demo.{ending}" in manager.response.headers["Content-Disposition"]
        book = python_calamine.load_workbook(io.BytesIO(manager.response.get_data()))
        assert book.sheet_names == ["Estimate", "Total and notes", "Indicators", "Run"]
        table = book.get_sheet_by_name("Estimate").to_python()
        assert len(table) == 33
        assert table[1][:3] == ["E09000002", "Barking and Dagenham", 32.0]
        told = [row[0] for row in book.get_sheet_by_name("Total and notes").to_python()]
        assert WARNING in told
        assert MEANING in told


def test_the_page_to_print_is_a_tagged_pdf_that_warns(manager: Browser) -> None:
    manager.get("/estimate/estimate.pdf")
    assert manager.response is not None
    assert manager.response.mimetype == "application/pdf"
    with pikepdf.open(io.BytesIO(manager.response.get_data())) as printed:
        assert printed.Root.MarkInfo.Marked
        assert str(printed.Root.Lang) == "en-GB"
        assert len(printed.pages) >= 2
