"""A person at a browser, who finds everything by its role and its label and never by how the page is built."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.people import PASSWORD


class Person:
    """Somebody using the service; every page shown to them is passed to `seen`."""

    def __init__(self, page: Page, base: str, seen: Callable[[Page], None]) -> None:
        self.page, self.base, self._tell = page, base, seen
        # An ordered set, of paths.
        self.visited: dict[str, None] = {}

    @property
    def path(self) -> str:
        """Where they are."""
        return urlsplit(self.page.url).path

    @property
    def main(self) -> Locator:
        """The page's own content."""
        return self.page.get_by_role("main")

    def open(self, path: str) -> int:
        """Type an address; gives the status of the answer."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        self._see()
        return answer.status

    def sign_in(self, email: str, path: str = "/") -> "Person":
        """Sign in on the way to a page."""
        self.open(path)
        self.expect_heading("Sign in")
        return self.fill_in_sign_in(email)

    def fill_in_sign_in(self, email: str) -> "Person":
        """Sign in on the page that is shown."""
        self.write("Email address", email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Sign in")
        return self

    def _see(self) -> None:
        self.visited[self.path] = None
        self._tell(self.page)

    # Going on

    def press(self, name: str) -> None:
        """Press a button that sends a form, or a link that looks like one."""
        self._arrive(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str, *, within: Locator | None = None, exact: bool = True) -> None:
        """Follow a link."""
        self._arrive((within or self.page).get_by_role("link", name=name, exact=exact))

    def _arrive(self, control: Locator) -> None:
        with self.page.expect_navigation():
            control.click()
        self._see()

    # Filling in

    def write(self, label: str, text: str) -> None:
        """Fill in a box."""
        self.page.get_by_role("textbox", name=label, exact=True).fill(text)

    def date(self, question: str, day: str, month: str, year: str) -> None:
        """Fill in a date in three boxes."""
        group = self.page.get_by_role("group", name=question, exact=True)
        for part, text in (("Day", day), ("Month", month), ("Year", year)):
            group.get_by_role("textbox", name=part, exact=True).fill(text)

    def choose(self, question: str, answer: str) -> None:
        """Choose one of several answers."""
        self.question(question).get_by_role("radio", name=answer, exact=True).check()

    def pick(self, label: str, answer: str) -> None:
        """Pick from a list."""
        self.page.get_by_role("combobox", name=label, exact=True).select_option(label=answer)

    def tick(self, *labels: str) -> None:
        """Tick boxes."""
        for label in labels:
            self.page.get_by_role("checkbox", name=label, exact=True).check()

    # Reading

    def question(self, words: str) -> Locator:
        """The answers to a question."""
        return self.page.get_by_role("group", name=words, exact=True)

    def box(self, label: str) -> Locator:
        """A box for text."""
        return self.page.get_by_role("textbox", name=label, exact=True)

    def table(self, caption: str) -> Locator:
        """A table by its caption."""
        return self.main.get_by_role("table", name=caption, exact=True)

    def row(self, *words: str, within: Locator | None = None) -> Locator:
        """The row of a table that says all this."""
        rows = (within or self.main).get_by_role("row")
        for each in words:
            rows = rows.filter(has_text=each)
        return rows

    def item(self, words: str) -> Locator:
        """The item of a list that says this."""
        return self.main.get_by_role("listitem").filter(has_text=words)

    def answer(self, key: str) -> Locator:
        """What a summary says about something, and nothing else."""
        term = self.page.get_by_role("term").filter(has_text=re.compile(rf"^\s*{re.escape(key)}\s*$"))
        return self.main.locator("div", has=term).last.get_by_role("definition").first

    def expect_heading(self, words: str) -> None:
        """The page's one first heading."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)

    def expect_words(self, *words: str) -> None:
        """The page's content says this."""
        for each in words:
            expect(self.main).to_contain_text(each)

    def expect_told(self, words: str) -> None:
        """The banner after something was done."""
        expect(self.page.get_by_role("alert").filter(has_text=words)).to_be_visible()

    def expect_problem(self, words: str) -> None:
        """The summary of problems names this one, and so does the page's title."""
        expect(self.page.get_by_role("alert").get_by_role("link", name=words, exact=True)).to_be_visible()
        assert self.page.title().startswith("Error: ")
