"""The pages of emergency access, for whoever asks and for whoever reviews."""

from cse_tracker.app import Service
from tests import people
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, typed_in

WHY = "She is in the waiting room and afraid to leave."


def test_a_nurse_asks_and_a_lead_officer_reviews(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    nurse, lead = browser(people.HEALTH), browser(people.LEAD)
    nurse.get("/")
    nurse.get(nurse.link("Emergency access"))
    typed = {"borough_gss": people.HACKNEY, "first_name": "Keira", "last_name": "Marsh", "ground": "in_front_of_me"}
    assert nurse.submit(**typed, reason="urgent", **dated("born", "3", "3", "2012")).status_code == 422
    assert nurse.errors() == ["Say why in at least 30 characters"]
    assert typed_in(nurse)["first_name"] == "Keira"
    nurse.submit(reason=WHY, last_name="Nobody")
    assert "No open case was found" in nurse.text()
    nurse.submit(**typed, reason=WHY, **dated("born", "3", "3", "2012"))
    assert "Keira Marsh" in nurse.text()
    assert "older men" not in nurse.text()
    nurse.get(f"/cases/{case.id}", status=404)
    lead.get(f"/cases/{case.id}")
    lead.get(lead.link("Review it"))
    assert WHY in lead.text()
    assert lead.submit().status_code == 422
    lead.submit(finding="justified", note="Right to ask.")
    assert "Review recorded" in lead.text()


def test_a_manager_cannot_ask(browser: BrowserFor) -> None:
    browser(people.MANAGER).get("/emergency/", status=403)
