"""The pages between a referral's arrival and its decision, as people meet them."""

from cse_tracker.app import Service
from tests import people
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import add_second_lead, begin, dated, heading, write


def press(browser: Browser, page: str, act: str) -> None:
    """Press a button whose form stands beside others."""
    browser.get(page)
    path = f"{page}/{act}"
    browser.client.post(path, data={"csrf_token": browser.token()})
    browser.get(page)


def test_a_claim_is_seen_by_the_second_lead_officer_who_is_kept_from_deciding(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    second = add_second_lead(sqlite_service)
    referral = people.refer(sqlite_service)
    page = f"/referrals/{referral.id}"
    lead, other = browser(people.LEAD), browser(second)
    press(lead, page, "claim")
    assert "is yours to decide" in lead.text()
    assert "Give it back to the inbox" in lead.text()
    other.get(page)
    assert "Claimed by" in other.text()
    assert "Claim this referral" not in other.text()
    other.get(f"{page}/decline")
    sent = other.submit(reason="duplicate", note="Sent twice.")
    assert sent.status_code == 422
    assert other.errors() == ["Somebody else has claimed this referral. You can take it over 30 minutes later"]
    assert "Sent twice." in other.text()
    press(lead, page, "release")
    press(other, page, "claim")
    assert "is yours to decide" in other.text()


def test_a_question_is_asked_and_answered(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    page = f"/referrals/{referral.id}"
    lead, police = browser(people.LEAD), browser(people.POLICE)
    lead.get(f"{page}/question")
    assert lead.submit(question=" ").status_code == 422
    assert lead.errors() == ["Enter your question"]
    lead.submit(question="Who collects her?\nSince when?")
    assert "Question asked" in lead.text()
    police.get(page)
    police.get(police.link("Answer question 1"))
    assert police.submit(answer="").status_code == 422
    police.submit(answer="A man in a grey car 🚗")
    assert "Your answer is sent" in police.text()
    lead.get(page)
    for words in ("A man in a grey car 🚗", "Who collects her?", "Awaiting a decision"):
        assert words in lead.text(), words


def test_an_offer_that_is_refused_comes_back_and_says_so_everywhere(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    referral = people.refer(sqlite_service)
    page = f"/referrals/{referral.id}"
    lead, other, police = browser(people.LEAD), browser(people.OTHER_LEAD), browser(people.POLICE)
    lead.get(f"{page}/decide")
    lead.submit(choice="offer")
    assert heading(lead) == "Offer to another borough or agency"
    assert lead.submit(reason="Moved in June.").status_code == 422
    assert "Moved in June." in lead.text()
    lead.submit(borough=people.ISLINGTON, reason="Moved in June.")
    assert "Offered elsewhere" in lead.text()
    police.get(page)
    assert "Being decided" in police.text()
    assert "Islington" not in police.text()
    other.get(f"{page}/receive")
    assert "Moved in June." in other.text()
    assert other.submit(choice="refuse", words="").status_code == 422
    assert other.errors() == ["Enter why you do not take it on"]
    other.submit(choice="refuse", words="Never lived here.")
    assert "has gone back" in other.text()
    other.get(page, 404)
    lead.get(page)
    for words in ("This referral was offered and has come back", "Never lived here.", "Refused"):
        assert words in lead.text(), words
    lead.get("/")
    assert "Came back" in lead.text()


def test_a_request_is_withdrawn_and_advice_is_heard(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    page = f"/referrals/{referral.id}"
    lead, police = browser(people.LEAD), browser(people.POLICE)
    police.get(f"{page}/withdraw")
    police.submit()
    assert "Request withdrawn" in police.text()
    lead.get(page)
    assert "a decision is still owed" in lead.text()
    lead.get(f"{page}/advice")
    lead.submit(note="The family hub can help.")
    police.get(page)
    for words in ("Advice given", "The family hub can help."):
        assert words in police.text(), words


def test_what_was_compared_is_shown_to_whoever_looks_next(browser: BrowserFor, sqlite_service: Service) -> None:
    known = people.open_case(sqlite_service)
    again = people.refer(sqlite_service, people.HEALTH)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{again.id}/decide")
    lead.submit(choice="new", unsure=str(known.person_id))
    lead.get(f"/referrals/{again.id}/decide")
    assert "Not sure, 16 November 2026" in lead.text()


def test_two_young_people_are_referred_together_and_each_gets_a_reference(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    police, lead = browser(people.POLICE), browser(people.LEAD)
    first = begin(police)
    write(police, first)
    sent = police.client.post(f"{first}/another", data={"csrf_token": police.token()})
    second = sent.headers["Location"].partition("/draft")[0]
    police.get(f"{first}/check")
    assert "not finished yet" in police.text()
    assert police.client.post(f"{first}/send", data={"csrf_token": police.token()}).status_code == 422
    write(
        police,
        second,
        {"young-person": {"first_name": "Bea", "nhs_number": "", **dated("born", "4", "4", "2011")}},
    )
    police.get(f"{first}/check")
    assert "about all 2 young people" in police.text()
    police.submit()
    assert heading(police) == "Referral sent"
    assert "Sent together with" in police.text()
    lead.get("/referrals/")
    assert len(lead.page.select("table a[href^='/referrals/']")) == 2
    lead.get(second)
    assert "Bea Marsh" in lead.text()
    assert "Sent together with" in lead.text()


def test_a_draft_is_deleted_after_one_more_question(browser: BrowserFor) -> None:
    police = browser(people.POLICE)
    draft = begin(police)
    police.get("/referrals/")
    police.get(police.link("Delete"))
    assert heading(police) == "Delete this draft"
    police.submit()
    assert "is deleted" in police.text()
    police.get(f"{draft}/draft", 404)


def test_another_agency_says_yes_and_the_referrer_hears_the_borough_s_own_words(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    referral = people.refer(sqlite_service)
    page = f"/referrals/{referral.id}"
    lead, health, police = browser(people.LEAD), browser(people.HEALTH), browser(people.POLICE)
    health.get(page, 404)
    lead.get(f"{page}/decide")
    assert "has said yes" not in lead.text()
    lead.submit(choice="offer")
    offered = {option.get_text(strip=True): str(option["value"]) for option in lead.page.select("#agency option")}
    assert "Metropolitan Police, Central East" not in offered
    agency = offered["Homerton Healthcare"]
    assert lead.submit(borough=people.ISLINGTON, agency=agency, reason="They know her.").status_code == 422
    assert lead.errors() == ["Select a borough or an agency, and not both"]
    lead.submit(borough="", agency=agency, reason="They know her.")
    assert "Offer to Homerton Healthcare" in lead.text()
    health.get("/referrals/")
    assert "Offered to you" in health.text()
    police.get("/referrals/")
    assert "Offered" not in police.text()
    health.get("/")
    health.get(health.link(f"Answer the offer of {referral.reference}"))
    assert "They know her." in health.text()
    assert health.submit(choice="refuse", words="").status_code == 422
    health.submit(choice="take_on", words="She has an appointment.")
    assert "The borough is told that you help" in health.text()
    health.get("/")
    assert "Answer the offer" not in health.text()
    assert "Answer the offer" not in health.text()
    police.get(page)
    assert "Homerton" not in police.text()
    lead.get(f"{page}/decide")
    lead.submit(choice="pass_on")
    assert heading(lead) == "Another agency helps"
    assert lead.submit(note="").status_code == 422
    lead.submit(note="Her nurse sees her on Monday.")
    assert "is passed on and the referrer is told" in lead.text()
    police.get(page)
    assert "Her nurse sees her on Monday." in police.text()
    assert "Homerton" not in police.text()
