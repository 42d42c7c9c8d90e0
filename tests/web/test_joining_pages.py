"""The pages on who a young person is: corrections with their history, and two cases of one young person."""

from datetime import date

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.matching import commands as matching
from cse_tracker.people.rules import Identity
from tests import people
from tests.integration.joining.test_joining import two_cases
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, heading, typed_in


def test_two_cases_are_found_compared_joined_by_two_and_taken_apart(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    other, one = two_cases(sqlite_service)
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    lead.get(f"/cases/{other.id}/standing")
    lead.get(lead.link("Look whether this young person is held twice"))
    assert "Likely match" in lead.text()
    lead.submit(reference="C-0000-0000")
    assert lead.errors() == ["There is no other case of this reference in your borough"]
    lead.submit(reference=one.reference.lower())
    assert heading(lead) == "Are these one young person?"
    assert "Kiera" in lead.text()
    assert "Different" in lead.text()
    lead.submit(reason="")
    assert lead.errors() == ["Select which case goes on", "Enter how you know that they are one young person"]
    assert lead.submit(going_on=str(other.id), reason="Her school says so.").status_code == 422
    assert "higher level" in lead.errors()[0]
    assert typed_in(lead)["reason"] == "Her school says so."
    lead.submit(going_on=str(one.id))
    assert "Another lead officer is asked to agree" in lead.text()
    lead.get(lead.link("Withdraw"))
    assert "You can withdraw it" in lead.text()
    deputy.get(f"/cases/{one.id}/standing")
    deputy.get(deputy.link("Answer"))
    assert deputy.submit(answer="refuse").status_code == 422
    assert deputy.errors() == ["Enter why the cases stay apart"]
    deputy.submit(answer="agree", note="")
    assert "The cases are joined" in deputy.text()
    assert f"Case {other.reference} was joined to this one" in deputy.text()
    # The first lead officer's page is stale now.
    assert lead.submit(answer="refuse", note="x").status_code == 409
    lead.get(f"/cases/{other.id}")
    assert f"joined to case {one.reference}" in lead.text()
    lead.get(f"/cases/{one.id}/chronology")
    assert f"(case {other.reference})" in lead.text()
    lead.get(f"/cases/{one.id}/standing")
    lead.get(lead.link("Take apart again"))
    assert lead.submit().status_code == 422
    lead.submit(reason="They are cousins.")
    assert "The cases are apart again" in lead.text()
    lead.get(f"/cases/{other.id}")
    assert "was joined" not in lead.text()


def test_a_correction_keeps_what_stood_before_and_is_searched_by_at_once(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}")
    lead.get(lead.link("Correct"))
    assert typed_in(lead)["first_name"] == "Keira"
    assert lead.submit(reason="Her birth certificate.").status_code == 422
    assert lead.errors() == ["Nothing is different from what is held already"]
    wrong = {"nhs_number": "999 000 0019", **dated("born", "31", "2", "2012")}
    assert lead.submit(**wrong, reason="").status_code == 422
    assert len(lead.errors()) == 3
    right = {
        "first_name": "Kira", "also_known_as": "Keira Marsh", "nhs_number": "999 000 0018", "sex": "F",
        "reason": "Her birth certificate.", **dated("born", "4", "March", "2011"),
    }  # fmt: skip
    lead.submit(**right)
    assert "What stood there before is kept" in lead.text()
    assert "4 March 2011" in lead.text()
    lead.get(f"/cases/{case.id}/who")
    assert "3 March 2012 became 4 March 2011" in lead.text()
    assert "Her birth certificate." in lead.text()
    assert typed_in(lead)["also_known_as"] == "Keira Marsh"
    assert held_by(sqlite_service, Identity("Kira", "Marsh", date_of_birth=date(2011, 3, 4))) == [case.person_id]
    assert held_by(sqlite_service, Identity("Somebody", "Else", date_of_birth=date(2012, 3, 3))) == []
    lead.submit(disability="yes", reason="Her school says so.")
    lead.get(f"/cases/{case.id}/who")
    lead.submit(school="Clapton School", reason="Began there.")
    lead.get(f"/cases/{case.id}/who")
    assert typed_in(lead)["disability"] == "yes"
    # What was typed is kept when somebody else was first.
    two = browser(people.DEPUTY)
    two.get(f"/cases/{case.id}/who")
    lead.submit(school="Another School", reason="Moved.")
    assert two.submit(school="A Third School", reason="Moved.").status_code == 409
    assert typed_in(two)["school"] == "A Third School"


def held_by(service: Service, who: Identity) -> list[object]:
    with people.working(service, people.OTHER_LEAD) as work:
        return [person.id for person, _ in matching.holders_of(work, who, "")]


def test_words_that_may_blame_are_shown_once_to_their_writer_and_stand_in_no_cookie(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case: Case = people.open_case(sqlite_service)
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    lead.get(f"/cases/{case.id}/certainty")
    lead.submit(certainty="indicated", basis="professional_assessment", explanation="She is promiscuous.")
    assert "may be read as blaming" in lead.text()
    with lead.client.session_transaction() as session:
        assert "promiscuous" not in repr(dict(session))
    deputy.get(f"/cases/{case.id}")
    assert "may be read as blaming" not in deputy.text()
