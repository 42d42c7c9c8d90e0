"""A browser for page tests: it keeps its cookie, sends form tokens, and inspects every page that it is given."""

import re
from collections import Counter
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cse_tracker.app import Service
from tests.people import PASSWORD

SERVICE_NAME = "Case referral and risk tracker"
INLINE_SCRIPT = "document.body.className += ' js-enabled'"


class Browser:
    """One person's browser."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client: FlaskClient = service.web.test_client()
        self.page = BeautifulSoup("", "html.parser")
        self.response: TestResponse | None = None

    def sign_in(self, email: str) -> "Browser":
        self.get("/sign-in")
        response = self.post("/sign-in", email=email, password=PASSWORD, follow=False)
        assert response.status_code == 302, self.errors()
        return self

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        self.response = self.client.get(path, follow_redirects=False)
        for _ in range(5):
            if self.response.status_code not in {301, 302, 303, 308}:
                break
            self.response = self.client.get(self.response.headers["Location"])
        assert self.response.status_code == status, (path, self.response.status_code)
        return self._inspect()

    def post(self, path: str, *, follow: bool = True, **answers: Any) -> TestResponse:
        """Send a form with the token of the page in front of us."""
        data: dict[str, Any] = {"csrf_token": self.token(), **answers}
        self.response = self.client.post(path, data=data)
        if self.response.status_code in {302, 303} and follow:
            self.get(self.response.headers["Location"])
            return self.response
        if self.response.mimetype == "text/html" and self.response.status_code != 302:
            self._inspect()
        return self.response

    def submit(self, **answers: Any) -> TestResponse:
        """Fill in a form of the page and send it to where it says, hidden fields and ticks included.

        `_form` chooses among several forms, `_button` presses a named button (name=value), `_follow` goes where sent.
        """
        follow, button = answers.pop("_follow", True), answers.pop("_button", None)
        forms = [form for form in self.page.find_all("form") if str(form.get("method", "")).lower() == "post"]
        form = forms[answers.pop("_form", 0)]
        assert self.response is not None
        path = form.get("action") or self.response.request.full_path.removesuffix("?")
        data = self._as_filled_in(form)
        for name, value in answers.items():
            data[name] = value
        if button is not None:
            name, _, value = button.partition("=")
            data[name] = value
        self.response = self.client.post(str(path), data=data)
        # the client of the tests writes a large upload to a file of its own and leaves it open
        self.response.request.environ["wsgi.input"].close()
        if self.response.status_code in {302, 303} and follow:
            sent = self.response
            self.get(self.response.headers["Location"])
            return sent
        if self.response.mimetype == "text/html" and self.response.status_code != 302:
            self._inspect()
        return self.response

    @staticmethod
    def _as_filled_in(form: Tag) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for field in form.find_all(["input", "textarea", "select"]):
            name, kind = str(field.get("name") or ""), str(field.get("type") or "")
            if not name:
                continue
            if field.name == "textarea":
                data[name] = field.get_text().removeprefix("\n")
            elif field.name == "select":
                chosen = field.find("option", selected=True) or field.find("option")
                data[name] = chosen.get("value", "") if chosen else ""
            elif kind in {"checkbox", "radio"}:
                if field.has_attr("checked"):
                    data.setdefault(name, []).append(field.get("value", "on"))
            elif kind not in {"submit", "button"}:
                data.setdefault(name, [])
                data[name] = [*data[name], field.get("value", "")] if isinstance(data[name], list) else data[name]
        return data

    def token(self) -> str:
        field = self.page.find("input", {"name": "csrf_token"})
        return str(field["value"]) if isinstance(field, Tag) else ""

    def errors(self) -> list[str]:
        """The sentences of the error summary."""
        summary = self.page.select_one(".govuk-error-summary")
        return [item.get_text(strip=True) for item in summary.select("li")] if summary else []

    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.get_text(" "))

    def link(self, words: str) -> str:
        for anchor in self.page.find_all("a"):
            if words in anchor.get_text(" ", strip=True):
                return str(anchor["href"])
        raise AssertionError((words, [a.get_text(strip=True) for a in self.page.find_all("a")]))

    def _inspect(self) -> BeautifulSoup:
        assert self.response is not None
        if self.response.mimetype != "text/html":
            return self.page
        self.page = BeautifulSoup(self.response.get_data(as_text=True), "html.parser")
        inspect(self.page)
        headers = self.response.headers
        assert headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        return self.page


def inspect(page: BeautifulSoup) -> None:
    """What holds for every page."""
    headings = page.find_all("h1")
    assert len(headings) == 1, [heading.get_text() for heading in headings]
    title = page.title.get_text(strip=True) if page.title else ""
    assert title.endswith(f"– {SERVICE_NAME}"), title
    assert bool(page.select(".govuk-error-summary li")) == title.startswith("Error: "), title
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    assert [name for name, count in ids.items() if count > 1] == []
    for form in page.find_all("form"):
        if str(form.get("method", "get")).lower() == "post":
            assert form.find("input", {"name": "csrf_token"}), "a form without a token"
    assert page.find_all(style=True) == []
    for script in page.find_all("script"):
        assert script.get("src") or INLINE_SCRIPT in script.get_text(), script
    for label in page.find_all("label"):
        assert label.get("for") in ids, label
    for item in page.select(".govuk-error-summary a"):
        assert str(item["href"]).removeprefix("#") in ids, item
    source = str(page)
    assert ">None<" not in source, "the word None is shown"
    assert 'value="None"' not in source, "the word None stands in a field"
