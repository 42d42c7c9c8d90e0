"""Files on their pages: sent, handed out to be saved, refused with a sentence; never in a temporary file."""

import http.client
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from cse_tracker.app import Service
from cse_tracker.papers.kinds import LARGEST
from tests import papers, people
from tests.journeys.live import serving
from tests.web.client import Browser
from tests.web.conftest import BrowserFor

NAME = "Zoë’s “letter”.pdf"


def files_of(service: Service) -> str:
    return f"/cases/{people.open_case(service).id}/files"


def send(lead: Browser, path: str, content: bytes, name: str = NAME) -> None:
    """Send a file; the body is made here, because the test client writes large ones to a temporary file."""
    lead.get(path)
    body, kind = _multipart({"csrf_token": lead.token(), "about": "Letter from the school"}, content, name)
    lead.response = lead.client.post(path, data=body, content_type=kind)
    if lead.response.status_code == 302:
        lead.get(lead.response.headers["Location"])
    lead._inspect()


def test_a_file_is_sent_listed_and_handed_out_to_be_saved(sqlite_service: Service, browser: BrowserFor) -> None:
    path, lead = files_of(sqlite_service), browser(people.LEAD)
    send(lead, path, papers.pdf(author="Somebody"))
    assert "The file is added" in lead.text()
    assert "Letter from the school" in lead.text()
    lead.get(lead.link(NAME))
    response = lead.response
    assert response is not None
    assert re.fullmatch(r"/files/[0-9a-f-]{36}", response.request.path)
    assert response.get_data().startswith(b"%PDF-")
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    # On somebody's desktop a name is a leak too, and headers pass through proxies.
    assert re.search(r"filename=F-\w{4}-\w{4}\.pdf$", response.headers["Content-Disposition"])
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_file_of_the_wrong_case_is_taken_out(sqlite_service: Service, browser: BrowserFor) -> None:
    path, lead = files_of(sqlite_service), browser(people.LEAD)
    send(lead, path, papers.pdf())
    download = lead.link(NAME)
    lead.get(lead.link("Take out"))
    lead.submit()
    assert lead.errors() == ["Tick to say that it does not belong"]
    lead.submit(sure="y")
    assert "The file is taken out" in lead.text()
    assert "No files yet" in lead.text()
    lead.get(download, status=404)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.pdf", b"", "The file is empty: choose one that has something in it"),
        (
            "large.pdf",
            papers.pdf().ljust(LARGEST + 1),
            "The file is larger than 15 MB: send fewer pages, or smaller images",
        ),
        (
            "page.png",
            b"<html></html>",
            "The file’s name says PNG image and the file is something else: save it again in the right format",
        ),
        ("..\\..\\x.pdf", papers.pdf(), "The file’s name has a path in it: rename the file"),
        (
            "bomb.docx",
            papers.docx(word__b_DOT_xml=bytes(60_000_000)),
            "The Word document unpacks to far more than it should: open it and save it again, or send it as a PDF",
        ),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_nothing_is_kept(
    sqlite_service: Service, browser: BrowserFor, name: str, content: bytes, sentence: str
) -> None:
    path, lead = files_of(sqlite_service), browser(people.LEAD)
    send(lead, path, content, name)
    assert lead.response is not None
    assert lead.response.status_code == 422
    assert lead.errors() == [sentence]
    assert "No files yet" in lead.text()
    field = lead.page.find("input", {"name": "about"})
    assert field is not None
    assert field["value"] == "Letter from the school"


def test_without_a_file_or_words_both_are_asked_for(sqlite_service: Service, browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get(files_of(sqlite_service))
    lead.submit()
    assert lead.errors() == ["Choose a file", "Enter what it is"]


def test_a_request_far_too_large_is_refused_before_it_is_read(sqlite_service: Service, browser: BrowserFor) -> None:
    path, lead = files_of(sqlite_service), browser(people.LEAD)
    send(lead, path, bytes(LARGEST + 2_000_000), "large.pdf")
    assert lead.response is not None
    assert lead.response.status_code == 413
    assert "A file can be at most 15 MB" in lead.text()
    # Pages that take no file still take little.
    lead.get("/search/")
    body, kind = _multipart({"csrf_token": lead.token(), "typed": "x" * 5_000_000}, b"", "none.pdf")
    assert lead.client.post("/search/", data=body, content_type=kind).status_code == 413


def test_nothing_is_written_to_a_temporary_file_by_the_server_that_is_used(
    sqlite_service: Service, browser: BrowserFor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lead, path = browser(people.LEAD), files_of(sqlite_service)
    lead.get(path)
    token, cookie = lead.token(), lead.client.get_cookie("cs")
    assert cookie is not None
    made: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        made.append("a temporary file")
        message = "a temporary file was asked for"
        raise AssertionError(message)

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer._newfile", refuse, raising=False)
    noise = papers.noise(1_700)
    assert len(noise) > 5_000_000
    with serving(sqlite_service.web) as address:
        port = urlsplit(address).port
        assert port is not None
        headers = {"Cookie": f"cs={cookie.value}"}
        body, kind = _multipart({"csrf_token": token, "about": "x"}, noise, "noise.png")
        answer = _ask(port, "POST", path, headers | {"Content-Type": kind}, body)
        assert answer.status == 302
        listing = _ask(port, "GET", path, headers)
        link = re.search(rb"/files/[0-9a-f-]{36}", listing.content)
        assert link is not None
        handed = _ask(port, "GET", link[0].decode(), headers)
        assert len(handed.content) > 5_000_000
    assert made == []


class _Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.content = response.status, response.read()


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> _Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        return _Answer(connection.getresponse())
    finally:
        connection.close()


def _multipart(fields: dict[str, str], content: bytes, name: str) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"
