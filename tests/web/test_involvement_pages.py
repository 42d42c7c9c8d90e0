"""The page on which a service says that it is involved, and what a lead officer sees of it."""

from cse_tracker.app import Service
from tests import people
from tests.web.conftest import BrowserFor
from tests.web.steps import dated


def test_a_service_says_so_and_a_lead_officer_sees_whom_to_ask(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    worker, lead = browser("specialist@demo.example"), browser(people.LEAD)
    worker.get("/")
    worker.get(worker.link("your service is involved"))
    typed = {"borough_gss": people.HACKNEY, "first_name": "Keira", "last_name": "Marsh"}
    assert worker.submit(**typed).status_code == 422
    assert worker.errors() == ["Enter the date of birth", "Enter whom to ask, and how"]
    worker.submit(contact="Joseph, 020 7946 0000", **dated("born", "3", "3", "2012"))
    assert "nothing else" in worker.text()
    lead.get(f"/cases/{case.id}")
    assert "Safe Steps specialist service: Joseph, 020 7946 0000" in lead.text()
    worker.submit()
    assert "Your service has said so of nobody." in worker.text()
    lead.get(f"/cases/{case.id}")
    assert "Safe Steps" not in lead.page.get_text()
