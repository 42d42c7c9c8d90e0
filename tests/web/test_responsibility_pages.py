"""The pages on which borough is responsible, as both lead officers see them."""

from cse_tracker.app import Service
from tests import people
from tests.integration.responsibility import acts
from tests.people import ISLINGTON
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, typed_in


def test_a_case_goes_from_one_borough_to_the_other(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead, other = browser(people.LEAD), browser(people.OTHER_LEAD)
    lead.get(f"/cases/{case.id}/standing")
    lead.get(lead.link("another borough is responsible"))
    assert lead.submit(evidence="Her mother moved.").status_code == 422
    assert lead.errors() == [
        "Select a borough", "Select why that borough", "Select where the young person is now",
        "Enter what that borough needs to know now",
    ]  # fmt: skip
    typed = {"to_gss": ISLINGTON, "footing": "lives_there", "is_there_now": "yes", "summary": "Level two."}
    assert lead.submit(**typed, **dated("since", "1", "1", "2031")).status_code == 422
    assert typed_in(lead)["evidence"] == "Her mother moved."
    lead.submit(**typed, **dated("since", "1", "11", "2026"))
    assert "Hackney answers for the plan now. Islington acts in an emergency." in lead.text()
    other.get("/responsibility/")
    other.get(other.link("H-"))
    assert "Keira Marsh" in other.text()
    other.get(other.link("Dispute"))
    assert other.submit().status_code == 422
    assert other.errors() == ["Enter why"]
    other.submit(note="Only visiting.")
    other.get(other.link("Accept"))
    other.submit(note="It was a mistake.")
    other.get(other.link("Take the case over"))
    other.submit(person="new", note="Meeting held.")
    assert "The case is yours now" in other.text()
    assert "Keira Marsh" in other.text()
    lead.get(f"/cases/{case.id}/standing")
    assert "Handed over" in lead.text()
    lead.get("/")
    other.get("/")


def test_a_step_that_cannot_be_taken_is_not_offered_and_a_stale_one_is_a_conflict(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    claim_id = acts.claim_on(sqlite_service, people.open_case(sqlite_service))
    lead, other = browser(people.LEAD), browser(people.OTHER_LEAD)
    for act in ("accept", "dispute", "acknowledge", "escalate", "decide", "nonsense"):
        lead.get(f"/responsibility/{claim_id}/step/{act}", status=404)
    other.get(f"/responsibility/{claim_id}/step/withdraw", status=404)
    other.get("/")
    assert "Claim" in other.text()
    lead.get(f"/responsibility/{claim_id}/step/withdraw")
    other.get(f"/responsibility/{claim_id}/step/dispute")
    other.submit(note="No.")
    assert lead.submit(note="Mistaken.").status_code == 409
    assert typed_in(lead)["note"] == "Mistaken."
