"""People and agencies that change around a meeting: organisers who leave, absent chairs, actions that change hands."""

from uuid import UUID

from sqlalchemy import select

from cse_tracker.actions.model import Action, ActionState
from cse_tracker.app import Service
from cse_tracker.duties.model import OPEN, Duty
from cse_tracker.identity.model import User
from cse_tracker.jobs import meetings as jobs
from cse_tracker.meetings.model import AgendaItem, Meeting, MeetingState
from cse_tracker.minutes.model import MinuteSection
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, count, dated

PASTED = "\ufeff\uf0b7\u00a0Agreed\x0b“quoted”\x07 " * 50_000


def at_level_two(service: Service) -> UUID:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case.id


def when(day: str) -> Typed:
    return {"starts_at": "2:30pm", **dated("starts_on", day, "11", "2026")}


def call(lead: Browser, case_id: UUID, **more: object) -> str:
    lead.get(f"/meetings/call/{case_id}")
    lead.submit(place="Room 4", purpose="Plan together", **when("24"), **more)
    assert lead.response is not None
    assert lead.response.request.path.startswith("/meetings/"), lead.errors()
    return lead.response.request.path


def the(service: Service, path: str) -> Meeting:
    with people.working(service, reading=True) as work:
        meeting = work.session.get_one(Meeting, UUID(path.split("/")[2]))
        assert meeting.state
        return meeting


def user_of(service: Service, email: str) -> UUID:
    with service.app.app_context():
        found = people.actor(service, email).user_id
    assert found is not None
    return found


def switch_off(service: Service, email: str) -> None:
    gone = user_of(service, email)
    with people.working(service) as work:
        work.session.get_one(User, gone).active = False


def came(lead: Browser, *absent: str) -> Typed:
    """Everybody attended but those agencies whose name begins like this."""
    found = {}
    for legend in lead.page.select("fieldset:has(input[name^=attendance_])"):
        agency = legend.legend.get_text(strip=True) if legend.legend else ""
        away = any(agency.startswith(each) for each in absent)
        found[str(legend.select("input")[0]["name"])] = "absent" if away else "attended"
    return found


def test_whoever_leads_takes_over_a_meeting_whose_organiser_has_left(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    service = sqlite_service
    path = call(browser(people.LEAD), at_level_two(service))
    deputy, police = browser(people.DEPUTY), browser(people.POLICE)
    deputy.get(path)
    assert "Take it over" not in deputy.text()
    switch_off(service, people.LEAD)
    # Answers go to whoever leads now, even before anybody has taken it over.
    police.get(f"{path}/reply")
    police.submit(reply="declined", note="In court that day")
    assert police.errors() == []
    second = user_of(service, people.DEPUTY)
    assert count(
        service,
        OutgoingMessage,
        OutgoingMessage.kind == MessageKind.MEETING_NOTICE,
        OutgoingMessage.recipient_id == second,
    ) == 1  # fmt: skip
    police.post(f"{path}/take-over", csrf_token=police.token(), follow=False)
    assert the(service, path).organiser_id != user_of(service, people.POLICE)
    deputy.get(path)
    assert "does not lead this borough any more" in deputy.text()
    deputy.submit(_form=next(at for at, form in enumerate(forms(deputy)) if "take" in form))
    found = the(service, path)
    assert (found.organiser_id, found.chair_id, found.calendar_sequence) == (second, second, 0)
    assert "You organise this meeting now" in deputy.text()
    assert "does not lead this borough any more" not in deputy.text()


def forms(browser: Browser) -> list[str]:
    """Where the forms of a page lead."""
    return [str(form.get("action")) for form in browser.page.select("main form")]


def test_an_absent_chair_is_asked_after_and_somebody_who_came_is_named(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    health = user_of(service, people.HEALTH)
    path = call(browser(people.LEAD), at_level_two(service), chair=str(health))
    clock.set(2026, 11, 24, 16)
    lead = browser(people.LEAD)
    lead.get(f"{path}/record")
    lead.submit(decisions="The school watches the gate.", **came(lead, "Homerton"))
    assert lead.errors() == ["The chair was not there. Select who chaired instead"]
    assert lead.page.find("textarea", {"name": "decisions"}).get_text().strip() == "The school watches the gate."  # type: ignore[union-attr]
    lead.submit(chair=str(user_of(service, people.LEAD)))
    found = the(service, path)
    assert (found.state, found.chair_id) == (MeetingState.HELD_QUORATE, user_of(service, people.LEAD))
    lead.get(path)
    assert "Somebody else chaired than was planned" in lead.text()


def an_action_of_the_police(service: Service, browser: BrowserFor, clock: Clock) -> tuple[str, str]:
    """A meeting with one action; gives where the action is, and the police's id."""
    path = call(browser(people.LEAD), at_level_two(service))
    clock.set(2026, 11, 24, 16)
    lead = browser(people.LEAD)
    lead.get(f"{path}/record")
    owner = next(str(o["value"]) for o in lead.page.select("select option") if "Metropolitan" in o.get_text())
    lead.submit(decisions="Plan", action_1="Visit", owner_1=owner, **dated("due_1", "1", "12", "2026"), **came(lead))
    assert lead.errors() == []
    with people.working(service, reading=True) as work:
        return f"/actions/{work.session.scalars(select(Action.id)).one()}", owner


def test_an_action_changes_hands_only_when_the_other_agency_accepts(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    here, owner = an_action_of_the_police(service, browser, clock)
    lead, police, health = browser(people.LEAD), browser(people.POLICE), browser(people.HEALTH)
    health.get(here, status=404)

    def offer() -> None:
        police.get(f"{here}/offer")
        other = next(str(o["value"]) for o in police.page.select("option") if "Homerton" in o.get_text())
        police.submit(agency=other)
        assert police.errors() == ["Enter why another agency should do it"]
        police.submit(agency=other, note="They know her")

    def owners() -> set[str]:
        with people.working(service, reading=True) as work:
            action = work.session.scalars(select(Action)).one()
            owing = select(Duty).where(Duty.id == action.duty_id, Duty.state.in_(OPEN))
            return {str(action.owner_agency_id), *(str(duty.owner_agency_id) for duty in work.session.scalars(owing))}

    offer()
    assert owners() == {owner}
    health.get(f"{here}/leave")
    health.submit()
    assert health.errors() == ["Enter why your agency cannot take it over"]
    health.submit(note="Nobody is free")
    # It is hers to see no more, so she is told on her list.
    assert "Recorded" in health.text()
    assert owners() == {owner}
    health.get(here, status=404)
    offer()
    health.get(f"{here}/take")
    health.submit()
    assert owners() != {owner}
    assert len(owners()) == 1
    police.get(here, status=404)
    lead.get(here)
    assert "They know her" in lead.text()


def test_an_agency_that_was_asked_cannot_take_up_what_is_done(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    here, owner = an_action_of_the_police(service, browser, clock)
    police, health = browser(people.POLICE), browser(people.HEALTH)
    police.get(f"{here}/offer")
    other = next(str(o["value"]) for o in police.page.select("option") if "Homerton" in o.get_text())
    police.submit(agency=other, note="They know her")
    health.get(f"{here}/take")
    police.get(f"{here}/done")
    police.submit(note="Visited, log 12")
    assert health.submit().status_code == 404
    with people.working(service, reading=True) as work:
        action = work.session.scalars(select(Action)).one()
        assert (action.state, str(action.owner_agency_id)) == (ActionState.DONE, owner)


def test_meetings_about_a_group_and_about_places_are_called_as_their_kind_asks(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    service = sqlite_service
    cases = [str(people.open_case(service, first_name=name).id) for name in ("Keira", "Leon")]
    lead = browser(people.LEAD)
    lead.get("/meetings/call-panel")
    everybody = [str(box["value"]) for box in lead.page.select("input[name=agencies]")]
    lead.submit(type_key="group_planning", cases=cases[:1], agencies=everybody, place="Room 4", **when("24"))
    assert lead.errors() == ["Select at least two cases: this meeting is about a group"]
    lead.submit(cases=cases, themes="Hotels")
    assert lead.errors() == ["Only a panel speaks of places, themes and people of concern"]
    lead.submit(cases=cases, themes="")
    assert "is called" in lead.text(), lead.errors()
    lead.get("/meetings/call-panel")
    lead.submit(type_key="macro_map", cases=[], agencies=everybody, place="Town Hall", **when("25"))
    assert lead.errors() == ["Put at least one case or subject on the agenda"]
    lead.submit(places="Car park behind the station", people="The driver of the grey van")
    assert "is called" in lead.text(), lead.errors()
    path = lead.response.request.path if lead.response else ""
    assert count(service, AgendaItem, AgendaItem.meeting_id == the(service, path).id) == 2
    police = browser(people.POLICE)
    police.get(path)
    assert "grey van" not in police.text()


def test_minutes_of_a_megabyte_are_answered_with_a_sentence_and_kept_as_typed(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    path = call(browser(people.LEAD), at_level_two(service))
    clock.set(2026, 11, 24, 16)
    lead = browser(people.LEAD)
    lead.get(f"{path}/record")
    lead.submit(decisions="Plan", **came(lead))
    lead.get(f"{path}/minutes")
    lead.submit()
    with people.working(service, reading=True) as work:
        section = work.session.scalars(select(MinuteSection.id).order_by(MinuteSection.ordinal).limit(1)).one()
    lead.get(f"{path}/minutes/sections/{section}")
    assert lead.submit(text=PASTED).status_code == 422
    assert lead.errors()[0].startswith("A section must be 200,000 characters or less: take out ")
    assert lead.page.find("textarea").get_text().count("“quoted”") == 50_000  # type: ignore[union-attr]
    lead.submit(text=PASTED[:100_000])
    assert lead.errors() == []
    with people.working(service, people.LEAD, reading=True) as work:
        kept = work.session.get_one(MinuteSection, section).body.text
    assert "• Agreed\n“quoted”" in kept
    assert not set(kept) & set("\ufeff\uf0b7\u00a0\x0b\x07")


def test_a_pack_of_a_large_panel_says_how_far_it_is(sqlite_service: Service, browser: BrowserFor) -> None:
    service = sqlite_service
    cases = [str(people.open_case(service, first_name=f"First{at}", last_name=f"Last{at}").id) for at in range(12)]
    lead = browser(people.LEAD)
    lead.get("/meetings/call-panel")
    lead.submit(
        type_key="exploitation_panel", cases=cases, place="Town Hall", **when("24"),
        agencies=[str(box["value"]) for box in lead.page.select("input[name=agencies]")],
    )  # fmt: skip
    path = lead.response.request.path if lead.response else ""
    lead.submit(_button="x=y")
    assert "0 of 12 put together" in lead.text()
    lead.get(lead.link("Homerton"))
    pack = lead.response.request.path if lead.response else ""
    with people.working(service, people.LEAD) as work:
        assert jobs.add_parts(work, UUID(pack.rsplit("/", 1)[-1]))
    lead.get(pack)
    assert "Put together: 10 of 12" in lead.text()
    with service.app.app_context():
        jobs.put_packs_together(service.tools)
    lead.get(path)
    assert "put together" not in lead.text()
