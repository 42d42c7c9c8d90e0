"""The monthly statistics: who prepares them and when, and what is refused."""

from datetime import date

import pytest

from cse_tracker.app import Service
from cse_tracker.statistics import commands
from cse_tracker.statistics.model import MonthlyRelease
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import count, heading

OCTOBER = f"/statistics/{people.HACKNEY}/2026-10"


def offered(browser: Browser) -> list[str]:
    return [button.get_text(strip=True) for button in browser.page.select("main form button")]


def prepare(browser: Browser, month: str, borough: str = people.HACKNEY) -> int:
    browser.get("/account")
    return browser.post("/statistics/", follow=False, borough=borough, month=month).status_code


def test_a_manager_prepares_a_finished_month_once(browser: BrowserFor, sqlite_service: Service) -> None:
    manager = browser(people.MANAGER)
    manager.get("/statistics/")
    assert "No month has been prepared yet." in manager.text()
    assert "Prepare October 2026" in offered(manager)
    manager.submit(_form=1)
    assert heading(manager) == "Monthly statistics: October 2026"
    assert "The statistics for October 2026 are prepared" in manager.text()
    manager.get("/statistics/")
    assert "Final" in manager.text()
    assert "Prepare October 2026" not in offered(manager)
    assert prepare(manager, "2026-10") == 422
    assert manager.errors() == ["The statistics for October 2026 are final"]
    assert count(sqlite_service, MonthlyRelease) == 1


def test_the_running_month_is_prepared_provisionally_once_a_week(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    manager = browser(people.MANAGER)
    manager.get("/statistics/")
    manager.submit()
    assert heading(manager) == "Monthly statistics: November 2026 [p]"
    assert "had an open case on 16 November 2026" in manager.text()
    assert prepare(manager, "2026-11") == 422
    assert manager.errors() == ["The statistics for November 2026 so far were prepared less than a week ago"]
    clock.set(2026, 11, 22, 23, 59)
    manager = browser(people.MANAGER)
    assert prepare(manager, "2026-11") == 422
    clock.set(2026, 11, 23, 0, 0)
    manager = browser(people.MANAGER)
    assert prepare(manager, "2026-11") == 302
    clock.set(2026, 12, 1, 0, 0)
    manager = browser(people.MANAGER)
    assert prepare(manager, "2026-11") == 302
    manager.get(f"/statistics/{people.HACKNEY}/2026-11")
    assert heading(manager) == "Monthly statistics: November 2026"
    assert count(sqlite_service, MonthlyRelease) == 3


@pytest.mark.parametrize(
    ("today", "months"),
    [
        ((2026, 11, 16), ["November 2026 so far (provisional)", "October 2026", "September 2026", "August 2026"]),
        ((2026, 8, 16), ["August 2026 so far (provisional)", "July 2026", "June 2026", "May 2026"]),
        ((2027, 1, 31), ["January 2027 so far (provisional)", "December 2026", "November 2026", "October 2026"]),
        # Just after midnight in London, which is the evening before in UTC.
        ((2026, 6, 30, 23, 30), ["July 2026 so far (provisional)", "June 2026", "May 2026", "April 2026"]),
    ],
)
def test_the_last_months_are_offered_in_summer_and_winter(
    browser: BrowserFor, clock: Clock, today: tuple[int, ...], months: list[str]
) -> None:
    clock.set(*today)
    manager = browser(people.MANAGER)
    manager.get("/statistics/")
    assert offered(manager) == [f"Prepare {month}" for month in months]


def test_a_month_that_has_not_begun_is_neither_prepared_nor_shown(browser: BrowserFor, sqlite_service: Service) -> None:
    manager = browser(people.MANAGER)
    assert prepare(manager, "2026-12") == 422
    assert manager.errors() == ["December 2026 has not begun yet"]
    manager.get(f"/statistics/{people.HACKNEY}/2026-12", status=404)
    assert count(sqlite_service, MonthlyRelease) == 0


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "9999-12", "2026", "october", "2026-10-01", "\uff12026-10"])
def test_what_is_no_month_is_not_found(browser: BrowserFor, month: str) -> None:
    manager = browser(people.MANAGER)
    manager.get(f"/statistics/{people.HACKNEY}/{month}", status=404)
    manager.get(f"/statistics/{people.HACKNEY}/{month}/young-people.csv", status=404)
    assert prepare(manager, month) == 404


def test_a_lead_officer_reads_the_figures_and_does_not_prepare_them(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get("/statistics/")
    assert offered(lead) == []
    assert prepare(lead, "2026-10") == 403
    lead.get(OCTOBER, status=404)
    assert prepare(browser(people.MANAGER), "2026-10") == 302
    lead.get("/statistics/")
    lead.get(lead.link("October 2026"))
    assert heading(lead) == "Monthly statistics: October 2026"


def test_the_figures_of_another_borough_are_not_to_be_found(browser: BrowserFor, sqlite_service: Service) -> None:
    for gss in (people.HACKNEY, people.ISLINGTON):
        with people.working(sqlite_service) as work:
            commands.take_release(work, borough_gss=gss, month=date(2026, 10, 1))
    manager, other = browser(people.MANAGER), browser(people.OTHER_LEAD)
    for reader, own, foreign in (
        (manager, people.HACKNEY, people.ISLINGTON),
        (other, people.ISLINGTON, people.HACKNEY),
    ):
        for page in ("", "/young-people.csv", "/referrals.csv"):
            reader.get(f"/statistics/{own}/2026-10{page}")
            reader.get(f"/statistics/{foreign}/2026-10{page}", status=404)
        reader.get("/statistics/")
        assert foreign not in str(reader.page)
    assert prepare(manager, "2026-09", people.ISLINGTON) == 403
    manager.get("/statistics/E09000099/2026-10", status=404)
    manager.get(f"{OCTOBER}/no-such-table.csv", status=404)
    assert count(sqlite_service, MonthlyRelease) == 2


def test_somebody_without_figures_is_refused(browser: BrowserFor, sqlite_service: Service) -> None:
    police = browser(people.POLICE)
    police.get("/statistics/", status=404)
    assert prepare(police, "2026-10") == 403
    assert count(sqlite_service, MonthlyRelease) == 0
