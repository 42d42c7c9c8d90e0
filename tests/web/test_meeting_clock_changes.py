"""A meeting's move page on either side of a change of the clocks: asked again is who really comes at another time."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cse_tracker.app import Service
from cse_tracker.meetings.model import Meeting
from cse_tracker.notifications.model import MessageKind
from tests import people
from tests.integration.referrals.acts import messages
from tests.store import Clock
from tests.web.conftest import BrowserFor
from tests.web.steps import dated

# Called before the clocks change, held after it: 25 October 2026 and 28 March 2027.
CHANGES = [
    (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 26, 9, tzinfo=UTC), ("27", "10", "2026"), 14),
    (datetime(2027, 3, 23, 9, tzinfo=UTC), datetime(2027, 3, 30, 9, tzinfo=UTC), ("31", "3", "2027"), 13),
]


@pytest.mark.parametrize(("called", "saved", "day", "hour"), CHANGES)
def test_saved_unchanged_after_the_clocks_changed_nobody_is_asked_again(
    sqlite_service: Service,
    browser: BrowserFor,
    clock: Clock,
    called: datetime,
    saved: datetime,
    day: tuple[str, str, str],
    hour: int,
) -> None:
    clock.now = called
    case = people.open_case(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/meetings/call/{case.id}")
    lead.submit(place="Room 4", starts_at="2:30pm", **dated("starts_on", *day))
    assert "2:30pm to 3:30pm" in lead.text(), lead.errors()
    path = lead.response.request.path if lead.response else ""

    def kept() -> tuple[int, datetime]:
        with people.working(sqlite_service, people.LEAD, reading=True) as work:
            meeting = work.session.get_one(Meeting, UUID(path.split("/")[2]))
            return meeting.calendar_sequence, meeting.starts_at

    on, month, year = map(int, day)
    begins = datetime(year, month, on, hour, 30, tzinfo=UTC)
    assert kept() == (0, begins)
    clock.now = saved
    lead = browser(people.LEAD)
    lead.get(f"{path}/move")
    assert lead.page.select_one("input[name=starts_at]")["value"] == "14:30"  # type: ignore[index]
    lead.submit()
    assert "Nothing that others must know has changed" in lead.text(), lead.errors()
    assert (kept(), messages(sqlite_service, MessageKind.MEETING_MOVED)) == ((0, begins), 0)
    # An hour later by everybody's clock is another instant, even where the day's number of hours hides it.
    lead.get(f"{path}/move")
    lead.submit(starts_at="3:30pm", reason="The train is late")
    assert kept() == (1, begins.replace(hour=hour + 1))
    assert messages(sqlite_service, MessageKind.MEETING_MOVED) == 4


def test_the_same_hour_on_the_other_side_of_the_change_is_another_instant(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    clock.set(2026, 10, 20)
    lead, case = browser(people.LEAD), people.open_case(sqlite_service)
    lead.get(f"/meetings/call/{case.id}")
    lead.submit(place="Room 4", starts_at="2:30pm", **dated("starts_on", "23", "10", "2026"))
    path = lead.response.request.path if lead.response else ""
    lead.get(f"{path}/move")
    lead.submit(reason="A week later", **dated("starts_on", "30", "10", "2026"))
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        meeting = work.session.get_one(Meeting, UUID(path.split("/")[2]))
        assert meeting.calendar_sequence == 1
        assert meeting.starts_at == datetime(2026, 10, 30, 14, 30, tzinfo=UTC)
        (move,) = meeting.body.moves
        assert move.to_at - move.from_at == meeting.starts_at - datetime(2026, 10, 23, 13, 30, tzinfo=UTC)
