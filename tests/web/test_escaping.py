"""What people type is words and never becomes part of a page: every form of a case and a meeting."""

from cse_tracker.app import Service
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import dated
from tests.web.walk import call_meeting

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'></textarea></td><img src=x onerror=alert(1)>{{ 7 * 7 }}"
HOSTILE = SCRIPT + BREAKOUT


def shows_as_words(browser: Browser) -> None:
    assert browser.response is not None
    source = browser.response.get_data(as_text=True)
    assert HOSTILE in browser.page.get_text() or browser.page.find(value=HOSTILE) is not None
    assert SCRIPT not in source
    assert "<img" not in source
    assert browser.page.find("img") is None


def test_what_is_typed_on_a_case_is_shown_as_words(browser: BrowserFor, sqlite_service: Service, clock: Clock) -> None:
    case = f"/cases/{people.open_case(sqlite_service).id}"
    lead, second = browser(people.LEAD), browser(people.LEAD)
    for each in (lead, second):
        each.get(f"{case}/certainty")
    lead.submit(certainty="known", explanation=HOSTILE)
    shows_as_words(lead)
    clock.advance(minutes=1)
    lead.submit(basis="disclosure")
    clock.advance(minutes=1)
    assert second.submit(certainty="known", basis="disclosure", explanation=HOSTILE).status_code == 409
    shows_as_words(second)
    lead.get(f"{case}/indicators")
    lead.submit(observed=["missing_once"])
    lead.submit(evidence_missing_once=HOSTILE, narrative=HOSTILE)
    shows_as_words(lead)
    lead.submit(source_missing_once="told", young_person_view=HOSTILE)
    lead.submit(level="1", reason=HOSTILE)
    shows_as_words(lead)
    lead.submit(override_reason=HOSTILE)
    lead.get(lead.link("Record as done"))
    lead.submit(note=HOSTILE)
    shows_as_words(lead)


def test_what_is_typed_for_a_meeting_is_shown_as_words(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead, police = browser(people.LEAD), browser(people.POLICE)
    lead.get(f"/meetings/call/{case.id}")
    lead.submit(place=HOSTILE, purpose=HOSTILE, starts_at=HOSTILE[:20], **dated("starts_on", SCRIPT, "1", "2027"))
    shows_as_words(lead)
    meeting = call_meeting(lead, f"/cases/{case.id}", "16", "11", "2026")
    lead.get(f"/meetings/call/{case.id}")
    lead.submit(place=HOSTILE, purpose=HOSTILE, starts_at="3pm", **dated("starts_on", "17", "11", "2026"))
    shows_as_words(lead)
    lead.submit(another="y")
    shows_as_words(lead)
    for path in ("/meetings/", "/"):
        for each in (lead, police):
            each.get(path)
            shows_as_words(each)
    lead.get(f"{meeting}/record")
    lead.submit(_button="action=add", decisions=HOSTILE, action_1=HOSTILE)
    shows_as_words(lead)
    owner = lead.page.select_one("#owner_1 option:nth-of-type(2)")
    assert owner is not None
    attendance = {str(radio["name"]): "deputy" for radio in lead.page.find_all("input", value="deputy")}
    reasons = {name.replace("attendance_", "reason_"): HOSTILE for name in attendance}
    lead.submit(owner_1=str(owner["value"]), **dated("due_1", "30", "11", "2026"), **attendance, **reasons)
    shows_as_words(lead)
    lead.get(lead.link("Case C-"))
    shows_as_words(lead)


def test_what_is_typed_to_a_referrer_or_to_sign_in_is_shown_as_words(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    referral = people.refer(sqlite_service)
    lead, police = browser(people.LEAD), browser(people.POLICE)
    lead.get(f"/referrals/{referral.id}/decline")
    lead.submit(note=HOSTILE)
    shows_as_words(lead)
    lead.submit(reason="duplicate")
    police.get(f"/referrals/{referral.id}")
    shows_as_words(police)
    stranger = Browser(sqlite_service)
    stranger.get("/sign-in")
    stranger.submit(email=HOSTILE, password="wrong")
    shows_as_words(stranger)
    # What was typed when a session ended is kept in the page, and is words there too.
    assert stranger.post("/referrals/start", borough=HOSTILE).status_code == 401
    assert SCRIPT not in str(stranger.page)
    stranger.submit(email=people.POLICE, password=people.PASSWORD)
    shows_as_words(stranger)
