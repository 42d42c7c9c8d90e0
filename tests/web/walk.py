"""Walks the whole first path through the pages, with canary words in every field that takes words."""

import io
from dataclasses import dataclass, field

from bs4 import BeautifulSoup

from cse_tracker.app import Service
from tests import papers, people
from tests.web.client import Browser

CANARIES = (
    "Zwartkoppie",
    "Quellenstein",
    "Nimbuskraai",
    "Wintergoud",
    "Ochtendmist",
    "Vossenhol",
    "Kwikstaart",
    "Dwaallicht",
    "Gruttoveld",
    "Heidekruid",
    "Ijsvogelbek",
    "Lepelaarsnest",
    "Merelzang",
    "Rietgorsje",
    "Tjiftjafjes",
)
(
    FIRST, LAST, ALIAS, STREET, SCHOOL, WORRY, SEEN, OTHERS, VIEW,
    NOTE, CERTAINTY, EVIDENCE, REASON, DECISION, ACTION,
) = CANARIES  # fmt: skip


@dataclass
class Seen:
    """Everything that the browsers asked for and were shown."""

    urls: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    case_path: str = ""
    referral_path: str = ""
    meeting_path: str = ""


class Watched(Browser):
    """A browser that remembers what it was shown."""

    def __init__(self, service: Service, seen: Seen) -> None:
        super().__init__(service)
        self.seen = seen

    def _inspect(self) -> BeautifulSoup:
        page = super()._inspect()
        assert self.response is not None
        self.seen.urls.append(self.response.request.url)
        # Headers carry where to go next and the cookie.
        self.seen.urls += [f"{name}: {value}" for name, value in self.response.headers]
        self.seen.titles.append(page.title.get_text() if page.title else "")
        self.seen.pages.append(self.response.get_data().decode("utf-8", "replace"))
        return page


def refer(police: Browser) -> str:
    """Make and send a referral; gives its path."""
    police.get("/referrals/start")
    police.submit(borough=people.HACKNEY)
    draft = str(police.response.request.path) if police.response else ""
    police.submit(
        action="continue", first_name=FIRST, last_name=LAST, also_known_as=ALIAS, sex="F", looked_after="no",
        address=f"1 {STREET} Road", school=f"{SCHOOL} School", postcode="e8 1ea", nhs_number="999 000 0018",
        **{"born-day": "3", "born-month": "March", "born-year": "2012"},
    )  # fmt: skip
    police.submit(action="continue", immediate_danger="no", why_worried=f"Seen with {WORRY}")
    police.submit(action="continue", seen=["older_boyfriend", "unexplained_gifts"], seen_details=SEEN, missing="yes")
    police.submit(action="continue", who_knows=["education"], who_knows_details=OTHERS, carer_aware="yes")
    police.submit(action="continue", young_person_aware="yes", young_person_view=VIEW)
    police.submit(action="continue", referrer_phone="020 7946 0000")
    police.submit()
    assert "Referral sent" in police.text()
    return draft.partition("/draft")[0]


def decide(lead: Browser, referral: str) -> str:
    """Accept a referral as a new case; gives the case's path."""
    lead.get(f"{referral}/decide")
    lead.submit(choice="new")
    lead.submit(note=f"Thank you {NOTE}", sure="y")
    assert lead.response is not None
    return lead.response.request.path


def assess(lead: Browser, case: str) -> None:
    """Record certainty, indicators with evidence, and the level that is suggested."""
    lead.get(f"{case}/certainty")
    lead.submit(certainty="indicated", basis="professional_assessment", explanation=CERTAINTY)
    lead.get(f"{case}/indicators")
    lead.submit(observed=["older_boyfriend", "unexplained_gifts"])
    lead.submit(
        source_older_boyfriend="seen", evidence_older_boyfriend=EVIDENCE,
        source_unexplained_gifts="told", evidence_unexplained_gifts="A new phone.",
        narrative="Several signs together.", young_person_view="Not asked yet.",
    )  # fmt: skip
    lead.get(f"{case}/level")
    assert "suggests" in lead.text()
    lead.submit(level="2", reason=REASON)
    assert "Multi-agency planning meeting within 10 working days" in lead.text()


def call_meeting(lead: Browser, case: str, day: str, month: str, year: str, *, another: bool = False) -> str:
    """Call the planning meeting, or another one besides it; gives its path."""
    lead.get(f"/meetings/call/{case.rpartition('/')[2]}")
    lead.submit(
        starts_at="2:30pm", minutes="60", place="Town Hall, room 2.14", purpose="Plan",
        **{"starts_on-day": day, "starts_on-month": month, "starts_on-year": year},
    )  # fmt: skip
    assert lead.response is not None
    if another:
        assert lead.errors()[0].startswith("A meeting of this kind is called for this case already.")
        lead.submit(another="y")
    assert lead.response.status_code == 200, lead.errors()
    return lead.response.request.path


def record_meeting(lead: Browser, meeting: str, due: tuple[str, str, str]) -> None:
    """Record that everybody came, a decision and an action."""
    lead.get(f"{meeting}/record")
    attendance = {
        str(radio["name"]): "attended" for radio in lead.page.find_all("input", type="radio", value="attended")
    }
    owner = lead.page.select_one("#owner_1 option:nth-of-type(2)")
    assert owner is not None
    lead.submit(
        action="continue", decisions=DECISION, action_1=ACTION, owner_1=str(owner["value"]),
        **{"due_1-day": due[0], "due_1-month": due[1], "due_1-year": due[2]}, **attendance,
    )  # fmt: skip
    assert "the duty to hold it is met" in lead.text(), lead.errors()


def look_for(lead: Browser, case: str) -> None:
    """Search, add a file, send one that is refused, and ask other boroughs, with canaries in every word."""
    lead.get("/search/")
    lead.submit(typed=f"{LAST} {FIRST}")
    assert "1 young person found" in lead.text()
    files = f"{case}/files"
    lead.get(files)
    lead.submit(file=(io.BytesIO(papers.pdf(author=ALIAS)), f"{STREET}.pdf"), about=SCHOOL)
    assert "The file is added" in lead.text()
    lead.get(lead.link(STREET))
    lead.get(files)
    lead.submit(file=(io.BytesIO(WORRY.encode()), f"{SEEN}.png"), about=OTHERS)
    assert len(lead.errors()) == 1
    lead.get("/matching/ask")
    born = {"born-day": "3", "born-month": "3", "born-year": "2012"}
    lead.submit(first_name=FIRST, last_name=LAST, reason=f"Because of {WORRY}", **born)
    assert "No other borough" in lead.text()


def walk_the_path(service: Service) -> Seen:
    """Walk from the referral to the statistics, errors and refusals included."""
    seen = Seen()
    police = Watched(service, seen).sign_in(people.POLICE)
    lead = Watched(service, seen).sign_in(people.LEAD)
    manager = Watched(service, seen).sign_in(people.MANAGER)
    seen.referral_path = refer(police)
    lead.get("/")
    lead.get(seen.referral_path)
    seen.case_path = decide(lead, seen.referral_path)
    police.get(seen.referral_path)
    assess(lead, seen.case_path)
    lead.get("/cases/")
    seen.meeting_path = call_meeting(lead, seen.case_path, "16", "11", "2026")
    police.get(seen.meeting_path)
    record_meeting(lead, seen.meeting_path, ("30", "11", "2026"))
    lead.get(seen.meeting_path)
    lead.get(seen.case_path)
    # A second referral of the same young person, so that matching shows what is sealed.
    again = refer(police)
    lead.get(f"{again}/decide")
    lead.submit()
    look_for(lead, seen.case_path)
    # What is refused, and a form that is wrong.
    manager.get(seen.case_path, status=404)
    police.get(seen.case_path, status=404)
    lead.get(f"{seen.case_path}/certainty")
    lead.submit(explanation=CERTAINTY)
    manager.get("/statistics/")
    manager.submit(_button="month=2026-10")
    people.clock_prepares(service)
    manager.get(manager.link("Refresh"))
    manager.get("/estimate/")
    return seen
