"""The record and the chronology of a case, and the file that leaves for a named recipient."""

from io import BytesIO

import pikepdf
import pytest

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.sharing import queries as shared
from tests import people
from tests.integration.closings import acts
from tests.integration.responsibility import acts as claims
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import dated, typed_in

SHARED = {
    "recipient": "Judge Amal Rahimi", "organisation": "Family court", "purpose": "Hearing on Monday.",
    "footing": "court", "asked": "She agrees.",
}  # fmt: skip


def titles(browser: Browser) -> list[str]:
    return [heading.get_text(strip=True) for heading in browser.page.select(".moj-timeline__title")]


def test_a_contact_and_a_warning_are_entered_shown_ended_and_struck_out(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/record/contact")
    assert lead.submit(text="Waited.").status_code == 422
    assert lead.errors() == ["Enter the day", "Enter the time", "Select how", "Select what came of it"]
    typed = {"way": "outreach", "outcome": "not_reached", **dated("on", "1", "11", "2026")}
    assert lead.submit(at="25:00", **typed).status_code == 422
    assert typed_in(lead)["text"] == "Waited."
    lead.submit(at="2:30pm", **typed)
    assert "Contact was sought 1 time and reached 0 times" in lead.text()
    lead.get(f"/cases/{case.id}/record/warning")
    assert lead.submit(text="Do not ring home.", told="no", **dated("review_on", "1", "12", "2026")).status_code == 422
    assert lead.errors() == ["Enter why the young person was not told"]
    lead.submit(reason_not_told="It would put her at risk.")
    lead.get(f"/cases/{case.id}")
    assert "Do not ring home." in lead.page.select(".govuk-warning-text")[0].get_text()
    lead.get(f"/cases/{case.id}/record/placement")
    lead.submit(code="K1", place="A secure home", **dated("since", "1", "11", "2026"))
    assert lead.errors() == ["Enter what makes secure accommodation necessary"]
    lead.get(f"/cases/{case.id}/record/2/mistake")
    lead.submit(reason="Another young person.")
    lead.get(f"/cases/{case.id}")
    assert "Do not ring home." not in lead.text()
    lead.get(f"/cases/{case.id}/record/2/end", status=404)
    lead.get(f"/cases/{case.id}/record/nonsense", status=404)


def test_a_friend_with_a_case_is_found_by_its_reference_and_led_to(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case, other = people.open_case(sqlite_service), people.open_case(sqlite_service, first_name="Amal")
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/record/relation")
    for reference in ("C-AAAA-AAAA", case.reference):
        lead.submit(relation="friend", name="Amal", case_reference=reference)
        assert lead.errors() == [
            "There is no other case of this reference in your borough. Check it, or leave it empty"
        ]
    lead.submit(case_reference=other.reference.lower())
    assert lead.link(f"Open case {other.reference}") == f"/cases/{other.id}"


def test_the_chronology_tells_everything_and_can_be_narrowed(browser: BrowserFor, sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/cases/{case.id}/chronology")
    told = titles(lead)
    for wanted in ("Case opened", "The case is active", "Level one decided", "Discussion and plan met"):
        assert wanted in told
    assert any("Referral R-" in title for title in told)
    lead.get(f"/cases/{case.id}/chronology?kinds=duty")
    assert set(titles(lead)) == {
        "Discussion and plan met",
        "Assessment and first level decision met",
        "Review of the level met",
    }
    lead.get(f"/cases/{case.id}/chronology?kinds=duty&last-day=1&last-month=1&last-year=2020")
    assert "Nothing of this kind in these days." in lead.text()
    lead.get(f"/cases/{case.id}/chronology?first-day=40&first-month=1&first-year=2020", status=422)
    lead.get(f"/cases/{case.id}/chronology?kinds=nonsense", status=422)


@pytest.mark.parametrize("odd", ["Zoë", "أمينة", "🦊 fox", "#panic[x] *b* $1$ \\ <script>", "x" * 5000])
def test_a_pdf_leaves_only_for_a_recorded_recipient_and_purpose(
    browser: BrowserFor, sqlite_service: Service, clock: Clock, odd: str
) -> None:
    case = people.open_case(sqlite_service, why_worried=odd)
    lead = browser(people.LEAD)
    # No real clock stands at a full second.
    clock.advance(microseconds=516_123)
    lead.get(f"/cases/{case.id}/share")
    assert lead.submit().status_code == 422
    assert len(lead.errors()) == 5
    with people.working(sqlite_service, people.LEAD) as work:
        assert shared.of_case(work, case_queries.open_case(work, case.id).case) == []
    response = lead.submit(**SHARED)
    assert response.mimetype == "application/pdf"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=S-")
    assert response.headers["Cache-Control"] == "no-store"
    with pikepdf.open(BytesIO(response.data)) as pdf, pdf.open_metadata() as metadata:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("en")
        assert "Keira" not in str(metadata)
        assert "Keira" not in str(pdf.docinfo)
        if odd == "Zoë":
            assert metadata.get("pdfuaid:part") == "1"
    with people.working(sqlite_service, people.LEAD) as work:
        (record,) = shared.of_case(work, case_queries.open_case(work, case.id).case)
        assert (record.body.recipient, record.body.what) == ("Judge Amal Rahimi", "Everything")
        assert record.reference in disposition
    lead.get(f"/cases/{case.id}/chronology?kinds=shared")
    assert "Judge Amal Rahimi, Family court" in lead.text()


def test_whoever_took_a_case_over_reads_what_it_was_and_adds_nothing(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    case = acts.levelled_case(sqlite_service)
    claim_id = claims.claim_on(sqlite_service, case)
    other = browser(people.OTHER_LEAD)
    other.get(f"/responsibility/{claim_id}/history", status=404)
    claims.accept(sqlite_service, claim_id)
    claims.take_over(sqlite_service, claim_id)
    other.get(f"/responsibility/{claim_id}")
    other.get(other.link("what the case was before"))
    assert "Level one decided" in titles(other)
    other.get(f"/cases/{case.id}", status=404)
    other.get(f"/cases/{case.id}/chronology", status=404)
