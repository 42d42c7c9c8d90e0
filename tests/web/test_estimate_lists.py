"""The pages of the second opinion, of a run's answers, and of trainings."""

import io
import re
from dataclasses import replace

import pytest

from cse_tracker.app import Service
from cse_tracker.estimates.model import ListsCompared
from cse_tracker.involvement import commands as involvement
from cse_tracker.records.keys import unlock
from tests import people
from tests.integration.estimates.files import estimate_files
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor

NAMES = [f"Anna{chr(97 + k)}" for k in range(9)]


@pytest.fixture
def known(sqlite_service: Service, clock: Clock) -> None:
    """Nine young people, whom police referred; health knows seven of them."""
    service = sqlite_service
    for name in NAMES:
        case = people.open_case(service, first_name=name)
        people.certainty(service, case)
    with people.working(service, people.HEALTH) as work:
        for name in NAMES[:7]:
            form = involvement.MarkerForm(
                borough_gss=people.HACKNEY,
                first_name=name,
                last_name="Marsh",
                born=people.answers().identity.date_of_birth,  # type: ignore[arg-type]
                contact="The desk",
            )
            involvement.mark(work, form)
    clock.advance(days=31)


@pytest.mark.usefixtures("known")
def test_lists_are_compared_read_and_taken_away_rounded(browser: BrowserFor) -> None:
    manager = browser(people.MANAGER)
    manager.get("/second-opinion/")
    assert "not been compared yet" in manager.text()
    year = manager.page.select("select[name=year] option")[0]["value"]
    manager.submit(borough=people.HACKNEY, year=str(year), reason="")
    assert "these services would know" in manager.text()
    assert "This is not prevalence" in manager.text()
    numbers = [
        int(cell.get_text(strip=True))
        for cell in manager.page.select("td.govuk-table__cell--numeric")
        if cell.get_text(strip=True).isdigit()
    ]
    assert numbers
    assert all(number % 5 == 0 for number in numbers)
    link = next(str(a["href"]) for a in manager.page.select("main a") if "patterns.csv" in str(a["href"]))
    manager.get(link)
    assert manager.response is not None
    lines = manager.response.get_data(as_text=True).splitlines()
    assert lines[0].lstrip("\ufeff") == "Police and youth justice,Health,count"
    assert all(int(line.rsplit(",", 1)[1]) % 5 == 0 for line in lines[1:])
    manager.get("/second-opinion/")
    manager.submit(borough=people.HACKNEY, year=str(year), reason="")
    assert "Say why they are compared again" in manager.text()
    reader = browser(people.LEAD)
    reader.get("/second-opinion/")
    assert not reader.page.select("select[name=year]")


@pytest.mark.usefixtures("known")
def test_an_old_one_without_protected_counts_says_how_to_make_a_new_one(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    manager = browser(people.MANAGER)
    manager.get("/second-opinion/")
    year = manager.page.select("select[name=year] option")[0]["value"]
    manager.submit(borough=people.HACKNEY, year=str(year), reason="")
    assert manager.response is not None
    place = manager.response.request.path if manager.response.request else ""
    with people.working(sqlite_service) as work:
        row = work.session.query(ListsCompared).one()
        unlock(work.session, [row.compartment_id])
        row.body = replace(row.body, release=None, opinion=row.body.opinion | {"counts": "exact"})
    manager.get(place, status=422)
    assert "has no protected counts" in manager.text()
    assert "compare the lists of these months again" in manager.text()
    assert "exact ones were still used" in manager.text()
    manager.get(f"{place}/patterns.csv", status=404)
    lead = browser(people.LEAD)
    lead.get(place, status=422)
    assert "A manager of the borough can compare" in lead.text()


def bring_in(manager: Browser, files: dict[str, bytes], **more: str) -> str:
    manager.get("/estimate-data/")
    sent = [(io.BytesIO(content), name) for name, content in files.items()]
    data = {"csrf_token": manager.token(), "borough": people.HACKNEY, "note": "", "files": sent, **more}
    answer = manager.client.post("/estimate-data/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def run(manager: Browser, place: str) -> str:
    manager.get(place)
    ticked = [str(box["value"]) for box in manager.page.select("input[name=anchors][checked]")]
    manager.submit(anchors=ticked, reason="As proposed.", draws="100", seed="5")
    assert manager.response is not None
    return str(manager.response.request.full_path if manager.response.request else "")


@pytest.mark.usefixtures("known")
def test_a_number_from_the_tracker_is_shown_rounded_and_said_to_be_from_here(browser: BrowserFor) -> None:
    manager = browser(people.MANAGER)
    manager.get("/estimate-data/")
    year = str(manager.page.select("select[name=count_until] option")[1]["value"])
    place = bring_in(manager, estimate_files(), count_until=year)
    manager.get(place)
    assert "below ten in Hackney" in manager.text()
    assert not manager.page.select(f"input[name=anchors][value={people.HACKNEY}]")
    run(manager, place)
    manager.get("/estimate/")
    assert "Partly synthetic data" in manager.text()
    assert "rounded to multiples of five" in manager.text()
    manager.get("/estimate/method")
    assert "This tracker: young people with an open case" in manager.text()
    manager.get("/estimate-data/")
    assert re.search(r"counted in this tracker .* about (5|10), rounded", manager.text())


def test_a_lead_officer_answers_and_a_second_run_is_explained(browser: BrowserFor) -> None:
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    files = estimate_files()
    run(manager, bring_in(manager, files))
    lead.get("/estimate/")
    link = next(str(a["href"]) for a in lead.page.select("main a") if "/answer/" in str(a["href"]))
    lead.get(link)
    assert "would be identified if it worked like the anchors" in lead.text()
    lead.submit(looks="low", why="")
    assert "Enter why it looks wrong to you" in lead.text()
    lead.submit(looks="low", why="Two schools do not refer yet.")
    assert "Too low" in lead.text()
    assert "Ruth Okafor" in lead.text()
    files["population.csv"] = files["population.csv"].replace(b"22138", b"23138")
    run(manager, bring_in(manager, files))
    manager.get("/estimate/")
    assert "Why it is another number than in run 1" in manager.text()
    assert "Other numbers of residents" in manager.text()
    assert not [a for a in manager.page.select("main a") if "/answer/" in str(a["href"])]


def test_a_training_becomes_suggested_evidence(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get("/estimate-data/proactivity")
    assert "No training has been recorded here" in lead.text()
    lead.get("/estimate-data/training")
    when = {"held_on-day": "1", "held_on-month": "1", "held_on-year": "2099"}
    lead.submit(borough=people.HACKNEY, about="Signs", services="schools", **when)
    assert "must have been held already" in lead.text()
    lead.submit(borough=people.HACKNEY, about="Signs", services="schools", **{**when, "held_on-year": "2026"})
    assert "The training is recorded" in lead.text()
    chosen = lead.page.select("input[name=training_organised][checked]")
    assert [box["value"] for box in chosen] == ["yes"]
    evidence = lead.page.select_one("input[name=training_organised_evidence]")
    assert evidence is not None
    assert evidence["value"] == "Training was held on 1 January 2026: Signs, for schools."
