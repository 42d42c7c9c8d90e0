"""A session that ends while a form is being written loses nothing that was typed."""

import pytest
from playwright.sync_api import expect

from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.path import Referred
from tests.journeys.witness import Witness
from tests.store import Clock

pytestmark = pytest.mark.journey
TYPED = "Zoë’s friend said:\n\n  “two men, one car” 🚉 <b>&amp;"
QUESTION = "Why are you worried?"
DANGER = "Is the young person in immediate danger now?"


def test_session_ends_mid_form(somebody: Somebody, witness: Witness, clock: Clock) -> None:
    police = somebody(people.POLICE)
    path.begin(police)
    path.tell_who(police, Referred())
    worries = police.path
    police.choose(DANGER, "Yes")
    police.write(QUESTION, TYPED)
    clock.advance(hours=10, minutes=1)
    police.press(path.SAVE)
    police.expect_heading("Sign in")
    police.expect_words("What you typed has not been lost")
    police.fill_in_sign_in(people.POLICE)
    police.expect_heading("You are signed in again")
    police.press("Send what I typed")
    police.expect_heading("What has been seen")
    police.open(worries)
    expect(police.box(QUESTION)).to_have_value(TYPED)
    expect(police.question(DANGER).get_by_role("radio", name="Yes")).to_be_checked()
    assert witness.problems == []
