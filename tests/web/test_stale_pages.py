"""Two lead officers with the same form open: the second loses nothing and sees what the first saved."""

import pytest

from cse_tracker.app import Service
from cse_tracker.assessments.model import Assessment, CertaintyFact, LevelDecision
from cse_tracker.records.base import Base
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, add_second_lead, count, typed_in

OBSERVED = "older_boyfriend"


def certainty(words: str, value: str) -> Typed:
    return {"certainty": value, "basis": "third_party", "explanation": words}


def level(words: str, value: str) -> Typed:
    return {"level": value, "reason": words, "override_reason": "" if value == "2" else f"{words} So not two."}


def evidence(words: str, source: str) -> Typed:
    return {
        f"source_{OBSERVED}": source, f"evidence_{OBSERVED}": f"{words} Seen.", "narrative": words,
        "young_person_view": "Not asked.",
    }  # fmt: skip


def opened(browser: Browser, case: str, page: str) -> None:
    browser.get(f"{case}/{page}")
    if page == "indicators":
        browser.submit(observed=[OBSERVED])


ONE, TWO = "First words.", "Second words."
PAGES = [
    ("certainty", certainty(ONE, "known"), certainty(TWO, "indicated"), CertaintyFact),
    ("level", level(ONE, "2"), level(TWO, "3"), LevelDecision),
    ("indicators", evidence(ONE, "seen"), evidence(TWO, "told"), Assessment),
]


@pytest.mark.parametrize(("page", "first_typed", "second_typed", "kind"), PAGES)
def test_the_second_to_save_sees_what_the_first_saved_and_may_save_again(
    browser: BrowserFor,
    sqlite_service: Service,
    clock: Clock,
    page: str,
    first_typed: Typed,
    second_typed: Typed,
    kind: type[Base],
) -> None:
    record = people.open_case(sqlite_service)
    if page == "level":
        people.assess(sqlite_service, record, OBSERVED)
    case = f"/cases/{record.id}"
    first, second = browser(people.LEAD), browser(add_second_lead(sqlite_service))
    before = count(sqlite_service, kind)
    opened(first, case, page)
    opened(second, case, page)
    clock.advance(minutes=5)
    assert first.submit(**first_typed).status_code == 302
    clock.advance(minutes=1)
    assert second.submit(**second_typed).status_code == 409
    alert = second.page.select_one(".app-conflict")
    assert alert is not None
    assert "Ruth Okafor saved this on 16 November 2026 at 10:05am, after you opened it." in alert.get_text()
    assert "First words." in alert.get_text()
    assert second_typed.items() <= typed_in(second).items()
    assert count(sqlite_service, kind) == before + 1
    assert second.submit().status_code == 302
    assert count(sqlite_service, kind) == before + 2
    second.get(case)
    for words in ("First words.", "Second words."):
        assert words in second.text()


def test_a_page_that_is_wrong_and_stale_says_what_is_wrong_first(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    case = people.open_case(sqlite_service)
    first, second = browser(people.LEAD), browser(people.LEAD)
    for each in (first, second):
        each.get(f"/cases/{case.id}/certainty")
    clock.advance(minutes=5)
    first.submit(**certainty("First words.", "known"))
    assert second.submit(**certainty("", "indicated")).status_code == 422
    assert second.errors() == ["Enter what makes you say so"]
    # What was opened is still what is answered: putting it right must not slip past the first officer's words.
    assert second.submit(explanation="Second words.").status_code == 409
    assert "First words." in second.text()


def test_a_form_whose_revision_was_tampered_with_is_stale(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    for revision in ("", "x", "-1", "99"):
        lead.get(f"/cases/{case.id}/certainty")
        answer = lead.submit(**certainty("Words.", "known"), revision=revision)
        assert answer.status_code in {409, 422}, revision
    assert count(sqlite_service, CertaintyFact) == 0
