"""The menu leads everybody only where they may go, and says where they are."""

import pytest
from bs4 import Tag

from tests.people import LEAD, MANAGER, POLICE
from tests.web.conftest import BrowserFor

RECORDS = "records@demo.example"


def texts(found: list[Tag]) -> list[str]:
    return [each.get_text(" ", strip=True) for each in found]


@pytest.mark.parametrize(
    ("email", "items"),
    [
        (POLICE, ["Home", "Referrals", "Services", "Meetings", "Account"]),
        (MANAGER, ["Home", "Services", "Protocols", "Statistics", "Estimate", "Account"]),
        (RECORDS, ["Home", "Records", "Account"]),
    ],
)
def test_everybody_finds_their_own_items_and_each_opens(browser: BrowserFor, email: str, items: list[str]) -> None:
    page = browser(email)
    links = page.get("/").select(".govuk-service-navigation__item a")
    assert texts(links) == items
    # Home leads a records officer on to their records.
    for link in links[1:]:
        opened = page.get(str(link["href"]))
        assert texts(opened.select(".govuk-service-navigation__item--active")) == [link.get_text(strip=True)]
        for beside in opened.select(".moj-sub-navigation__link"):
            page.get(str(beside["href"]))


def test_pages_beside_each_other_are_found_under_their_item(browser: BrowserFor) -> None:
    page = browser(LEAD)
    opened = page.get("/missing/")
    beside = opened.select_one("nav[aria-label='Cases']")
    assert beside is not None
    assert texts(beside.select("a")) == ["Open cases", "Search", "Links", "Missing"]
    assert texts(beside.select("[aria-current=page]")) == ["Missing"]
    assert texts(opened.select(".govuk-service-navigation__item--active")) == ["Cases"]
    assert texts(page.get("/retention/").select(".moj-sub-navigation__link")) == [
        "How long records are kept",
        "Requests for access",
    ]
    assert page.get("/account").select(".moj-sub-navigation") == []
