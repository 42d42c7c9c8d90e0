"""The pages of a case: certainty, indicators with evidence, level, duties, and the list."""

from datetime import date

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.jobs.deadlines import breach_duties, escalate_duties
from cse_tracker.meetings.model import Meeting, MeetingState
from tests import people
from tests.integration.meetings.acts import schedule_now
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import heading, typed_in

EXPLAINED = "She told her tutor.\nThe tutor wrote it down."


def error_targets(browser: Browser) -> list[str]:
    return [str(link["href"]) for link in browser.page.select(".govuk-error-summary a")]


def names(browser: Browser) -> list[str]:
    return [cell.a.get_text() for cell in browser.page.select("tbody th") if cell.a]


def duty_about(service: Service, case: object, satisfied_by: str) -> Duty:
    with people.working(service, people.LEAD, reading=True) as work:
        found = duties.about(work, case.id)  # type: ignore[attr-defined]
        return next(duty for duty in found if duty.body.satisfied_by == satisfied_by)


def test_certainty_asks_for_what_is_missing_and_keeps_the_rest(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    assert lead.submit().status_code == 422
    assert lead.errors() == [
        "Select whether it is indicated or known", "Select what this rests on", "Enter what makes you say so",
    ]  # fmt: skip
    assert lead.submit(certainty="known", explanation=EXPLAINED).status_code == 422
    assert lead.errors() == ["Select what this rests on"]
    kept = typed_in(lead)
    assert (kept["certainty"], kept["explanation"]) == ("known", EXPLAINED)
    lead.submit(basis="disclosure")
    assert "Certainty recorded" in lead.text()
    assert "Known" in [tag.get_text(strip=True) for tag in lead.page.select(".govuk-tag")]
    assert EXPLAINED in lead.page.get_text()


def test_an_assessment_asks_for_the_evidence_of_every_indicator(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/indicators")
    assert lead.submit().status_code == 422
    assert lead.errors() == ["Select at least one indicator"]
    lead.submit(observed=["older_boyfriend", "missing_once"])
    assert heading(lead) == "What is the evidence?"
    assert lead.submit(evidence_older_boyfriend="Seen in his car.").status_code == 422
    assert lead.errors() == [
        "Select how this is known: Reported missing from home or care",
        "Enter the evidence: Reported missing from home or care",
        "Select how this is known: A much older person is spoken of as boyfriend, girlfriend or friend",
        "Enter what this adds up to",
        "Enter what the young person says. If they have not been asked, say why",
    ]
    assert typed_in(lead)["evidence_older_boyfriend"] == "Seen in his car."
    lead.submit(
        source_older_boyfriend="seen", source_missing_once="told", evidence_missing_once="By her mother.",
        narrative="Adds up.", young_person_view="She says he is kind.",
    )  # fmt: skip
    assert heading(lead) == "Decide the level"
    assert "suggests Level two" in lead.text()
    lead.get(f"/cases/{case.id}")
    for words in ("Indicators observed (2)", "Seen: Seen in his car.", "Told: By her mother.", "She says he is kind."):
        assert words in lead.text(), words
    # The next assessment begins with what was observed before.
    lead.get(f"/cases/{case.id}/indicators")
    assert set(typed_in(lead)["observed"]) == {"older_boyfriend", "missing_once"}
    lead.submit(observed=["older_boyfriend"])
    assert typed_in(lead)["evidence_older_boyfriend"] == "Seen in his car."


def test_a_level_is_decided_from_an_assessment(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/level")
    assert heading(lead) == "Which indicators have been observed?"
    assert "Record the indicators first" in lead.text()


def test_the_suggested_level_brings_its_duties(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/level")
    assert "Certainty has not been recorded" in lead.text()
    assert lead.submit().status_code == 422
    assert lead.errors() == ["Select a level", "Enter the reason for your decision"]
    lead.submit(level="2", reason="Several signs.")
    assert "Several signs." in lead.text()
    assert "Multi-agency planning meeting" in lead.text()
    assert "due 30 November 2026" in lead.text()
    assert lead.link("Call this meeting") == f"/meetings/call/{case.id}"


@pytest.mark.parametrize("level", ["1", "3"])
def test_a_level_other_than_suggested_asks_for_the_reason_on_its_field(
    browser: BrowserFor, sqlite_service: Service, level: str
) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/level")
    assert lead.submit(level=level, reason="I know the family.").status_code == 422
    assert lead.errors() == ["Say why you decided differently from the level that the protocol suggests"]
    assert error_targets(lead) == ["#override_reason"]
    kept = typed_in(lead)
    assert (kept["level"], kept["reason"]) == (level, "I know the family.")
    lead.submit(override_reason="Agreed with police.")
    assert "Not as suggested, because: Agreed with police." in lead.text()


def test_a_child_under_13_is_not_put_below_level_two_without_saying_why(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = people.open_case(sqlite_service, born=date(2014, 3, 3))
    people.assess(sqlite_service, case, "missing_once")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/level")
    assert "A young person under 13 is never below level two." in lead.text()
    assert lead.submit(level="1", reason="One sign only.").status_code == 422
    assert lead.errors() == ["A young person under 13 is never below level two. Say why this decision is below that"]
    lead.submit(level="2")
    assert "Level two decided" in lead.text()


def test_a_duty_is_recorded_as_done_once_with_what_was_done(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "missing_once")
    people.decide(sqlite_service, case, 1)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}")
    page = lead.link("Record as done")
    lead.get(page)
    assert "Discussion and plan" in heading(lead)
    assert lead.submit().status_code == 422
    assert lead.errors() == ["Enter what was done"]
    lead.submit(note="Ruth and the school met on Monday.")
    assert "Duty recorded as done" in lead.text()
    assert "Ruth and the school met on Monday." in lead.text()
    assert "Overdue" not in lead.text()
    lead.get(page)
    assert lead.submit(note="Once more.").status_code == 422
    assert lead.errors() == ["This duty has been settled already"]


def test_a_duty_is_settled_on_its_own_case_and_never_instead_of_a_meeting_or_a_level(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    one = people.open_case(sqlite_service)
    other = people.open_case(sqlite_service, first_name="Imani", last_name="Quinn")
    for case, sign, level in ((one, "older_boyfriend", 2), (other, "missing_once", 1)):
        people.assess(sqlite_service, case, sign)
        people.decide(sqlite_service, case, level)
    task = duty_about(sqlite_service, other, "task:discussion_and_plan")
    meeting = duty_about(sqlite_service, one, "meeting:multi_agency_planning")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{other.id}/duties/{task.id}")
    token = lead.token()
    for path in (f"/cases/{one.id}/duties/{task.id}", f"/cases/{one.id}/duties/{meeting.id}"):
        lead.get(path, status=404)
        assert lead.post(path, csrf_token=token, note="Done.").status_code == 404
    assert duty_about(sqlite_service, one, "meeting:multi_agency_planning").is_open
    assert duty_about(sqlite_service, other, "task:discussion_and_plan").is_open


def test_the_list_shows_one_level_and_sorts_by_its_links(browser: BrowserFor, sqlite_service: Service) -> None:
    for first, last, level in (("Ada", "Adeleke", 1), ("Bea", "Begum", 2), ("Cleo", "Carter", None)):
        case = people.open_case(sqlite_service, first_name=first, last_name=last)
        if level:
            people.assess(sqlite_service, case, "missing_once" if level == 1 else "older_boyfriend")
            people.decide(sqlite_service, case, level)
    lead = browser(people.LEAD)
    lead.get("/cases/")
    assert names(lead) == ["Ada Adeleke", "Bea Begum", "Cleo Carter"]
    lead.get(lead.link("Level"))
    assert names(lead) == ["Bea Begum", "Ada Adeleke", "Cleo Carter"]
    assert [cell["aria-sort"] for cell in lead.page.select("th[aria-sort]")] == ["none", "descending"]
    lead.get("/")
    lead.get(lead.link("1 case, Level one"))
    assert names(lead) == ["Ada Adeleke"]
    assert "1 of 3 open" in heading(lead)
    lead.get(lead.link("Level"))
    assert names(lead) == ["Ada Adeleke"], "sorting keeps to the level shown"
    lead.get(lead.link("Show all"))
    assert names(lead) == ["Bea Begum", "Ada Adeleke", "Cleo Carter"]
    for path, shown in (("/cases/?level=0", ["Cleo Carter"]), ("/cases/?level=9", []), ("/cases/?level=x&order=x", 3)):
        lead.get(path)
        assert names(lead) == shown or len(names(lead)) == shown, path


def test_blanks_are_no_answer_on_any_form_of_a_case(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "missing_once")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    assert lead.submit(certainty="known", basis="medical", explanation=" \n\t ").status_code == 422
    assert lead.errors() == ["Enter what makes you say so"]
    lead.get(f"/cases/{case.id}/indicators")
    lead.submit(observed=["missing_once"])
    blank = {"source_missing_once": "told", "evidence_missing_once": "  ", "narrative": "\u00a0\u2003"}
    assert lead.submit(**blank).status_code == 422
    assert lead.errors() == [
        "Enter the evidence: Reported missing from home or care",
        "Enter what this adds up to",
        "Enter what the young person says. If they have not been asked, say why",
    ]
    lead.get(f"/cases/{case.id}/level")
    assert lead.submit(level="1", reason="\n ").status_code == 422
    assert lead.errors() == ["Enter the reason for your decision"]


def test_settled_duties_step_back_after_a_while(browser: BrowserFor, sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    people.decide(sqlite_service, case, 2)

    def told(lead: Browser) -> tuple[list[str], list[str]]:
        lead.get(f"/cases/{case.id}")
        listed = [tag.find_parent("details") for tag in lead.page.select(".app-agenda .govuk-tag")]
        words = [tag.get_text(strip=True) for tag in lead.page.select(".app-agenda .govuk-tag")]
        return (
            [word for word, folded in zip(words, listed, strict=True) if folded is None],
            [word for word, folded in zip(words, listed, strict=True) if folded is not None],
        )

    shown, folded = told(browser(people.LEAD))
    assert shown.count("Met") == 2
    assert shown.index("Met") > max(place for place, word in enumerate(shown) if word == "Due")
    assert folded == []
    clock.advance(days=15)
    shown, folded = told(browser(people.LEAD))
    assert "Met" not in shown
    assert folded.count("Met") == 2


@pytest.mark.parametrize("state", MeetingState)
def test_a_case_says_in_words_where_its_meetings_stand(
    browser: BrowserFor, sqlite_service: Service, state: MeetingState
) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        schedule_now(work, work.session.merge(case))
    with people.working(sqlite_service, people.LEAD) as work:
        work.session.scalars(select(Meeting)).one().state = state
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}")
    (entry,) = (link.find_parent("li") for link in lead.page.select(".app-agenda a[href^='/meetings/']"))
    assert entry is not None
    assert [tag.get_text(strip=True) for tag in entry.select(".govuk-tag")] != [""]


def test_a_late_duty_says_to_whom_it_was_taken(browser: BrowserFor, sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 2)
    # Due ten working days after Monday 16 November, and taken higher after two more and five more.
    clock.set(2026, 12, 9)
    with sqlite_service.app.app_context():
        breach_duties(sqlite_service.tools)
        escalate_duties(sqlite_service.tools)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}")
    assert "Taken to the service manager on 9 December 2026" in lead.text()
