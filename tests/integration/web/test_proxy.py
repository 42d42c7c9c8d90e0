"""Behind a proxy that ends TLS the service knows that it is reached over HTTPS; else nobody makes it think so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from cse_tracker.app import Service, build
from tests import people
from tests.store import CHEAP, Clock, MailBag, StoreTemplates, settings_for
from tests.web.client import Browser

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "tracker.example"}
HSTS = "Strict-Transport-Security"


@pytest.fixture
def proxied(templates: StoreTemplates, tmp_path: Path, clock: Clock, mail: MailBag) -> Iterator[Service]:
    """A service whose public address begins with https."""
    with templates.copy("sqlite", tmp_path) as made:
        url = {"CSE_TRACKER_URL": "https://tracker.example"}
        settings = settings_for(made.database_url, tmp_path, templates.root_key_file, **url)
        built = build(settings, now=clock, passwords=CHEAP, mailer=mail)
        yield built
        built.store.engine.dispose()


def get(service: Service, **headers: str) -> TestResponse:
    return service.web.test_client().get("/sign-in", headers=headers)


def test_a_request_that_came_over_https_is_answered_with_strict_transport(proxied: Service) -> None:
    assert get(proxied, **FORWARDED).headers[HSTS] == "max-age=31536000; includeSubDomains"
    assert HSTS not in get(proxied, **{**FORWARDED, "X-Forwarded-Proto": "http"}).headers


def test_without_a_proxy_forwarded_headers_are_not_believed(sqlite_service: Service) -> None:
    assert HSTS not in get(sqlite_service, **FORWARDED).headers


def test_only_the_nearest_proxy_is_believed(proxied: Service) -> None:
    far = {**FORWARDED, "X-Forwarded-Proto": "https, http"}
    assert HSTS not in get(proxied, **far).headers


def test_a_form_is_taken_over_https_from_a_browser_that_sends_no_referer(proxied: Service) -> None:
    """The browser does as the Referrer-Policy of our own pages tells it."""
    browser = Browser(proxied)
    for name, value in FORWARDED.items():
        browser.client.environ_base[f"HTTP_{name.upper().replace('-', '_')}"] = value
    browser.client.environ_base["wsgi.url_scheme"] = "http"
    assert browser.get("/sign-in")
    sent = browser.submit(email=people.LEAD, password=people.PASSWORD, _follow=False)
    assert sent.status_code == 302
    assert "Secure" in sent.headers["Set-Cookie"]
