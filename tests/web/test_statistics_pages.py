"""The monthly cycle on its pages: who counts, who reviews, who approves, and what is refused."""

from dataclasses import replace
from datetime import date

import pytest

from cse_tracker.app import Service
from cse_tracker.jobs.preparing import prepare_statistics
from cse_tracker.statistics import commands, preparing, queries
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import MonthlyRelease
from cse_tracker.statistics.publication import left_out
from cse_tracker.statistics.wordings.numbered import WORDINGS, today
from cse_tracker.statistics.wordings.words import Meaning
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import count, heading

OCTOBER = f"/statistics/{people.HACKNEY}/2026-10"


def offered(browser: Browser) -> list[str]:
    return [button.get_text(strip=True) for button in browser.page.select("main form button")]


def prepare(browser: Browser, month: str, borough: str = people.HACKNEY, reason: str = "") -> int:
    browser.get("/account")
    answer = browser.post("/statistics/", follow=False, borough=borough, month=month, reason=reason)
    people.clock_prepares(browser.service)
    return answer.status_code


def test_a_month_is_prepared_reviewed_approved_and_frozen(browser: BrowserFor, sqlite_service: Service) -> None:
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    manager.get("/statistics/")
    assert "No month has been prepared yet." in manager.text()
    manager.submit(_button="month=2026-10")
    assert heading(manager) == "The statistics for October 2026 are being prepared"
    people.clock_prepares(sqlite_service)
    manager.get(manager.link("Refresh"))
    assert "The statistics for October 2026 are prepared. The lead officer reviews them next" in manager.text()
    assert heading(manager) == "Monthly statistics: October 2026 [p]"
    assert offered(manager) == [], "who did not review must wait"
    manager.get(f"{OCTOBER}/young-people.csv", status=404)
    manager.get(f"/statistics/{people.HACKNEY}/register")
    assert "Nobody yet" in manager.text()
    assert "Not approved" in manager.text()
    assert prepare(manager, "2026-10") == 422
    assert manager.errors() == ["The statistics for October 2026 are prepared and wait to be approved"]
    lead.get(OCTOBER)
    lead.submit(_form=0, answer="right")
    manager.get(OCTOBER)
    manager.submit(answer="approve")
    manager.get(OCTOBER)
    assert heading(manager) == "Monthly statistics: October 2026"
    manager.get(f"{OCTOBER}/young-people.csv")
    assert prepare(manager, "2026-10") == 422
    assert manager.errors() == ["The statistics for October 2026 are final. Say why they are revised"]
    manager.get(f"/statistics/{people.HACKNEY}/register")
    assert "0 exact, 0 provably small" in manager.text()
    assert "Ruth Okafor" in manager.text()
    assert "Margaret Lowe" in manager.text()
    assert count(sqlite_service, MonthlyRelease) == 1


def test_a_monthly_run_that_was_given_up_is_told_to_the_manager_and_to_those_who_run_the_service(
    browser: BrowserFor, sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, records = browser(people.MANAGER), browser("records@demo.example")
    with sqlite_service.app.app_context():
        prepare_statistics(sqlite_service.tools)
    with monkeypatch.context() as patched:
        # As after three clocks that were killed.
        patched.setattr(preparing, "ATTEMPTS", 0)
        people.clock_prepares(sqlite_service)
    records.get("/timetable/")
    assert "Statistics that were not prepared" in records.text()
    assert "broke off" in records.text()
    assert "Hackney" in records.text()
    assert "Islington" not in records.text(), "of another borough's records"
    manager.get("/timetable/")
    assert "Statistics that were not prepared" in manager.text()
    manager.get("/statistics/")
    manager.get(manager.link("October 2026 was not prepared for Hackney"))
    assert "Prepare them again." in manager.text()
    manager.get("/statistics/")
    manager.submit(_button="month=2026-10")
    people.clock_prepares(sqlite_service)
    manager.get(OCTOBER)
    records.get("/timetable/")
    assert "Statistics that were not prepared" not in records.text()


def test_figures_that_are_wrong_go_back_and_are_counted_anew(browser: BrowserFor) -> None:
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    assert prepare(manager, "2026-10") == 302
    lead.get(OCTOBER)
    lead.submit(answer="back")
    assert lead.errors() == ["Enter what is wrong"]
    lead.submit(answer="back", note="Two cases were closed twice.")
    manager.get(OCTOBER, status=404)
    assert prepare(manager, "2026-10") == 302
    manager.get(f"/statistics/{people.HACKNEY}/register")
    assert "Two cases were closed twice." in manager.text()


def test_who_approves_may_send_back_and_leave_out_what_says_too_much(browser: BrowserFor) -> None:
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    september = OCTOBER.replace("10", "09")
    assert prepare(manager, "2026-09") == 302
    lead.get(september)
    lead.submit(answer="right")
    manager.get(september)
    manager.submit(answer="back")
    assert manager.errors() == ["Enter what is wrong"]
    manager.submit(answer="back", note="Two records became one.")
    manager.get("/statistics/")
    manager.submit(_button="month=2026-09", without_flows="y")
    people.clock_prepares(manager.service)
    manager.get(manager.link("Refresh"))
    assert "Not published [x]" in manager.text()
    assert "young people who came in the quarter, young people who left in the quarter" in manager.text()
    manager.get(f"{september}/joined.csv", status=404)


def test_what_was_left_out_is_named_as_it_was_called_when_it_was_counted(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.published(sqlite_service, date(2026, 9, 1), without_flows=True)
    with people.working(sqlite_service, reading=True) as work:
        month = queries.approved_month(work, people.HACKNEY, date(2026, 9, 1))
        assert month is not None
        before = left_out(month)
        assert "young people who came in the quarter" in before
        # The words change with the next version of the definitions.
        words = today()
        was = words.meanings[Design.JOINED]
        now = {**words.meanings, Design.JOINED: Meaning("Newcomers", "New.")}
        changed = replace(words, meanings=now, earlier=((5, {Design.JOINED: was}),))
        monkeypatch.setitem(WORDINGS, month.record.body.wording, changed)
        name = month.record.body.snapshot[Design.JOINED.value]["name"]
        month.record.body.snapshot[Design.JOINED.value]["name"] = f"{name.rpartition('/')[0]}/4"
        assert left_out(month) == before


def test_a_month_that_no_clock_could_prepare_is_shown_to_the_lead_officer_until_it_is_asked_for_again(
    browser: BrowserFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    with monkeypatch.context() as patched:
        # As if clocks had begun it and been killed: the count stands, and no end of it.
        patched.setattr(preparing, "ATTEMPTS", 0)
        assert prepare(manager, "2026-10") == 302
    lead.get("/statistics/")
    lead.get(lead.link("October 2026 was not prepared for Hackney"))
    assert heading(lead) == "The statistics for October 2026 were not prepared"
    assert "at the same place, so it is not tried again by itself. Prepare them again." in lead.text()
    assert prepare(manager, "2026-10") == 302
    lead.get("/statistics/")
    assert "was not prepared" not in lead.text()


def test_a_category_that_holds_everybody_is_named_in_words(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    clock.set(2026, 10, 12)
    for number in range(10):
        people.open_case(sqlite_service, first_name=f"First{number}", last_name=f"Last{number}")
    clock.set(2026, 11, 16)
    manager, lead = browser(people.MANAGER), browser(people.LEAD)
    assert prepare(manager, "2026-10") == 302
    lead.get(OCTOBER)
    assert "All young people counted fall into one category" in lead.text()
    assert "sex: Female" in lead.text()
    assert "known_to" not in lead.text()
    assert "Not: " not in lead.text()


def test_a_revision_says_why_and_is_marked(browser: BrowserFor, sqlite_service: Service) -> None:
    people.published(sqlite_service, date(2026, 10, 1))
    manager = browser(people.MANAGER)
    assert prepare(manager, "2026-10", reason="A date of birth was corrected.") == 302
    manager.get(f"{OCTOBER}/young-people.csv")
    with people.working(sqlite_service, reading=True) as work:
        taken = max(work.session.query(MonthlyRelease), key=lambda row: row.number).id
    people.let(sqlite_service, taken)
    manager.get(OCTOBER)
    assert heading(manager) == "Monthly statistics: October 2026 [r]"
    assert "A date of birth was corrected." in manager.text()


def test_an_answer_to_figures_that_moved_on_is_not_heard(browser: BrowserFor, sqlite_service: Service) -> None:
    lead, manager = browser(people.LEAD), browser(people.MANAGER)
    assert prepare(manager, "2026-10") == 302
    lead.get(OCTOBER)
    with people.working(sqlite_service, people.DEPUTY) as work:
        row = work.session.query(MonthlyRelease).one()
        commands.review(work, row)
    # The page still offers what it offered; the answer comes too late.
    assert lead.submit(answer="right").status_code == 422
    assert "Somebody else changed these statistics" in lead.text()


@pytest.mark.parametrize("running", ["2026-11", "2026-12", "2030-01"])
def test_a_month_that_is_not_over_is_neither_prepared_nor_shown(
    browser: BrowserFor, sqlite_service: Service, running: str
) -> None:
    manager = browser(people.MANAGER)
    assert prepare(manager, running) == 422
    assert "not over yet" in manager.errors()[0] or "not begun yet" in manager.errors()[0]
    manager.get(f"/statistics/{people.HACKNEY}/{running}", status=404)
    assert count(sqlite_service, MonthlyRelease) == 0


@pytest.mark.parametrize(
    ("today", "months"),
    [
        ((2026, 11, 16), ["October 2026", "September 2026", "August 2026"]),
        ((2027, 1, 31), ["December 2026", "November 2026", "October 2026"]),
        # Just after midnight in London, which is the evening before in UTC.
        ((2026, 6, 30, 23, 30), ["June 2026", "May 2026", "April 2026"]),
    ],
)
def test_the_last_months_are_offered_in_summer_and_winter(
    browser: BrowserFor, clock: Clock, today: tuple[int, ...], months: list[str]
) -> None:
    clock.set(*today)
    manager = browser(people.MANAGER)
    manager.get("/statistics/")
    assert offered(manager) == [f"Prepare {month}" for month in months]


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "0001-01", "9999-12", "2026", "october", "2026-10-01"])
def test_what_is_no_month_is_not_found(browser: BrowserFor, month: str) -> None:
    manager = browser(people.MANAGER)
    manager.get(f"/statistics/{people.HACKNEY}/{month}", status=404)
    manager.get(f"/statistics/{people.HACKNEY}/{month}/young-people.csv", status=404)
    assert prepare(manager, month) == 404


def test_a_lead_officer_reviews_the_figures_and_neither_prepares_nor_approves_them(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get("/statistics/")
    assert offered(lead) == []
    assert prepare(lead, "2026-10") == 403
    lead.get(OCTOBER, status=404)
    assert prepare(browser(people.MANAGER), "2026-10") == 302
    lead.get(OCTOBER)
    assert lead.submit(answer="approve").status_code == 422


def test_the_figures_of_another_borough_are_not_to_be_found(browser: BrowserFor, sqlite_service: Service) -> None:
    for gss in (people.HACKNEY, people.ISLINGTON):
        with people.working(sqlite_service) as work:
            commands.take_release(work, borough_gss=gss, month=date(2026, 10, 1))
    manager, other = browser(people.MANAGER), browser(people.OTHER_LEAD)
    for reader, own, foreign in (
        (manager, people.HACKNEY, people.ISLINGTON),
        (other, people.ISLINGTON, people.HACKNEY),
    ):
        reader.get(f"/statistics/{own}/2026-10")
        for page in ("2026-10", "2026-10/young-people.csv", "2026-10/release.ods", "register"):
            reader.get(f"/statistics/{foreign}/{page}", status=404)
        reader.get("/statistics/")
        assert foreign not in str(reader.page)
    assert prepare(manager, "2026-09", people.ISLINGTON) == 403
    manager.get("/statistics/E09000099/2026-10", status=404)
    manager.get(f"{OCTOBER}/no-such-table.csv", status=404)
    manager.get(f"{OCTOBER}/release.exe", status=404)
    assert count(sqlite_service, MonthlyRelease) == 2


def test_somebody_without_figures_is_refused(browser: BrowserFor, sqlite_service: Service) -> None:
    police = browser(people.POLICE)
    police.get("/statistics/", status=404)
    police.get("/statistics/definitions", status=404)
    assert prepare(police, "2026-10") == 403
    assert count(sqlite_service, MonthlyRelease) == 0


def test_every_published_number_is_explained(browser: BrowserFor) -> None:
    manager = browser(people.MANAGER)
    manager.get("/statistics/definitions")
    assert "Back within 12 months" in manager.text()
    assert "What is not published" in manager.text()
