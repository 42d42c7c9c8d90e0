"""A meeting's new pages, wide and at 320 pixels, and notes that are typed while nothing can be reached."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cse_tracker.app import Service
from cse_tracker.jobs.meetings import put_packs_together
from tests import people
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
NOTES = "The aunt collects her from the station on Fridays."


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at every page at both widths."""
    return Witness(site, widths=(320, 1200), accessible=True)


def call_panel(lead: Person, *cases: str) -> str:
    lead.open("/meetings/call-panel")
    lead.press("Call the meeting and send invitations")
    assert lead.page.title().startswith("Error: ")
    lead.page.get_by_role("radio", name="Multi-agency exploitation panel").check()
    for each in cases:
        lead.page.locator(f"input[name=cases][value='{each}']").check()
    lead.write("Themes", "Hotels\nSocial media")
    lead.date("Date", "16", "11", "2026")
    lead.write("Start time", "2:30pm")
    lead.write("Place", "Town Hall, room 2.14")
    for agency in ("Clapton Park School", "Hackney children’s social care", "Homerton Healthcare"):
        lead.page.get_by_role("checkbox", name=agency).check()
    lead.page.get_by_role("checkbox", name="Metropolitan Police, Central East").check()
    lead.press("Call the meeting and send invitations")
    return lead.path


def keep_a_picture(page: Page, name: str) -> None:
    """Keep what a page looks like at both widths, where somebody asked for pictures."""
    folder = os.environ.get("JOURNEY_PICTURES")
    if folder:
        for width in (1200, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_a_panel_is_called_prepared_and_minuted_at_both_widths(
    sqlite_service: Service, somebody: Somebody, witness: Witness
) -> None:
    found = [people.open_case(sqlite_service, first_name=name) for name in ("Keira", "Maya")]
    lead, police = somebody(people.LEAD), somebody(people.POLICE)
    panel = call_panel(lead, *(str(case.id) for case in found))
    keep_a_picture(lead.page, "panel")
    police.open(panel)
    keep_a_picture(police.page, "invited")
    police.open(f"{panel}/reply")
    police.press("Send the answer")
    assert police.page.title().startswith("Error: ")
    keep_a_picture(police.page, "reply")
    for place in ("move", "cancel"):
        lead.open(f"{panel}/{place}")
        keep_a_picture(lead.page, place)
    lead.open(panel)
    lead.press("Put together a pack for each agency")
    with sqlite_service.app.app_context():
        put_packs_together(sqlite_service.tools)
    lead.open(panel)
    lead.page.get_by_role("link", name="Metropolitan Police, Central East").first.click()
    lead.page.wait_for_load_state()
    lead.open(lead.path)
    keep_a_picture(lead.page, "pack")
    lead.open(panel)
    item = lead.page.get_by_role("link", name="Case C-").first.get_attribute("href") or ""
    assert "/items/" in item
    for place in ("", "/shared", "/decisions"):
        lead.open(f"{item}{place}")
        keep_a_picture(lead.page, f"item{place.replace('/', '-')}")
    for place in ("/actions/", "/calendar/", "/meetings/"):
        police.open(place)
        keep_a_picture(police.page, place.strip("/"))
    records = somebody("records@demo.example")
    records.open("/timetable/")
    keep_a_picture(records.page, "timetable")
    assert witness.problems == []
    assert witness.pages > 15


def test_notes_typed_while_the_service_cannot_be_reached_are_kept_and_sent(
    sqlite_service: Service, somebody: Somebody, witness: Witness
) -> None:
    case = people.open_case(sqlite_service)
    lead = somebody(people.LEAD)
    call_panel(lead, str(case.id))
    item = lead.page.get_by_role("link", name="Case C-").first.get_attribute("href") or ""
    lead.open(item)
    status, notes = lead.page.get_by_role("status"), lead.box("Notes")
    notes.press_sequentially("The aunt")
    expect(status).to_contain_text("Saved at")
    lead.page.context.set_offline(True)
    notes.press_sequentially(" collects her")
    expect(status).to_contain_text("Not saved yet: the service cannot be reached")
    notes.press_sequentially(" from the station on Fridays.")
    lead.page.context.set_offline(False)
    expect(status).to_contain_text("Saved at")
    expect(notes).to_have_value(NOTES)
    # What was typed offline is with the service: another page shows it.
    other = somebody(people.DEPUTY)
    other.open(item)
    expect(other.box("Notes")).to_have_value(NOTES)
    other.box("Notes").fill("Somebody else’s words")
    expect(other.page.get_by_role("status")).to_contain_text("Saved at")
    notes.press_sequentially(" Always.")
    expect(lead.page.get_by_role("status")).to_contain_text("Somebody else saved these notes meanwhile")
    expect(notes).to_have_value(f"{NOTES} Always.")
    expect(lead.main).to_contain_text("Somebody else’s words")
    lead.press("Save the notes")
    lead.expect_words("Somebody else’s words")
    expect(lead.box("Notes")).to_have_value(f"{NOTES} Always.")
    assert witness.pages > 2
