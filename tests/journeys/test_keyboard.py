"""Signing in and the first step of a referral with Tab, Space, Enter and typing alone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import people
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
MOST_STOPS = 40
# An outline, a shadow or a border that is there for focus: a keyboard user must see where they are.
MARKED = """e => { const seen = e.matches('input[type=radio], input[type=checkbox]') ? e.nextElementSibling : e;
  const style = [getComputedStyle(seen), getComputedStyle(seen, '::before')];
  return style.some(s => s.outlineStyle !== 'none' || s.boxShadow !== 'none') }"""


class Keyboard:
    """A person without a mouse."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def reach(self, control: Locator) -> None:
        """Press Tab until the control has the focus, and see that it shows it."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            if control.evaluate("e => e === document.activeElement"):
                assert control.evaluate(MARKED), f"no focus mark on {control}"
                return
        raise AssertionError(f"Tab never reaches {control}")

    def write(self, label: str, text: str) -> None:
        """Reach a box and type."""
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def choose(self, question: str, answer: str) -> None:
        """Reach the first answer to a question and take it with Space."""
        radio = self.person.question(question).get_by_role("radio", name=answer, exact=True)
        self.reach(radio)
        self.page.keyboard.press("Space")
        expect(radio).to_be_checked()

    def press(self, control: Locator, key: str = "Enter") -> None:
        """Reach a button or link and press it."""
        self.reach(control)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)


def test_keyboard(somebody: Somebody, witness: Witness) -> None:
    person = somebody()
    person.open("/sign-in")
    keyboard = Keyboard(person)
    _skip_to_the_content(person.page)
    keyboard.write("Email address", people.POLICE)
    keyboard.write("Password", people.PASSWORD)
    keyboard.press(person.page.get_by_role("button", name="Sign in"))
    keyboard.press(person.page.get_by_role("button", name="Make a referral"), "Space")
    keyboard.write("Borough", "Hack")
    expect(person.page.get_by_label("Borough")).to_have_value(people.HACKNEY)
    keyboard.press(person.page.get_by_role("button", name="Start"))
    keyboard.press(person.page.get_by_role("button", name="Save and continue"), "Space")
    _follow_the_summary_of_problems(person)
    _fill_in_the_first_step(keyboard)
    keyboard.press(person.page.get_by_role("button", name="Save and continue"))
    person.expect_heading("Why you are worried")
    assert witness.problems == []


def _skip_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def _follow_the_summary_of_problems(person: Person) -> None:
    summary = person.page.get_by_role("alert").locator("xpath=..")
    expect(summary).to_be_focused()
    person.expect_problem("Enter their first name")
    person.page.keyboard.press("Tab")
    expect(person.page.get_by_role("link", name="Enter their first name")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(person.box("First name")).to_be_focused()


def _fill_in_the_first_step(keyboard: Keyboard) -> None:
    # The summary has led to the first box already.
    keyboard.page.keyboard.type("Keira")
    keyboard.write("Last name", "Marsden")
    for part, text in (("Day", "3"), ("Month", "April"), ("Year", "2012")):
        keyboard.write(part, text)
    keyboard.choose("Sex", "Female")
    keyboard.choose("Are they looked after by a local authority?", "Yes")
