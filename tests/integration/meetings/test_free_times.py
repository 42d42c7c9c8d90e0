"""Free times and clashes among the meetings that are kept, against a second opinion that knows them beforehand."""

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, moving
from cse_tracker.meetings.queries import Load, Sought
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.meetings.known import REQUIRED, SCHOOL, SPECIALIST
from tests.people import HACKNEY, HEALTH, LEAD, POLICE
from tests.unit.meetings.free_judge import after_working_days, best, free_starts

ROOMS = ("Room 4", "Room 5, 2nd floor", "")
SAME_ROOM = {"Room 4": " room  4.", "Room 5, 2nd floor": "ROOM 5 2nd floor"}


@dataclass(frozen=True)
class Kept:
    """One meeting that stands in the calendar."""

    id: UUID
    starts: datetime
    ends: datetime
    place: str
    invited: frozenset[str]

    def meets(self, other: "Kept") -> bool:
        """Whether somebody would have to be in two places, or two meetings in one room."""
        together = self.starts < other.ends and other.starts < self.ends
        return together and (bool(self.invited & other.invited) or self.place == other.place != "")


def call(work: Work, case_id: UUID, starts: datetime, minutes: int, place: str, invited: Collection[str],
         who: dict[str, UUID]) -> Kept:  # fmt: skip
    paper = calling.Call(
        id=uuid4(), type_key="strategy_discussion", starts_at=starts, minutes=minutes, place=place, purpose="",
        link="https://video.example/1", agency_ids=tuple(who[email] for email in invited),
        format=MeetingFormat.IN_PERSON if place else MeetingFormat.VIDEO,
    )  # fmt: skip
    found = calling.schedule(work, cases.open_case(work, case_id, for_change=True).case, paper)
    return Kept(found.id, found.starts_at, found.ends_at, place, frozenset(invited))


@contextmanager
def full_calendar(service: Service) -> Iterator[tuple[Work, list[Kept], dict[str, UUID]]]:
    """Three weeks in which much is called and some of it cancelled again; gives what stands, and the agencies."""
    dice = random.Random(2005)
    with service.app.app_context():
        found = {email: people.actor(service, email).agency_id for email in (*REQUIRED, SPECIALIST)}
    who = {email: agency for email, agency in found.items() if agency is not None}
    case_id = people.open_case(service).id
    kept: list[Kept] = []
    with people.working(service, LEAD) as work:
        for number in range(24):
            day = work.now + timedelta(days=dice.randrange(1, 21))
            starts = day.replace(hour=dice.randrange(8, 16), minute=dice.choice([0, 30, 45]))
            # The protocol asks for social care and police at each of them.
            invited = {LEAD, POLICE, *dice.sample([HEALTH, SCHOOL, SPECIALIST], dice.randrange(3))}
            one = call(work, case_id, starts, dice.choice([30, 60, 180]), dice.choice(ROOMS), invited, who)
            if number % 4:
                kept.append(one)
            else:
                moving.cancel(work, queries.open_meeting(work, one.id, for_change=True), reason="In hospital")
    with people.working(service, LEAD, reading=True) as work:
        yield work, kept, who


def test_times_suggested_are_free_for_everybody_and_for_the_room(sqlite_service: Service) -> None:
    with full_calendar(sqlite_service) as (work, kept, who):

        @settings(max_examples=40)
        @given(
            chosen=st.sets(st.sampled_from([HEALTH, SCHOOL, SPECIALIST, POLICE]), min_size=1, max_size=2),
            minutes=st.sampled_from([30, 60, 120]),
            place=st.sampled_from(ROOMS),
            lead=st.integers(0, 5),
            due=st.lists(st.integers(1, 24 * 14), max_size=2),
            left_out=st.none() | st.sampled_from(kept),
        )
        def judged(
            chosen: set[str], minutes: int, place: str, lead: int, due: list[int], left_out: Kept | None
        ) -> None:
            limits = [(f"Duty {hours}", work.now + timedelta(hours=hours)) for hours in due]
            sought = Sought(
                borough_gss=HACKNEY, agency_ids=tuple(who[email] for email in chosen), minutes=minutes,
                lead_working_days=lead, place=SAME_ROOM.get(place, place), due=tuple(limits),
                except_id=left_out.id if left_out else None,
            )  # fmt: skip
            others = [each for each in kept if each != left_out]
            busy = [(x.starts, x.ends) for x in others if x.invited & chosen or (place and x.place == place)]
            earliest = after_working_days(work.now, lead)
            # In time matters more than a long notice.
            if limits and min(at for _, at in limits) < earliest:
                earliest = work.now
            expected = best(free_starts(earliest, minutes, busy), [at for _, at in limits])
            found = queries.suggestions(work, sought)
            assert [(each.starts_at, len(each.late)) for each in found] == expected
            for each in found:
                assert each.late == tuple(label for label, at in limits if each.starts_at > at)
                assert set(each.in_time) | set(each.late) == {label for label, _ in limits}
                assert each.loads == {who[email]: load(others, email, each.starts_at) for email in chosen}

        judged()


def load(kept: Collection[Kept], email: str, at: datetime) -> Load:
    theirs = [each for each in kept if email in each.invited]
    monday = at.astimezone(LONDON).date() - timedelta(days=at.astimezone(LONDON).weekday())
    week = [each for each in theirs if 0 <= (each.starts.astimezone(LONDON).date() - monday).days < 7]
    return Load(len(week), len(theirs))


def test_two_meetings_clash_exactly_where_somebody_or_a_room_is_in_both(sqlite_service: Service) -> None:
    with full_calendar(sqlite_service) as (work, kept, who):
        emails = {agency: email for email, agency in who.items()}
        for one in kept:
            found = {each.meeting.id: each for each in queries.clashes(work, queries.open_meeting(work, one.id))}
            assert found.keys() == {other.id for other in kept if other != one and one.meets(other)}
            for other in (each for each in kept if each.id in found):
                assert {emails[agency] for agency in found[other.id].agency_ids} == one.invited & other.invited
                assert found[other.id].same_room is (one.place == other.place != "")


@pytest.mark.parametrize(
    ("minutes_later", "place", "clashing"),
    [(59, "ROOM 4.", True), (60, "Room 4", False), (30, "Room 5", True), (-90, "Room 4", False), (-60, "Room 4", True)],
)
def test_what_begins_as_the_other_ends_does_not_clash(
    sqlite_service: Service,
    minutes_later: int,
    place: str,
    clashing: bool,  # noqa: FBT001 - a case of the table
) -> None:
    with sqlite_service.app.app_context():
        who = {email: people.actor(sqlite_service, email).agency_id or uuid4() for email in (LEAD, POLICE)}
    case_id = people.open_case(sqlite_service).id
    starts = datetime(2026, 11, 24, 10, tzinfo=UTC)
    with people.working(sqlite_service, LEAD) as work:
        one = call(work, case_id, starts, 60, "Room 4", [LEAD, POLICE], who)
        other = call(work, case_id, starts + timedelta(minutes=minutes_later), 90, place, [LEAD, POLICE], who)
        found = queries.clashes(work, queries.open_meeting(work, one.id))
        assert [each.meeting.id for each in found] == ([other.id] if clashing else [])
