"""The pages on how a case ends."""

from cse_tracker.app import Service
from tests import people
from tests.integration.closings import acts
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, typed_in


def test_a_case_is_proposed_answered_listed_and_reopened(browser: BrowserFor, sqlite_service: Service) -> None:
    case = acts.levelled_case(sqlite_service)
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    lead.get(f"/cases/{case.id}")
    lead.get(lead.link("Where it stands"))
    assert "A duty is still open: Discussion and plan." in lead.text()
    acts.settle_everything(sqlite_service, case)
    lead.get(f"/cases/{case.id}/close")
    assert lead.submit(explanation="Safe since May.").status_code == 422
    assert lead.errors() == [
        "Select at least one reason", "Enter what the young person says, or why they could not be asked",
    ]  # fmt: skip
    answers = {"young_person_view": "She is all right.", "reasons": ["contact_lost"]}
    assert lead.submit(**answers).status_code == 422
    assert "no reason to close by itself" in lead.errors()[0]
    assert typed_in(lead)["explanation"] == "Safe since May."
    assert lead.submit(**answers | {"reasons": ["contact_lost", "RC7"]}).status_code == 422
    assert lead.errors() == ["Enter which service goes on offering help, and who there"]
    both = answers | {"reasons": ["contact_lost", "RC7"], "outreach_by": "Safe Steps, Joseph"}
    assert lead.submit(**both, confirmed=["1"]).status_code == 422
    assert lead.errors() == ["Confirm everything that the protocol asks for before a case is closed"]
    lead.submit(**both, confirmed=["1", "2", "3"])
    assert "Closing proposed" in lead.text()
    deputy.get(f"/cases/{case.id}/standing")
    deputy.get(deputy.link("Answer"))
    assert "Safe Steps, Joseph" in deputy.text()
    assert deputy.submit(answer="refuse").status_code == 422
    assert deputy.errors() == ["Enter why the case stays open"]
    lead.get(lead.link("Withdraw"))
    assert "another lead officer has to approve" in lead.text()
    assert deputy.submit(answer="approve").status_code == 302
    assert "The case is closed" in deputy.text()
    # The first lead officer's page is stale now.
    assert lead.submit(answer="refuse", note="x").status_code == 409
    lead.get("/cases/closed")
    assert "Keira Marsh" in lead.text()
    lead.get(f"/cases/{case.id}/reopen")
    lead.submit(reason="Seen with him again.")
    assert "The case is active again" in lead.text()


def test_a_case_is_monitored_until_a_day_and_taken_up_again(browser: BrowserFor, sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/monitor")
    assert lead.submit(reason="Quiet.", **dated("review_on", "1", "1", "2020")).status_code == 422
    assert lead.errors() == ["The review must be after today and within a year"]
    lead.submit(**dated("review_on", "1", "March", "2027"))
    assert "Monitored" in lead.text()
    lead.get(f"/cases/{case.id}/reopen", status=404)
    lead.get(lead_resume := f"/cases/{case.id}/resume")
    lead.submit(reason="A new worry.")
    assert "An assessment is due" in lead.text()
    lead.get(lead_resume, status=404)
