"""The witness itself: each kind of fault that it is there to see is put into a page, and it complains."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Somebody
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
ELSEWHERE = "http://127.0.0.1:9/"
ADD = "const added = document.createElement('{}'); {}; document.body.append(added)"
FAULTS = {
    "image-alt": ADD.format("img", "added.src = '/static/icon.svg'"),
    "color-contrast": "document.querySelectorAll('label').forEach(each => { each.style.color = '#bbb' })",
    "> 320": "document.querySelector('h1').textContent = 'x'.repeat(60)",
    "Content Security Policy": ADD.format("script", "added.text = '1'"),
    "asked another site": f"location.href = '{ELSEWHERE}'",
    "script failed": "setTimeout(() => { throw new Error('a fault') })",
    "console at /static/": ADD.format("img", "added.alt = ''; added.src = '/static/nothing.svg'"),
}


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at both widths and asks axe."""
    return Witness(site, widths=(1200, 320), accessible=True)


def test_the_witness_sees_every_kind_of_fault(somebody: Somebody, witness: Witness) -> None:
    person = somebody()
    person.open("/sign-in")
    assert witness.problems == []
    # Answered with nothing at all, so that the page stays.
    person.page.route(ELSEWHERE, lambda route: route.fulfill(status=204))
    for complaint, fault in FAULTS.items():
        witness.problems.clear()
        person.page.goto(f"{person.base}/sign-in")
        _look_after(person.page, fault, witness)
        assert any(complaint in problem for problem in witness.problems), (complaint, witness.problems)


def _look_after(page: Page, fault: str, witness: Witness) -> None:
    page.evaluate(f"() => {{ {fault} }}")
    # Long enough for the browser to say what it has to say.
    page.wait_for_timeout(200)
    witness.look(page)
