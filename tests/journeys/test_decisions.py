"""A second referral is joined to the case that is open, a third is declined, and both referrers hear which and why."""

import pytest
from playwright.sync_api import expect

from cse_tracker.app import Service
from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.path import Referred, Sent
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
ADVICE = "The school’s own counsellor can help. Refer again if older men are seen."


def test_joining_and_declining(sqlite_service: Service, somebody: Somebody, witness: Witness) -> None:
    case = people.open_case(sqlite_service)
    police, health, lead = (somebody(email) for email in (people.POLICE, people.HEALTH, people.LEAD))
    second = path.refer(health, Referred("Kiera", "Marsh", ("3", "3", "2012")))
    third = path.refer(police, Referred("Jordan", "Oyelaran", ("9", "9", "2010")))
    path.decide(lead, second, "The same as number 1")
    lead.expect_heading("Join to a young person you already know")
    expect(lead.answer("Case")).to_have_text(case.reference)
    assert path.accept(lead) == f"/cases/{case.id}"
    lead.expect_words(second.reference, "Keira Marsh")
    _decline(lead, third)
    _hear(health, second, "Accepted", path.REPLY)
    _hear(police, third, "Declined", ADVICE)
    expect(police.answer("Reason")).to_have_text("The threshold is not met")
    assert police.open(second.path) == 404
    assert witness.problems == []


def _decline(lead: Person, referral: Sent) -> None:
    path.decide(lead, referral, "Decline this referral")
    lead.press("Decline the referral")
    lead.expect_problem("Select why the referral is declined")
    lead.choose("Why is it declined?", "The threshold is not met")
    lead.write("What do you want to tell the referrer?", ADVICE)
    lead.press("Decline the referral")
    lead.expect_told("is declined and the referrer is told why")


def _hear(referrer: Person, sent: Sent, outcome: str, words: str) -> None:
    referrer.open("/referrals/")
    expect(referrer.row(sent.reference, within=referrer.table("Decided"))).to_contain_text(outcome)
    referrer.follow(sent.reference)
    expect(referrer.answer("Outcome")).to_have_text(outcome)
    expect(referrer.answer("What you are told")).to_have_text(words)
