"""The pages on protocols: a draft is written, checked, shown with what it would change, and approved by another."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from cse_tracker.app import Service
from cse_tracker.protocols import queries
from cse_tracker.rulebook.document import template, to_yaml
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, token_of, typed_in

WORDS = "quorum: 3"
DAY = dated("in_force_from", "17", "11", "2026")


def started(browser: Browser) -> str:
    """Start a draft from the shipped protocol; gives its address."""
    browser.get(f"/protocols/start/{people.HACKNEY}")
    browser.submit(source="template:report-2005")
    return drafts_of(browser)


def drafts_of(browser: Browser) -> str:
    browser.get("/protocols/")
    return next(str(each["href"]) for each in browser.page.select("td a, th a") if "/drafts/" in str(each["href"]))


def numbers(service: Service) -> list[int]:
    with people.working(service, people.LEAD, reading=True) as work:
        return [each.number for each in queries.of_borough(work, people.HACKNEY)[0]]


def test_a_mistake_is_named_with_its_line_and_the_text_is_kept(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get(f"/protocols/start/{people.HACKNEY}")
    assert lead.submit(source="template:nonsense").status_code == 422
    at = started(lead)
    lead.get(f"{at}/text")
    whole = typed_in(lead)["text"]
    broken = whole.replace(WORDS, "quorum: 9", 1)
    assert lead.submit(text=broken).status_code == 422
    (problem,) = lead.errors()
    assert problem.startswith("Line ")
    assert "quorum" in problem
    assert "quorum: 9" in typed_in(lead)["text"]
    lead.submit(text=whole.replace(WORDS, "quorum: 2", 1))
    assert "Draft saved" in lead.text()
    assert "quorum" in lead.text()


def test_of_two_who_write_at_once_the_second_is_told_and_keeps_the_words(browser: BrowserFor) -> None:
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    at = started(lead)
    lead.get(f"{at}/text")
    mine = typed_in(lead)["text"].replace(WORDS, "quorum: 2", 1)
    deputy.get(f"{at}/levels")
    deputy.submit(levels__0__label="Level one, watched")
    assert "Draft saved" in deputy.text()
    assert lead.submit(text=mine).status_code == 409
    assert "quorum: 2" in typed_in(lead)["text"]
    lead.get(at)
    assert "Level one, watched" in lead.text()


def test_a_second_person_approves_it_and_it_is_compared_and_exported(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    lead, manager = browser(people.LEAD), browser(people.MANAGER)
    at = started(lead)
    lead.get(f"{at}/text")
    lead.submit(text=typed_in(lead)["text"].replace(WORDS, "quorum: 2", 1))
    lead.get(f"{at}/submit")
    assert lead.submit().status_code == 422
    assert lead.submit(**dated("in_force_from", "16", "11", "2026")).status_code == 422
    assert lead.errors() == ["The day from which it is in force must be tomorrow or later"]
    lead.submit(**DAY)
    assert "A person who has not worked on this draft has to approve it" in lead.text()
    assert lead.post(f"{at}/approve", revision=typed_in(lead)["revision"]).status_code == 422
    assert "A protocol is approved by a person who has not worked on it" in lead.text()
    assert numbers(sqlite_service) == [1]
    manager.get(at)
    assert manager.post(f"{at}/approve", revision="0").status_code == 409
    assert numbers(sqlite_service) == [1]
    manager.get(at)
    manager.submit()
    assert "Approved as version 2" in manager.text()
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        (new, old), (draft,) = queries.of_borough(work, people.HACKNEY)
        new_id, old_id, text, revision = new.id, old.id, new.text, draft.revision
    for act in ("back", "withdraw", "approve"):
        token = token_of(manager)
        assert manager.post(f"{at}/{act}", csrf_token=token, revision=revision).status_code in {403, 404, 422}, act
    assert numbers(sqlite_service) == [2, 1]
    lead.get(f"/protocols/compare/{old_id}/{new_id}")
    row = [cell.get_text(strip=True) for cell in lead.page.select("tbody td, tbody th")]
    assert any("quorum" in each for each in row)
    assert {"3", "2"} <= set(row)
    file = lead.client.get(f"/protocols/versions/{new_id}/yaml")
    assert (file.mimetype, file.get_data(as_text=True)) == ("application/yaml", text)


def test_what_was_exported_is_imported_and_what_is_no_protocol_is_refused(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get(f"/protocols/start/{people.HACKNEY}")
    for raw in (b"\xff\xfe\x00", b"just: words\n", b"levels: [", b""):
        assert lead.submit(file=(BytesIO(raw), "protocol.yaml")).status_code == 422, raw
        assert lead.errors(), raw
    whole = to_yaml(template()).replace(WORDS, "quorum: 2", 1)
    lead.submit(file=(BytesIO(whole.encode()), "protocol.yaml"))
    lead.get(f"{drafts_of(lead)}/text")
    assert typed_in(lead)["text"].strip() == whole.strip()


def test_nobody_else_finds_a_draft_and_a_manager_cannot_write_one(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    at = started(lead)
    for email in (people.OTHER_LEAD, people.POLICE):
        other = browser(email)
        token = token_of(other)
        for path in (at, f"{at}/text", f"{at}/submit", f"/protocols/start/{people.HACKNEY}"):
            other.get(path, status=404)
        assert other.post(f"{at}/approve", csrf_token=token, revision="1").status_code == 404
    manager = browser(people.MANAGER)
    manager.get(at)
    assert "Give this draft up" not in manager.text()
    for path in (f"{at}/text", f"{at}/levels", f"{at}/submit", f"/protocols/start/{people.HACKNEY}"):
        manager.get(path, status=404)


def test_a_version_is_printed_for_training_with_all_that_it_says(browser: BrowserFor, sqlite_service: Service) -> None:
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        version = queries.in_force(work, people.HACKNEY)
    lead = browser(people.LEAD)
    lead.get(f"/protocols/versions/{version.version_id}")
    paper = lead.client.get(lead.link("Print (PDF)"))
    assert paper.mimetype == "application/pdf"
    assert "attachment" in paper.headers["Content-Disposition"]
    with pikepdf.open(BytesIO(paper.get_data())) as pdf, pdf.open_metadata() as metadata, pdf.open_outline() as outline:
        assert pdf.Root.MarkInfo.Marked
        assert metadata.get("pdfuaid:part") == "1"
        printed = list(titles(outline.root))
    for heading in lead.page.select("main h2, main h3"):
        assert heading.get_text() in printed
    # Every word that anybody wrote into the document is read.
    for each in sentences(version.document.model_dump(mode="json", exclude_none=True)):
        assert flat(each) in flat(lead.page.get_text()), each
    assert "1 working days" not in lead.text()


def titles(items: Any) -> Iterator[str]:
    """The headings of a paper, as its outline tells them."""
    for item in items:
        yield item.title
        yield from titles(item.children)


SAID = {"title", "source", "label", "text", "meaning", "rule", "reason", "trigger", "phrase", "instead", "counted_from"}


def sentences(part: Any, name: str = "") -> Iterator[str]:
    """Every word in a document that is written for people, wherever it stands."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from sentences(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from sentences(value, name)
    elif isinstance(part, str) and name in SAID | {"requires"}:
        yield part


def flat(words: str) -> str:
    """Words without their spaces, hyphens and quotes, which a page and a paper set each in their own way."""
    return re.sub(r"[\s\u00ad\u2010-]|[\u2018\u2019'\"\u201c\u201d]", "", words)
