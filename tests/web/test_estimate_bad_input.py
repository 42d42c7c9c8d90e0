"""Every kind of bad figures through the pages: refused in the summary, or told beside the estimate."""

import html
import io
import re
from typing import Final

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from tests import people
from tests.integration.estimates.bad_input import CASES, Bad
from tests.web.client import Browser
from tests.web.conftest import BrowserFor

TOLD: Final = {
    "few-anchors": "Only 3 anchors carry the line",
    "anchors-alike": "Every anchor identified at the same rate",
    "many-left-out": "areas are left out because an indicator is missing",
    "more-than-residents": "More were identified than live there",
    "identified-not-whole": "The number identified is not whole",
    "counts-not-whole": "is it a rate?",
    "low-kmo": "The sampling adequacy",
}


def test_the_pages_refuse_or_flag(browser: BrowserFor, subtests: pytest.Subtests) -> None:
    manager = browser(people.MANAGER)
    manager.get("/estimate-data/")
    # One of each wording: what is read is the same as on the command line. There 2,000 areas are tried, cheaper.
    one_of_each = {bad.refused or name: (name, bad) for name, bad in CASES.items() if name != "2,000 areas"}
    for name, bad in one_of_each.values():
        with subtests.test(name):
            last = brought_in_and_run(manager, bad)
            text = last.get_data(as_text=True)
            if bad.refused:
                assert last.status_code == 422
                assert bad.refused in refusal(text)
            else:
                assert last.status_code == 200, refusal(text)
                assert TOLD[bad.flagged] in html.unescape(text)


def refusal(page: str) -> str:
    summary = BeautifulSoup(page, "html.parser").select_one(".govuk-error-summary")
    return summary.get_text(" ", strip=True) if summary else ""


def brought_in_and_run(manager: Browser, bad: Bad) -> TestResponse:
    """The page of the estimate, or the first page that refuses."""
    texts, client, token = bad.texts(), manager.client, {"csrf_token": manager.token()}
    sent = [(io.BytesIO(text.encode()), name) for name, text in texts.items()]
    data = {**token, "borough": people.HACKNEY, "note": "", "files": sent}
    kept = client.post("/estimate-data/", data=data, content_type="multipart/form-data")
    if kept.status_code != 302:
        return kept
    place = kept.headers["Location"]
    boxes = re.findall(r"<input[^>]*name=\"anchors\"[^>]*>", client.get(place).get_data(as_text=True))
    ticked = [box.partition('value="')[2].partition('"')[0] for box in boxes if " checked" in box]
    anchors = sorted(ticked, key=lambda code: code != people.HACKNEY)[: bad.anchors]
    decided = {**token, "anchors": anchors, "reason": "As surveyed.", "draws": "100", "seed": "5"}
    made = client.post(place, data=decided)
    return client.get(made.headers["Location"]) if made.status_code == 302 else made
