"""What several agencies do together in the demo: a panel over several young people, an action that changes hands."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from cse_tracker.actions import commands as actions
from cse_tracker.actions import queries as action_queries
from cse_tracker.actions.model import OPEN
from cse_tracker.agenda import commands as agenda
from cse_tracker.cases import queries as case_queries
from cse_tracker.demo.accounts import BOROUGH
from cse_tracker.demo.stage import Stage, working_time
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings.commands import calling
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.reference import reference

ON_PANEL: Final = 6


def call_panel(stage: Stage, now: datetime) -> None:
    """Call a panel over several young people next week, and begin to put the police's pack together."""
    starts = working_time(now + timedelta(days=9), earlier_than=now + timedelta(days=20)) + timedelta(hours=3)
    with stage.at(now - timedelta(hours=3), stage.cast.lead) as work:
        about = sorted(case_queries.open_at(work, BOROUGH, work.now), key=lambda case: case.head.level or 0)[-ON_PANEL:]
        posts = identity.post_holders(work, borough_gss=BOROUGH, kind=PostKind.MEETING_CONTACT)
        agencies = identity.agencies(work, [post.agency_id for post in posts])
        call = calling.Call(
            id=uuid4(),
            type_key="exploitation_panel",
            starts_at=starts,
            minutes=120,
            place="Town Hall, room 2.14",
            purpose="",
            agency_ids=tuple(agencies),
        )
        rows = [case_queries.open_case(work, case.id, for_change=True).case for case in about]
        meeting = calling.schedule_about(work, rows, call, borough_gss=BOROUGH)
        agenda.begin_pack(work, meeting, agency_id=stage.cast.partners[0].agency_id or meeting.invitations[0].agency_id)


def hand_on_an_action(stage: Stage, now: datetime) -> None:
    """Let an open action be offered to another agency, which takes it over."""
    actors = {actor.agency_id: actor for actor in (stage.cast.lead, *stage.cast.partners) if actor.agency_id}
    with stage.at(now - timedelta(hours=2), stage.cast.lead) as work:
        action = next(each for each in action_queries.in_sight(work) if each.state in OPEN)
        asked = next(agency for agency in actors if agency != action.owner_agency_id)
        actions.offer(work, action, agency_id=asked, reason="They see the young person every week.")
    with stage.at(now - timedelta(hours=1), actors[asked]) as work:
        theirs = action_queries.open_action(work, action.id, for_change=True)
        protocol, meeting = protocols.in_force(work, BOROUGH), reference("M", theirs.meeting_id)
        actions.answer_offer(work, theirs, taken=True, note="", reference=meeting, protocol=protocol)
