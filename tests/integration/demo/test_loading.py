"""The demo data loads on a new store: it is the first thing that whoever tries the product out sees."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from cse_tracker.actions.model import Action
from cse_tracker.agenda.model import Pack
from cse_tracker.app import build
from cse_tracker.cli.opening import open_store
from cse_tracker.demo import loading
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.meetings.model import PRESENT, Meeting, MeetingState
from cse_tracker.records.keys import unlock
from cse_tracker.retention import queries as retention
from tests import people
from tests.store import CHEAP, Clock, MailBag, settings_for


def test_a_new_store_is_filled_once(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    settings = settings_for(f"sqlite:///{tmp_path}/store.sqlite", tmp_path, tmp_path / "root.key")
    service = build(settings, now=clock, passwords=CHEAP, mailer=MailBag())
    open_store(service)
    with service.app.app_context():
        assert loading.load(service.running, CHEAP)
        assert not loading.load(service.running, CHEAP)
        with service.running.work(reading=True) as work:
            meetings = list(work.session.scalars(select(Meeting)))
            unlock(work.session, {meeting.compartment_id for meeting in meetings})
            held = [meeting for meeting in meetings if meeting.is_held]
            came = {
                invitation.body.attendance in PRESENT
                for meeting in held
                for invitation in meeting.invitations
                if invitation.invited_id == meeting.chair_id
            }
            late = work.session.scalar(select(func.count()).where(Duty.state == DutyState.BREACHED))
            in_time = work.session.scalar(select(func.count()).where(Duty.state == DutyState.MET))
            closed = [meeting for meeting in held if meeting.state is MeetingState.CLOSED]
            panels = [meeting for meeting in meetings if meeting.head.type_key == "exploitation_panel"]
            packs = [pack.meeting_id for pack in work.session.scalars(select(Pack))]
            actions = list(work.session.scalars(select(Action)))
            unlock(work.session, {action.compartment_id for action in actions})
            steps = {step.what for action in actions for step in action.body.steps}
        records = people.actor(service, "records@demo.example")
        with service.running.work(records) as work:
            ended = retention.review(work)
            assert ended.due[0].person.head.first_name == "Carly"
            assert (len(ended.due), len(ended.held)) == (1, 1)
    service.store.engine.dispose()
    # A borough that works: what is late can be taken in at a glance, and most minutes were sent.
    assert 10 < (late or 0) < 30
    assert (in_time or 0) > 150
    assert len(closed) > len(held) / 2
    # A panel is called with a pack begun, and an action has changed hands.
    assert packs == [panel.id for panel in panels]
    assert len(packs) == 1
    assert "Took it over" in steps
    assert (len(meetings) > len(held) > 10, came) == (True, {True})
