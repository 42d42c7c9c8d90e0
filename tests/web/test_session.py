"""Signing in and out, and what is kept when a session ends."""

from cse_tracker.app import Service
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor


def test_a_page_asks_a_stranger_to_sign_in_and_leads_back(sqlite_service: Service) -> None:
    stranger = Browser(sqlite_service)
    stranger.get("/cases/")
    assert stranger.page.h1 is not None
    assert stranger.page.h1.get_text(strip=True) == "Sign in"
    sent = stranger.submit(email=people.LEAD, password=people.PASSWORD, _follow=False)
    assert sent.headers["Location"] == "/cases/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(sqlite_service: Service) -> None:
    answers = set()
    for email in (people.LEAD, "nobody@demo.example"):
        stranger = Browser(sqlite_service)
        stranger.get("/sign-in")
        sent = stranger.submit(email=email, password="not the password")
        answers.add((sent.status_code, tuple(stranger.errors())))
    assert len(answers) == 1
    assert answers.pop()[0] == 422


def test_an_account_rests_after_five_failures_and_then_works_again(sqlite_service: Service, clock: Clock) -> None:
    stranger = Browser(sqlite_service)
    stranger.get("/sign-in")
    for _ in range(6):
        stranger.submit(email=people.LEAD, password="wrong wrong wrong")
    assert stranger.submit(email=people.LEAD, password=people.PASSWORD).status_code == 422
    clock.advance(minutes=2)
    assert stranger.submit(email=people.LEAD, password=people.PASSWORD, _follow=False).status_code == 302


def test_nobody_is_sent_to_another_site_after_signing_in(sqlite_service: Service) -> None:
    for path in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        stranger = Browser(sqlite_service)
        stranger.get(f"/sign-in?next={path}")
        sent = stranger.submit(email=people.LEAD, password=people.PASSWORD, _follow=False)
        assert sent.headers["Location"] == "/"


def test_the_page_asked_for_is_shown_after_signing_in_with_all_of_its_address(sqlite_service: Service) -> None:
    stranger = Browser(sqlite_service)
    stranger.get("/referrals/?page=2")
    sent = stranger.submit(email=people.LEAD, password=people.PASSWORD, _follow=False)
    assert sent.headers["Location"] == "/referrals/?page=2"


def test_signing_out_ends_the_session_even_for_a_copied_cookie(browser: BrowserFor, sqlite_service: Service) -> None:
    lead = browser(people.LEAD)
    cookie = lead.client.get_cookie("cs")
    assert cookie is not None
    lead.get("/account")
    lead.submit()
    thief = Browser(sqlite_service)
    thief.client.set_cookie("cs", cookie.value)
    thief.get("/account")
    assert thief.page.h1 is not None
    assert thief.page.h1.get_text(strip=True) == "Sign in"


def test_a_session_ends_after_ten_hours_whatever_happens(browser: BrowserFor, clock: Clock) -> None:
    lead = browser(people.LEAD)
    clock.advance(hours=10, minutes=1)
    lead.get("/account")
    assert lead.page.h1 is not None
    assert lead.page.h1.get_text(strip=True) == "Sign in"


def test_what_was_typed_when_a_session_ended_can_be_sent_after_signing_in(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    clock.advance(hours=11)
    typed = "Zoë was seen at the station 🚉 with two men"
    sent = lead.submit(certainty="indicated", basis="third_party", explanation=typed)
    assert sent.status_code == 401
    sent = lead.submit(email=people.LEAD, password=people.PASSWORD)
    assert "Nothing that you typed has been lost" in lead.text()
    lead.submit()
    assert typed in lead.text()
    assert lead.response is not None
    assert lead.response.status_code == 200


def test_the_cookie_holds_no_name_and_no_role(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    cookie = lead.client.get_cookie("cs")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert "Okafor" not in cookie.decoded_value


def test_the_health_page_needs_no_session(sqlite_service: Service) -> None:
    response = sqlite_service.web.test_client().get("/healthz")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ok"}
