"""The referral form: a draft keeps what was typed, says what is wrong, and is sent once."""

from typing import Any

import pytest

from cse_tracker.app import Service
from cse_tracker.duties.model import Duty
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.referrals.model import Referral
from tests import people
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import STEPS, begin, count, dated, heading, typed_in, write

LONG = "x" * 200_000
LONGEST = "\N{POLICE CARS REVOLVING LIGHT}" * 200_000
SCRIPT = "<script>alert(1)</script>"
# A family joined by zero-width joiners, right-to-left names, a flag and combining accents.
WORLD = "👩‍👩‍👧 سارة العلي שרה 🏴 Zoë e\u0301"

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("young-person", dated("born", "31", "2", "2012"), "Date of birth must be a real date"),
    ("young-person", dated("born", "3", "", "2012"), "Date of birth must include a month"),
    ("young-person", dated("born", "17", "11", "2026"), "Date of birth must be in the past"),
    (
        "young-person",
        dated("born", "16", "November", "2008"),
        "This date of birth makes them 18. Check it, or say below why you are referring them",
    ),
    (
        "young-person",
        dated("born", "17", "11", "2022"),
        "This date of birth makes them 3. Check it, or say below why you are referring them",
    ),
    (
        "young-person",
        {"nhs_number": "999 000 0019"},
        "NHS number is not a real one: check each number against the record it came from",
    ),
    ("young-person", {"nhs_number": "12"}, "NHS number must be 10 numbers, like 999 000 0018"),
    (
        "young-person",
        {"postcode": "E8 1EAA"},
        "Enter a full UK postcode, like N9 0AB, the first half of one, or ‘no fixed abode’",
    ),
    ("young-person", {"first_name": LONG}, "First name must be 80 characters or less: take out 199,920 characters"),
    ("young-person", {"address": LONG}, "Home address must be 500 characters or less: take out 199,500 characters"),
    ("worries", {"why_worried": ""}, "Enter why you are worried"),
    ("worries", {"why_worried": LONG}, "Your answer must be 10,000 characters or less: take out 190,000 characters"),
    ("worries", {"why_worried": LONGEST}, "Your answer must be 10,000 characters or less: take out 190,000 characters"),
    ("worries", dated("first_worried_on", "17", "11", "2026"), "When you were first worried must be in the past"),
    ("seen", {"seen": []}, "Select what you have seen or been told about, or select ‘None of these’"),
    ("seen", {"seen": ["older_boyfriend", "none_of_these"]}, "Select either the others or the last one, not both"),
    ("others", {"who_knows": []}, "Select who else knows, or select ‘Nobody else that I know of’"),
    ("aware", {"not_aware_reason": " "}, "Enter why the young person has not been told"),
    ("about-you", {"referrer_phone": "ring the desk"}, "Enter a telephone number, like 020 7946 0000"),
]


@pytest.mark.parametrize(("key", "typed", "sentence"), WRONG, ids=[sentence[:40] for _, _, sentence in WRONG])
def test_a_wrong_answer_is_named_and_everything_typed_is_kept(
    browser: BrowserFor, key: str, typed: dict[str, Any], sentence: str
) -> None:
    police = browser(people.POLICE)
    referral = begin(police)
    everything = {**STEPS[key], **typed}
    police.get(f"{referral}/draft/{key}")
    assert police.submit(action="continue", **everything).status_code == 422
    assert police.errors() == [sentence]
    for _ in range(2):
        kept = typed_in(police)
        for name, value in everything.items():
            expected = value[0] if isinstance(value, list) and len(value) == 1 else value
            assert kept.get(name, []) == expected, name
        # Once more from the draft, as on another day.
        police.get(f"{referral}/draft/{key}")
        assert police.errors() == [sentence]
    police.get(f"{referral}/draft")
    assert "There is a problem" in police.text()


def test_a_step_left_empty_names_every_answer_that_is_needed(browser: BrowserFor) -> None:
    police = browser(people.POLICE)
    begin(police)
    assert police.submit(action="continue").status_code == 422
    assert police.errors() == [
        "Enter their first name",
        "Enter their last name",
        "Select their sex, or ‘Not known’",
        "Select yes if they are looked after",
    ]


def test_a_draft_is_there_when_its_author_comes_back(browser: BrowserFor) -> None:
    police = browser(people.POLICE)
    referral = begin(police)
    police.submit(action="later", first_name="Zoë", **dated("born", "31", "February", "2012"))
    assert "is saved. You can come back to it at any time" in police.text()
    later = browser(people.POLICE)
    later.get("/referrals/")
    assert "Not sent" in later.text()
    later.get(later.link("R-"))
    assert (later.text().count("Not started"), later.text().count("There is a problem")) == (5, 1)
    later.get(f"{referral}/draft/young-person")
    kept = typed_in(later)
    assert (kept["first_name"], kept["born-day"], kept["born-month"]) == ("Zoë", "31", "February")
    assert "Date of birth must be a real date" in later.errors()


def test_somebody_of_18_may_be_referred_with_a_reason_and_the_case_says_that_it_is_disputed(
    browser: BrowserFor,
) -> None:
    police, lead = browser(people.POLICE), browser(people.LEAD)
    referral = begin(police)
    reason = "Her passport says 2008, she says 2010."
    write(police, referral, {"young-person": {**dated("born", "1", "1", "2008"), "age_reason": reason}})
    police.submit()
    lead.get(referral)
    assert reason in lead.text()
    lead.get(f"{referral}/accept")
    lead.submit(sure="y")
    assert "1 January 2008 (age disputed)" in lead.text()


def test_what_was_typed_in_any_script_reaches_the_lead_officer_unchanged(browser: BrowserFor) -> None:
    police, lead = browser(people.POLICE), browser(people.LEAD)
    referral = begin(police)
    worry = f"{WORLD}\n\nشكرا 🚉"  # noqa: RUF001 - right-to-left script on purpose
    write(police, referral, {"young-person": {"first_name": WORLD}, "worries": {"why_worried": worry}})
    police.submit()
    lead.get(referral)
    assert f"{WORLD} Marsh" in lead.text()
    assert " ".join(worry.split()) in lead.text()
    # The style sheet shows the line ends of what is marked as typed.
    marked = next(each for each in lead.page.select(".app-as-typed") if "شكرا" in each.get_text())
    assert marked.get_text().count("\n") == 2


def test_checking_the_answers_shows_each_of_them_and_leads_back_to_it(browser: BrowserFor) -> None:
    police = browser(people.POLICE)
    referral = begin(police)
    write(police, referral)
    assert heading(police) == "Check your answers"
    shown = [
        "Kiera", "Marsh", "Kiki", "3 March 2012", "Female", "999 000 0018", "12 Sample Road", "E8 1EA",
        "Clapton Park School", "Through school", "She is collected by car.", "1 November 2026", "Outside school.",
        "A much older person is spoken of as boyfriend", "School or college", "Her tutor.", "It is not safe.",
        "None yet.", "Daniel Price", "Constable", "020 7946 0000",
    ]  # fmt: skip
    assert [words for words in shown if words not in police.text()] == []
    changes = {str(link["href"]) for link in police.page.find_all("a") if link.get_text().startswith("Change")}
    for key, typed in STEPS.items():
        for name in {name.rpartition("-")[0] or name for name in typed}:
            assert f"{referral}/draft/{key}?check=1#{name}" in changes, name
    police.get(f"{referral}/draft/worries?check=1")
    police.submit(action="continue", why_worried="More has come out.")
    assert heading(police) == "Check your answers"
    assert "More has come out." in police.text()


def test_a_referral_that_is_not_finished_is_not_sent(browser: BrowserFor, sqlite_service: Service) -> None:
    police = browser(people.POLICE)
    referral = begin(police)
    write(police, referral, {"aware": {"not_aware_reason": ""}})
    assert "cannot be sent yet" in police.text()
    assert police.page.find("form", action=f"{referral}/send") is None
    police.get("/referrals/start")
    assert police.post(f"{referral}/send").status_code == 422
    assert "There is a problem" in police.text()
    assert count(sqlite_service, Duty) == 0
    police.get(f"{referral}/sent")
    assert heading(police) == "Check your answers"


def test_sending_twice_sends_one_referral(browser: BrowserFor, sqlite_service: Service) -> None:
    police = browser(people.POLICE)
    referral = begin(police)
    write(police, referral)
    token = police.token()
    for _ in range(2):
        assert police.post(f"{referral}/send", follow=False, csrf_token=token).status_code == 302
        police.get(f"{referral}/sent")
        assert heading(police) == "Referral sent"
    assert count(sqlite_service, Referral) == count(sqlite_service, Duty) == 1
    receipts = OutgoingMessage.kind == MessageKind.REFERRAL_RECEIPT
    assert count(sqlite_service, OutgoingMessage, receipts) == 1


def test_going_back_after_sending_changes_nothing(browser: BrowserFor) -> None:
    police, lead = browser(people.POLICE), browser(people.LEAD)
    referral = begin(police)
    write(police, referral)
    police.submit()
    police.get("/referrals/start")
    token = police.token()
    worry = {**STEPS["worries"], "why_worried": "Something else."}
    for action in ("continue", "later"):
        police.post(f"{referral}/draft/worries", csrf_token=token, action=action, **worry)
        assert heading(police) == "Referral sent"
    for page in ("draft", "draft/worries", "check"):
        police.get(f"{referral}/{page}")
        assert heading(police) == "Referral sent"
    lead.get(referral)
    assert "She is collected by car." in lead.text()
    assert "Something else." not in lead.text()


def test_the_draft_of_another_agency_is_not_to_be_found_or_written_to(browser: BrowserFor) -> None:
    police, health = browser(people.POLICE), browser(people.HEALTH)
    referral = begin(police)
    write(police, referral)
    health.get("/referrals/start")
    token = health.token()
    for page in ("draft", "draft/worries", "check", "sent"):
        health.get(f"{referral}/{page}", status=404)
    for page in ("draft/worries", "send"):
        answer = health.post(f"{referral}/{page}", csrf_token=token, **STEPS["worries"])
        assert answer.status_code == 404
    police.get(f"{referral}/check")
    assert "Send the referral" in police.text()
    police.get(f"{referral}/draft/no-such-step", status=404)


def test_no_answer_becomes_part_of_a_page(browser: BrowserFor) -> None:
    police, lead = browser(people.POLICE), browser(people.LEAD)
    referral = begin(police)
    words = (
        "first_name", "last_name", "also_known_as", "address", "school", "contact", "age_reason", "why_worried",
        "seen_details", "who_knows_details", "not_aware_reason", "young_person_view", "referrer_name", "referrer_role",
    )  # fmt: skip
    hostile = {key: {name: SCRIPT for name in (*typed, "age_reason") if name in words} for key, typed in STEPS.items()}
    hostile["about-you"]["referrer_phone"] = f"{SCRIPT}0207946"
    impossible = {"nhs_number": SCRIPT, "postcode": SCRIPT, **dated("born", SCRIPT, SCRIPT, SCRIPT)}
    # The browser refuses every page with a script of its own.
    assert police.submit(action="continue", **hostile["young-person"], **impossible).status_code == 422
    assert len(police.errors()) == 5
    write(police, referral, hostile)
    police.submit()
    police.get(referral)
    for path in ("/", "/referrals/", referral, f"{referral}/decide", f"{referral}/accept"):
        lead.get(path)
    lead.submit(sure="y", note=SCRIPT)
    shown: list[Browser] = [lead, police]
    police.get(referral)
    for each in shown:
        assert SCRIPT in each.text()
        assert each.response is not None
        assert SCRIPT not in each.response.get_data(as_text=True)
    lead.get("/cases/")
    assert f"{SCRIPT} {SCRIPT}" in lead.text()
