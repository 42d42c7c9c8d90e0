"""What is shown and logged when something goes wrong: a reference, and nothing about anybody."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Response
from werkzeug.test import TestResponse

from cse_tracker.app import LARGEST_REQUEST, Service, build
from cse_tracker.assessments.model import CertaintyFact
from cse_tracker.vault.errors import CryptoError
from cse_tracker.web import errors
from cse_tracker.web.server import HEADERS
from tests import people
from tests.store import CHEAP, Clock, settings_for
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import count, heading

SECRET = "Zwartkoppie of 12 Sample Road"


def fails(error: Exception) -> Callable[[], Response]:
    def view() -> Response:
        raise error

    return view


def logged(records: list[logging.LogRecord]) -> str:
    """Everything that a log would hold, tracebacks included."""
    return "\n".join(logging.Formatter().format(record) for record in records)


def asked(browser: Browser, method: str, path: str) -> TestResponse:
    response = browser.client.open(path, method=method)
    browser.response = response
    return response


def test_an_address_that_does_not_exist_gets_a_page_with_a_reference(browser: BrowserFor) -> None:
    for reader in (browser(people.LEAD), browser(people.MANAGER)):
        reader.get("/no-such-page", status=404)
        assert heading(reader) == "Page not found"
        assert "Reference for whoever helps you: " in reader.text()


def test_a_record_that_is_not_there_looks_like_one_that_may_not_be_seen(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = people.open_case(sqlite_service)
    other = browser(people.OTHER_LEAD)
    pages = []
    for path in (f"/cases/{case.id}", "/cases/00000000-0000-4000-8000-000000000000"):
        other.get(path, status=404)
        pages.append(other.text().partition("Reference for")[0])
    assert len(set(pages)) == 1


def test_a_method_that_a_page_does_not_take_is_refused_with_those_that_it_takes(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    response = asked(lead, "DELETE", "/cases/")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    lead._inspect()
    assert heading(lead) == "This page does not work like that"


def test_what_is_too_large_is_refused_and_nothing_of_it_is_kept(browser: BrowserFor, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    sent = lead.submit(certainty="known", basis="disclosure", explanation="x" * (LARGEST_REQUEST + 1))
    assert sent.status_code == 413
    assert heading(lead) == "What you sent is too large"
    assert count(sqlite_service, CertaintyFact) == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError(SECRET), "Try again in a minute"), (CryptoError(), "This record could not be opened")],
)
def test_a_defect_shows_a_reference_and_logs_it_without_its_message(
    browser: BrowserFor,
    sqlite_service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    lead = browser(people.LEAD)
    monkeypatch.setitem(sqlite_service.web.view_functions, "home.home", fails(error))
    with caplog.at_level(logging.DEBUG):
        lead.get("/", status=500)
    assert said in lead.text()
    reference = lead.text().partition("Reference for whoever helps you: ")[2][:8]
    assert f'"request": "{reference}' in logged(caplog.records)
    assert type(error).__name__ in logged(caplog.records)
    for everything in (logged(caplog.records), str(lead.page)):
        assert SECRET not in everything
        assert "Traceback" not in everything
    # The next request is none the worse for it.
    monkeypatch.undo()
    lead.get("/cases/")


def test_a_defect_of_an_error_page_is_logged_no_louder(
    browser: BrowserFor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manager = browser(people.MANAGER)

    def failing(_status: int) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(errors, "record_refusal", failing)
    with caplog.at_level(logging.DEBUG):
        manager.get("/cases/", status=500)
    assert "ValueError" in logged(caplog.records)
    for everything in (logged(caplog.records), str(manager.page)):
        assert SECRET not in everything
        assert "Traceback" not in everything


def test_a_defect_leaves_nothing_half_done(
    browser: BrowserFor, sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    whole = sqlite_service.web.view_functions["assessments.certainty"]

    def breaks_at_the_end(**arguments: object) -> Response:
        whole(**arguments)
        raise ValueError(SECRET)

    monkeypatch.setitem(sqlite_service.web.view_functions, "assessments.certainty", breaks_at_the_end)
    assert lead.submit(certainty="known", basis="disclosure", explanation="Told me.").status_code == 500
    assert count(sqlite_service, CertaintyFact) == 0


def test_a_form_that_expired_gives_back_what_was_typed_but_no_password(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/certainty")
    assert lead.submit(csrf_token="old", certainty="known", basis="disclosure", explanation="Zoë 🚉").status_code == 400
    assert heading(lead) == "This form has expired"
    assert count(sqlite_service, CertaintyFact) == 0
    lead.submit()
    assert "Certainty recorded" in lead.text()
    assert "Zoë 🚉" in lead.text()
    stranger = Browser(sqlite_service)
    stranger.get("/sign-in")
    assert stranger.submit(csrf_token="old", email=people.LEAD, password=people.PASSWORD).status_code == 400
    assert people.PASSWORD not in str(stranger.page)


KINDS = {
    "a page": ("GET", "/account", 200),
    "a page for anybody": ("GET", "/help", 200),
    "a file": ("GET", "/static/app.css", 200),
    "a file that is not there": ("GET", "/static/no-such-file.css", 404),
    "health": ("GET", "/healthz", 200),
    "a download": ("GET", "/estimate/estimate.csv", 200),
    "data": ("GET", "/estimate/estimate.json", 200),
    "a slash forgotten": ("GET", "/cases", 308),
    "not found": ("GET", "/no-such-page", 404),
    "refused": ("GET", "/cases/", 403),
    "a wrong method": ("PUT", "/cases/", 405),
    "no token": ("POST", "/statistics/", 400),
    "a defect": ("GET", "/", 500),
    "what may be asked": ("OPTIONS", "/account", 200),
}


@pytest.mark.parametrize("kind", [*KINDS, "asked to sign in"])
def test_every_answer_carries_the_security_headers(
    browser: BrowserFor, sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    manager = browser(people.MANAGER)
    monkeypatch.setitem(sqlite_service.web.view_functions, "home.home", fails(ValueError(SECRET)))
    method, path, status = KINDS.get(kind, ("GET", "/account", 302))
    if kind == "asked to sign in":
        manager = Browser(sqlite_service)
    response = asked(manager, method, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "'unsafe" not in response.headers["Content-Security-Policy"]
    assert "Server" not in response.headers
    if not path.startswith("/static/"):
        assert response.headers["Cache-Control"] == "no-store"
    response.close()


def test_health_is_bad_until_the_store_is_migrated(tmp_path: Path, clock: Clock) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path, tmp_path / "root.key")
    service = build(settings, now=clock, passwords=CHEAP)
    response = service.web.test_client().get("/healthz")
    assert response.status_code == 503
    assert response.get_json() == {"status": "not ready"}
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    service.store.engine.dispose()
