"""Recording what happened at a meeting: who came, what was decided, and who does what by when."""

import pytest

from cse_tracker.actions.model import Action
from cse_tracker.app import Service
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, add_second_lead, count, dated, heading, typed_in
from tests.web.walk import call_meeting

DECISION = "The school watches the gate."
AGENCIES = (
    "Clapton Park School", "Hackney children’s social care", "Homerton Healthcare", "Metropolitan Police, Central East",
)  # fmt: skip


@pytest.fixture
def meeting(browser: BrowserFor, sqlite_service: Service) -> str:
    """The path of a planning meeting this afternoon, as level two demands it."""
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    return call_meeting(browser(people.LEAD), f"/cases/{case.id}", "16", "11", "2026")


@pytest.fixture
def lead(browser: BrowserFor, meeting: str) -> Browser:
    """A lead officer on the page for recording it."""
    lead = browser(people.LEAD)
    lead.get(f"{meeting}/record")
    return lead


def came(browser: Browser, *absent: str) -> Typed:
    """Everybody attended but those named."""
    out = {}
    for legend in browser.page.select("fieldset:has(input[name^=attendance_])"):
        name = str(legend.select("input")[0]["name"])
        agency = legend.legend.get_text(strip=True) if legend.legend else ""
        out[name] = "apologies" if agency in absent else "attended"
    assert len(out) == 4
    return out


def action(browser: Browser, row: int, text: str, day: str = "30") -> Typed:
    owner = browser.page.select_one(f"#owner_{row} option:nth-of-type(2)")
    assert owner is not None
    return {
        f"action_{row}": text, f"owner_{row}": str(owner["value"]), **dated(f"due_{row}", day, "11", "2026"),
    }  # fmt: skip


def test_whoever_is_left_out_is_asked_after_and_the_rest_is_kept(lead: Browser) -> None:
    typed = {"decisions": DECISION, **action(lead, 1, "Walk her home.")}
    assert lead.submit(**typed).status_code == 422
    assert sorted(lead.errors()) == [f"Select whether {agency} attended" for agency in AGENCIES]
    assert typed.items() <= typed_in(lead).items()
    assert lead.submit(**came(lead), decisions="").status_code == 422
    assert lead.errors() == ["Enter what was decided"]
    kept = typed_in(lead)
    assert [value for name, value in kept.items() if name.startswith("attendance_")] == ["attended"] * 4


def test_another_action_is_added_without_losing_a_word_or_being_told_off(lead: Browser) -> None:
    typed = {"decisions": f"{DECISION}\nAgreed by all.", **action(lead, 1, "Walk her home."), "owner_1": ""}
    for rows in (2, 3):
        assert lead.submit(_button="action=add", **typed).status_code == 200
        assert lead.errors() == []
        kept = typed_in(lead)
        assert typed.items() <= kept.items()
        assert f"action_{rows}" in kept
        typed |= action(lead, rows, f"Action number {rows}.")
    for _ in range(20):
        if "Add another action" in lead.text():
            lead.submit(_button="action=add")
    assert "action_12" in typed_in(lead)
    assert "action_13" not in typed_in(lead)
    assert typed_in(lead)["action_2"] == "Action number 2."


def test_an_action_row_is_whole_or_empty(lead: Browser, sqlite_service: Service) -> None:
    held = {"decisions": DECISION, **came(lead)}
    for typed, sentences in (
        ({"action_1": "Walk her home."}, ["Select which agency does it", "Enter by when it is to be done"]),
        (dated("due_1", "30", "11", "2026"), ["Enter what is to be done", "Select which agency does it"]),
        (action(lead, 1, " "), ["Enter what is to be done"]),
        (action(lead, 1, "Walk.", "31"), ["The date for action 1 must be a real date"]),
        (action(lead, 1, "Walk.", "15"), ["The date by which it is to be done must be today or later"]),
    ):
        lead.get(str(lead.response.request.path if lead.response else ""))
        assert lead.submit(**held, **typed).status_code == 422
        assert lead.errors() == sentences
        assert typed.items() <= typed_in(lead).items()
    assert count(sqlite_service, Action) == 0
    # A space alone is nothing typed.
    lead.submit(**{"action_1": " ", "owner_1": "", **dated("due_1", "", "", "")})
    assert "the duty to hold it is met" in lead.text()
    assert "No actions were agreed." in lead.text()


def test_actions_become_duties_of_their_agencies(lead: Browser) -> None:
    lead.submit(_button="action=add")
    typed = {**action(lead, 1, "Walk her home.", "16"), **action(lead, 2, "Change her number.")}
    lead.submit(decisions=DECISION, **came(lead), **typed)
    for words in ("Walk her home.", "Change her number.", "30 November 2026", DECISION):
        assert words in lead.text(), words
    lead.get(lead.link("Case C-"))
    assert "Action: Walk her home. Due" in lead.text()
    assert "to be done by the end of 16 November 2026" in lead.text()


def test_a_meeting_without_a_quorum_leaves_its_duty_open(lead: Browser, browser: BrowserFor) -> None:
    lead.submit(decisions=DECISION, **came(lead, *AGENCIES[:2]))
    assert lead.errors() == ["The chair was not there. Select who chaired instead"]
    lead.submit(chair=str(lead.page.select("#chair option")[-1]["value"]), chair_note="Social care was called away.")
    assert "It had no quorum, so the duty to hold it is still open" in lead.text()
    assert "Held without a quorum" in lead.text()
    lead.get(lead.link("Case C-"))
    call = lead.link("Call this meeting")
    assert lead.response is not None
    again = call_meeting(browser(people.LEAD), f"/cases/{call.rpartition('/')[2]}", "16", "11", "2026")
    lead.get(f"{again}/record")
    lead.submit(decisions=DECISION, **came(lead, AGENCIES[0]))
    assert "the duty to hold it is met" in lead.text()


def test_an_agency_that_came_sees_neither_decisions_nor_actions_nor_reasons(
    lead: Browser, browser: BrowserFor, meeting: str
) -> None:
    reasons = {name.replace("attendance_", "reason_"): "Short of staff." for name in came(lead)}
    lead.submit(decisions=DECISION, **came(lead, AGENCIES[2]), **reasons, **action(lead, 1, "Walk her home."))
    assert "Short of staff." in lead.text()
    health = browser(people.HEALTH)
    health.get(meeting)
    assert "Sent apologies" in health.text()
    for words in (DECISION, "Walk her home.", "Short of staff.", "Keira", "/cases/", "quorum,"):
        assert words not in str(health.page), words
    health.get(f"{meeting}/record", status=404)


def test_a_meeting_is_not_recorded_before_its_day(lead: Browser, browser: BrowserFor, clock: Clock) -> None:
    lead.get(lead.link("Cancel"))
    later = call_meeting(browser(people.LEAD), lead.link("Case C-"), "17", "11", "2026", another=True)
    lead.get(later)
    assert "Record the meeting" not in lead.text()
    lead.get(f"{later}/record")
    assert lead.submit(decisions=DECISION, **came(lead)).status_code == 422
    assert lead.errors() == ["This meeting has not taken place yet"]
    clock.set(2026, 11, 17, 0, 1)
    lead = browser(people.LEAD)
    lead.get(later)
    lead.get(lead.link("Record the meeting"))
    assert heading(lead) == "Record the meeting"


def test_the_second_to_record_a_meeting_sees_what_was_recorded_and_keeps_their_words(
    lead: Browser, browser: BrowserFor, sqlite_service: Service, meeting: str
) -> None:
    second = browser(add_second_lead(sqlite_service))
    second.get(f"{meeting}/record")
    lead.submit(decisions=DECISION, **came(lead))
    typed = {"decisions": "Something else was decided.", **came(second, AGENCIES[1]), **action(second, 1, "Walk.")}
    assert second.submit(**typed).status_code == 409
    alert = second.page.select_one(".app-conflict")
    assert alert is not None
    for words in ("Ruth Okafor saved this", DECISION, "cannot be recorded twice, so tell Ruth Okafor what is missing"):
        assert words in alert.get_text(), words
    assert typed.items() <= typed_in(second).items()
    assert second.submit().status_code == 422
    assert second.errors() == ["This meeting has been recorded already"]
    assert typed.items() <= typed_in(second).items()
    assert count(sqlite_service, Action) == 0
    second.get(f"{meeting}/record")
    assert "has been recorded already" in second.text()
    assert DECISION in second.text()
