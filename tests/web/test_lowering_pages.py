"""The pages on a lower level, which a second person signs or refuses, and on a duty that is let go."""

import pytest

from cse_tracker.app import Service
from cse_tracker.assessments.model import ProposalState
from cse_tracker.assessments.queries import proposals
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import DutyState
from tests import people
from tests.web.conftest import BrowserFor
from tests.web.steps import token_of, typed_in

WHY = "The adults involved are in prison."


def proposed(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "missing_once")
    people.decide(service, case, 3, "She has told a nurse.")
    people.decide(service, case, 1)
    return case


def stands(service: Service, case: Case) -> tuple[int | None, ProposalState]:
    with people.working(service, people.LEAD, reading=True) as work:
        row = cases.open_case(work, case.id).case
        return row.head.level, proposals(work, row)[0].state


def test_a_lower_level_is_signed_by_another_person_only(browser: BrowserFor, sqlite_service: Service) -> None:
    case = proposed(sqlite_service)
    at = f"/cases/{case.id}/level/proposals/1"
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    lead.get(f"{at}/sign")
    assert lead.submit().status_code == 422
    assert lead.errors() == ["A lower level is signed by a person other than the one who proposed it"]
    deputy.get(f"{at}/sign")
    people.certainty(sqlite_service, case)
    assert deputy.submit(note="Seen.").status_code == 409
    assert stands(sqlite_service, case) == (3, ProposalState.PENDING)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        other = browser(email)
        token = token_of(other)
        other.get(f"{at}/sign", status=404)
        assert other.post(f"{at}/sign", csrf_token=token, revision="1").status_code == 404
    assert stands(sqlite_service, case) == (3, ProposalState.PENDING)
    deputy.get(f"/cases/{case.id}/level/proposals/2/sign", status=404)


def test_signed_it_is_the_level_and_is_not_answered_twice(browser: BrowserFor, sqlite_service: Service) -> None:
    case = proposed(sqlite_service)
    at = f"/cases/{case.id}/level/proposals/1"
    deputy = browser(people.DEPUTY)
    deputy.get(f"{at}/sign")
    deputy.submit(note="Agreed.")
    assert "Level lowered" in deputy.text()
    assert stands(sqlite_service, case) == (1, ProposalState.SIGNED)
    deputy.get(f"{at}/refuse")
    assert deputy.submit(note=WHY).status_code == 422
    assert deputy.errors() == ["This proposal has been answered already"]


def test_a_refusal_wants_its_reason_and_keeps_the_level(browser: BrowserFor, sqlite_service: Service) -> None:
    case = proposed(sqlite_service)
    deputy = browser(people.DEPUTY)
    deputy.get(f"/cases/{case.id}/level/proposals/1/refuse")
    for blank in ("", "   "):
        assert deputy.submit(note=blank).status_code == 422
        assert deputy.errors() == ["Enter the reason"]
    deputy.submit(note="He was released yesterday.")
    assert "The level stays as it is" in deputy.text()
    assert "He was released yesterday." in deputy.text()
    assert stands(sqlite_service, case) == (3, ProposalState.REFUSED)


def test_a_duty_is_let_go_once_with_its_reason(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 1)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        owed = {each.body.satisfied_by: each.id for each in duties.about(work, case.id) if each.is_open}
    at = f"/cases/{case.id}/duties/{owed['task:discussion_and_plan']}/not-needed"
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/duties/{owed['level:review']}/not-needed", status=404)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        other = browser(email)
        token = token_of(other)
        other.get(at, status=404)
        assert other.post(at, csrf_token=token, reason="No.").status_code == 404
    lead.get(at)
    assert lead.submit(reason="  ").status_code == 422
    assert lead.errors() == ["Enter why this is not needed"]
    lead.submit(reason="The school did it last week.")
    assert "Duty recorded as not needed" in lead.text()
    assert "The school did it last week." in lead.text()
    lead.get(at)
    assert lead.submit(reason="Once more.").status_code == 422
    assert lead.errors() == ["This duty has been settled already"]
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        (kept,) = [each for each in duties.about(work, case.id) if each.id == owed["task:discussion_and_plan"]]
        assert kept.state is DutyState.WAIVED


@pytest.mark.parametrize(("page", "typed"), [("not-needed", {"reason": "The school did it."}), ("", {"note": "Done."})])
def test_a_duty_is_not_settled_over_what_somebody_saved_meanwhile(
    browser: BrowserFor, sqlite_service: Service, page: str, typed: dict[str, str]
) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 1)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        owed = {each.body.satisfied_by: each.id for each in duties.about(work, case.id) if each.is_open}
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/duties/{owed['task:discussion_and_plan']}/{page}".rstrip("/"))
    people.certainty(sqlite_service, case)
    assert lead.submit(**typed).status_code == 409
    assert "after you opened it" in lead.text()
    assert typed.items() <= typed_in(lead).items()
    assert lead.submit().status_code == 302
