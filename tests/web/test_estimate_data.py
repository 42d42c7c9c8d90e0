"""A manager brings figures in, decides the anchors, reads the run, and reviews how actively the borough looks."""

import io
from typing import Any

import pytest

from tests import people
from tests.integration.estimates.files import estimate_files
from tests.web.client import Browser
from tests.web.conftest import BrowserFor


@pytest.fixture
def manager(browser: BrowserFor) -> Browser:
    return browser(people.MANAGER)


def bring_in(manager: Browser, files: dict[str, bytes]) -> int:
    manager.get("/estimate-data/")
    sent = [(io.BytesIO(content), name) for name, content in files.items()]
    data = {"csrf_token": manager.token(), "borough": people.HACKNEY, "note": "First", "files": sent}
    manager.response = manager.client.post("/estimate-data/", data=data, content_type="multipart/form-data")
    return manager.response.status_code


def test_from_files_to_a_run_that_says_it_repeats(manager: Browser) -> None:
    assert bring_in(manager, estimate_files(synthetic=False)) == 302
    assert manager.response is not None
    place = manager.response.headers["Location"]
    manager.get(place)
    ticked = [box["value"] for box in manager.page.select("input[name=anchors][checked]")]
    assert len(ticked) == 8
    assert "Camden" in manager.text()
    manager.submit(anchors=ticked, reason="As the survey proposes.", draws="200", seed="5")
    manager.get("/estimate/")
    assert "It repeats to the last digit." in manager.text()
    assert "As the survey proposes." in manager.text()
    assert "rounded to multiples of five" in manager.text()
    assert "Services have identified 507." not in manager.text()
    manager.get("/estimate/method")
    assert "made up" in manager.text()
    table = next(
        each for each in manager.page.find_all("table") if each.caption and "Influence" in each.caption.get_text()
    )
    assert [cell.get_text(strip=True) for cell in table.select("thead th")] == ["Anchor", "Leverage"]
    manager.get("/estimate/estimate.json")
    assert manager.response.get_json()["note"].startswith("Numbers identified are rounded")
    manager.get("/estimate-data/")
    assert "Run 1" in manager.text()


def test_a_file_that_cannot_be_used_is_refused_beside_its_field(manager: Browser) -> None:
    files = estimate_files()
    files["population.csv"] = files["population.csv"].replace(b"22138", b"none")
    assert bring_in(manager, files) == 422
    assert manager.response is not None
    assert "population.csv, row 2, column population" in manager.response.get_data(as_text=True)


@pytest.mark.parametrize("run", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_run_that_is_not_there_is_not_found(manager: Browser, run: str) -> None:
    manager.get(f"/estimate/?run={run}", status=404)


def test_a_review_is_scored_and_refused_without_evidence(manager: Browser) -> None:
    manager.get("/estimate-data/proactivity")
    assert "is in force" in manager.text()
    signs = sorted({str(box["name"]) for box in manager.page.select("input[type=radio]")})
    assert len(signs) == 9
    said: dict[str, Any] = dict.fromkeys(signs, "yes")
    manager.submit(borough=people.HACKNEY, year="2026", **said)
    assert "Enter the evidence for this yes" in manager.text()
    manager.submit(borough=people.HACKNEY, year="2026", **said, **{f"{sign}_evidence": "Minutes" for sign in signs})
    assert "9 of 9 signs in 2026: proactive" in manager.text()
