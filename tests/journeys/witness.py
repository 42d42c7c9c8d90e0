"""Looks at every page that somebody is shown: accessible, no wider than the window, quiet, and all from one place."""

import re
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

HEIGHT = 900
# A refused form or page is answered with one of these, and the browser says so in its console.
REFUSALS = re.compile(r"Failed to load resource: the server responded with a status of (401|403|404|409|422)\b")
ACCESSIBILITY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? '' :
  `${document.documentElement.scrollWidth} > ${window.innerWidth}: ` + [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).slice(0, 3)
    .map(e => e.outerHTML.slice(0, 120)).join(' | ')"""


UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true })"
# What differs between two showings of the same page: ids, references, form tokens.
PASSING = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b[CMR]-[0-9A-Z]{4}-[0-9A-Z]{4}\b|"
    r'(?<=name="csrf_token" value=")[^"]+'
)
# Pages at a width with which axe has found nothing wrong: asking twice about one page is slow.
FAULTLESS: set[tuple[int, str]] = set()
ASK_AXE = "options => axe.run(options).then(found => found.violations)"


@cache
def _axe_script() -> str:
    return str(Axe().axe_script)


@dataclass
class Witness:
    """Sees every page of a journey; `problems` are sentences and must stay empty."""

    base: str
    widths: tuple[int, ...] = (1200,)
    accessible: bool = False
    problems: list[str] = field(default_factory=list)
    pages: int = 0
    asked: int = 0

    def watch(self, page: Page) -> None:
        """Listen to what a browser says and asks for; put axe into each of its pages, before the page's own scripts."""
        if self.accessible:
            page.add_init_script(_axe_script())
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"script failed: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def look(self, page: Page) -> None:
        """Look at the page that is shown, at every width."""
        self.pages += 1
        if self.accessible:
            page.evaluate(UNFOLD)
        for width in self.widths:
            if len(self.widths) > 1:
                page.set_viewport_size({"width": width, "height": HEIGHT})
            where = f"{urlsplit(page.url).path} ({page.title()}) at {width}"
            wide = page.evaluate(TOO_WIDE)
            if wide:
                self.problems.append(f"{where}: {wide}")
            if self.accessible:
                self._ask_axe(page, width, where)

    def _ask_axe(self, page: Page, width: int, where: str) -> None:
        shown = (width, PASSING.sub("", page.content()))
        if shown in FAULTLESS:
            return
        violations = page.evaluate(ASK_AXE, ACCESSIBILITY)
        self.asked += 1
        if not violations:
            FAULTLESS.add(shown)
        for violation in violations:
            nodes = " | ".join(node["html"][:160] for node in violation["nodes"][:3])
            self.problems.append(f"{where}: {violation['id']}: {nodes}")

    def _said(self, message: ConsoleMessage) -> None:
        place = urlsplit(str(message.location.get("url", ""))).path
        refused = REFUSALS.match(message.text) is not None and not place.startswith("/static/")
        if message.type in {"error", "warning"} and not refused:
            self.problems.append(f"console at {place}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.base}/", "data:", "blob:")):
            self.problems.append(f"asked another site: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {urlsplit(response.url).path}")
