"""The main path as its people walk it: from a worry to a decision, a meeting and a month's figures."""

from dataclasses import dataclass

from playwright.sync_api import expect

from cse_tracker.app import Service
from tests import people
from tests.journeys.pages import Person

OLDER = "A much older person is spoken of as boyfriend, girlfriend or friend"
GIFTS = "Money, clothes, phones or other things with no clear source"
REPLY = "Thank you. We will call you today."
POLICE_AGENCY = "Metropolitan Police, Central East"
DECISION = "All agreed a safety plan. Nobody disagreed."
ACTION = "Patrol the bus station after school."
DUTY = "Multi-agency planning meeting within 10 working days"
SAVE, LATER = "Save and continue", "Save and come back later"


@dataclass(frozen=True)
class Referred:
    """Who is referred."""

    first_name: str = "Keira"
    last_name: str = "Marsden"
    born: tuple[str, str, str] = ("3", "April", "2012")


@dataclass(frozen=True)
class Sent:
    """A referral that was sent."""

    reference: str
    path: str


def begin(referrer: Person) -> None:
    """Begin a referral to Hackney from the start page."""
    referrer.open("/")
    referrer.press("Make a referral")
    referrer.pick("Borough", "Hackney")
    referrer.press("Start")


def tell_who(referrer: Person, who: Referred, *, mistaken: bool = False) -> None:
    """Fill in the first step; mistaken, with a date that does not exist, which is then corrected."""
    referrer.expect_heading("The young person")
    referrer.write("First name", who.first_name)
    referrer.write("Last name", who.last_name)
    referrer.choose("Sex", "Female")
    referrer.choose("Are they looked after by a local authority?", "No")
    if mistaken:
        referrer.date("Date of birth", "31", "2", who.born[2])
        referrer.press(SAVE)
        referrer.expect_problem("Date of birth must be a real date")
        expect(referrer.box("First name")).to_have_value(who.first_name)
    referrer.date("Date of birth", *who.born)
    referrer.press(SAVE)


def tell_worries(referrer: Person) -> None:
    """Fill in the second step."""
    referrer.expect_heading("Why you are worried")
    referrer.choose("Is the young person in immediate danger now?", "No")
    referrer.write("Why are you worried?", "She was collected from school by a man in his thirties.")
    referrer.press(SAVE)


def tell_rest(referrer: Person, *, pausing: bool = False) -> None:
    """Fill in steps three to six; pausing, stop in the third and come back to it from the list of drafts."""
    referrer.expect_heading("What has been seen")
    referrer.tick(OLDER)
    if pausing:
        come_back_later(referrer)
        expect(referrer.page.get_by_role("checkbox", name=OLDER)).to_be_checked()
    referrer.choose("Have they been missing from home or care in the last 12 months?", "Not known")
    referrer.press(SAVE)
    referrer.tick("School or college")
    referrer.choose("Does a parent or carer know?", "Yes")
    referrer.press(SAVE)
    referrer.choose("Does the young person know that you are making this referral?", "Yes")
    referrer.press(SAVE)
    referrer.write("Your telephone number", "020 7946 0000")
    referrer.press(SAVE)


def come_back_later(referrer: Person) -> None:
    """Save the step, leave, and find the draft again."""
    referrer.press(LATER)
    referrer.expect_told("is saved. You can come back to it at any time")
    referrer.follow("R-", within=referrer.row("Not sent").locator("td, th").first, exact=False)
    referrer.expect_heading("Your referral so far")
    referrer.follow("What has been seen")


def send(referrer: Person, who: Referred) -> Sent:
    """Check the answers, send them and read the reference."""
    referrer.expect_heading("Check your answers")
    referrer.expect_words(who.first_name, who.last_name)
    referrer.press("Send the referral")
    referrer.expect_heading("Referral sent")
    reference = referrer.main.get_by_role("strong").first.inner_text()
    referrer.follow("See this referral")
    return Sent(reference, referrer.path)


def refer(referrer: Person, who: Referred) -> Sent:
    """Make and send a whole referral without stopping."""
    begin(referrer)
    tell_who(referrer, who)
    tell_worries(referrer)
    tell_rest(referrer)
    return send(referrer, who)


def decide(lead: Person, referral: Sent, choice: str) -> None:
    """Open a referral from the dashboard, compare, and choose."""
    lead.open("/")
    lead.follow(referral.reference, within=lead.table("Referrals to decide"))
    lead.press("Decide")
    lead.choose("What do you decide?", choice)
    lead.press("Continue")


def accept(lead: Person) -> str:
    """Confirm the comparison and accept; gives the case's path."""
    lead.write("What do you want to tell the referrer?", REPLY)
    lead.tick("I have compared this referral with the young people already known")
    lead.press("Accept the referral")
    lead.expect_told("the referrer is told")
    return lead.path


def assess(lead: Person, case: str) -> None:
    """Record certainty, two indicators with their evidence, and level two as the protocol suggests."""
    lead.open(case)
    lead.follow("Change certainty (Risk)")
    lead.choose("Is sexual exploitation indicated or known?", "Indicated: there are signs of it")
    lead.choose("What does this rest on?", "Professional assessment")
    lead.write("What makes you say so?", "The school and the police saw the same man.")
    lead.press("Save")
    lead.press("Assess")
    lead.tick(f"{OLDER} (strong)", GIFTS)
    lead.press("Continue to the evidence")
    for place, evidence in enumerate(("Seen on 1 November.", "A new phone, not explained.")):
        lead.question("How is this known?").nth(place).get_by_role("radio", name="Seen by a professional").check()
        lead.box("What is the evidence?").nth(place).fill(evidence)
    lead.write("What does this add up to?", "Several signs together.")
    lead.write("What does the young person say?", "Nobody has asked them yet.")
    lead.press("Save")
    lead.expect_heading("Decide the level")
    lead.expect_words("suggests Level two")
    lead.page.get_by_role("radio", name="Level two").check()
    lead.write("Why?", "As the protocol suggests.")
    lead.press("Decide")


def call_meeting(lead: Person, case: str, day: tuple[str, str, str]) -> str:
    """Call the planning meeting that is due, with the agencies that the protocol asks for; gives its path."""
    lead.open(case)
    lead.follow("Call this meeting", exact=False)
    lead.date("Date", *day)
    lead.write("Start time", "2:30pm")
    lead.write("Place", "Town Hall, room 2.14")
    lead.press("Call the meeting and send invitations")
    lead.expect_told("the invitations are on their way")
    return lead.path


def record_meeting(lead: Person, meeting: str, due: tuple[str, str, str]) -> None:
    """Record who came, what was decided, and one action for the police."""
    lead.open(meeting)
    lead.press("Record the meeting")
    came = lead.page.get_by_role("radio", name="Attended", exact=True)
    assert came.count() >= 4
    for each in came.all():
        each.check()
    lead.write("What was decided, and who did not agree?", DECISION)
    lead.write("Action 1: what is to be done?", ACTION)
    lead.pick("Action 1: which agency does it?", POLICE_AGENCY)
    lead.date("Action 1: by when?", *due)
    lead.press("Record the meeting")
    lead.expect_told("is recorded, and the duty to hold it is met")


def prepare_figures(manager: Person, service: Service) -> None:
    """Prepare last month's statistics and read them."""
    manager.open("/statistics/")
    manager.press("Prepare October 2026")
    manager.expect_heading("The statistics for October 2026 are being prepared")
    people.clock_prepares(service)
    manager.follow("Refresh")
    manager.expect_told("The statistics for October 2026 are prepared. The lead officer reviews them next")
    manager.expect_heading("Monthly statistics: October 2026 [p]")
    manager.expect_words("Fewer than 5 young people had an open case")
