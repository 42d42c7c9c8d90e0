"""Emergency access: little is shown, for three hours, told at once, reviewed by another; guessing shows."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.duties import queries as duties
from cse_tracker.emergency import commands, queries
from cse_tracker.emergency.model import EmergencyAccess, Finding, Ground
from cse_tracker.notifications.model import MessageKind
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.closings import acts
from tests.integration.referrals.acts import messages
from tests.store import Clock

WHY = "She is in the waiting room and afraid to leave."


def ask(service: Service, email: str = people.HEALTH, **changes: Any) -> EmergencyAccess:
    answers: dict[str, Any] = {
        "borough_gss": people.HACKNEY, "first_name": "Keira", "last_name": "Marsh", "born": date(2012, 3, 3),
        "ground": Ground.IN_FRONT_OF_ME, "reason": WHY,
    }  # fmt: skip
    with people.working(service, email) as work:
        return commands.ask(work, commands.EmergencyForm(**answers | changes))


def review(service: Service, access: EmergencyAccess, email: str = people.LEAD) -> None:
    with people.working(service, email) as work:
        found = queries.open_for_review(work, access.id, for_change=True)
        commands.review(work, found, finding=Finding.JUSTIFIED, note="Right to ask.")


def test_it_shows_little_for_three_hours_and_the_lead_officers_are_told(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    access = ask(service)
    assert access.case_id == case.id
    assert messages(service, MessageKind.EMERGENCY_NOTICE) == 2
    clock.advance(hours=2, minutes=59)
    with people.working(service, people.HEALTH, reading=True) as work:
        safety = queries.use(work, access.id)
        assert (safety.name, safety.age, safety.lead_officers) == ("Keira Marsh", 14, ("Ruth Okafor", "Sanjay Rao"))
        shown = " ".join(str(value) for value in vars(safety).values())
        assert "older men" not in shown
    for stranger in (people.POLICE, people.LEAD, people.OTHER_LEAD):
        with people.working(service, stranger, reading=True) as work, pytest.raises(NotFound):
            queries.use(work, access.id)
    clock.advance(minutes=1)
    with people.working(service, people.HEALTH, reading=True) as work, pytest.raises(NotFound):
        queries.use(work, access.id)
    with people.working(service, reading=True) as work:
        actions = work.session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == access.id)).all()
        assert sorted(actions) == ["emergency.asked", "emergency.used"]


def test_the_review_is_a_duty_that_only_a_review_meets(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    access = ask(sqlite_service)

    def states() -> list[str]:
        with people.working(sqlite_service, people.LEAD, reading=True) as work:
            found = duties.about(work, case.id)
            return [each.state.value for each in found if each.body.rule_key == "EMERGENCY_REVIEW"]

    assert states() == ["pending"]
    for wrong in (people.HEALTH, people.OTHER_LEAD):
        with pytest.raises(NotFound):
            review(sqlite_service, access, wrong)
    review(sqlite_service, access)
    assert states() == ["met"]
    with pytest.raises(RuleBroken, match="nothing left"):
        review(sqlite_service, access)
    own = ask(sqlite_service, people.LEAD)
    with pytest.raises(RuleBroken, match="Somebody else"):
        review(sqlite_service, own)
    review(sqlite_service, own, people.DEPUTY)


@pytest.mark.parametrize(
    "wrong",
    [{"first_name": "Kai"}, {"last_name": "Marshall"}, {"born": date(2012, 3, 4)}, {"borough_gss": people.ISLINGTON}],
)
def test_who_guesses_finds_nobody_leaves_a_trace_and_is_stopped(sqlite_service: Service, wrong: dict[str, Any]) -> None:
    people.open_case(sqlite_service)
    for _ in range(3):
        access = ask(sqlite_service, **wrong)
        assert access.case_id is None
        with people.working(sqlite_service, people.HEALTH, reading=True) as work, pytest.raises(NotFound):
            queries.use(work, access.id)
    with pytest.raises(RuleBroken, match="three times in a day"):
        ask(sqlite_service)
    assert messages(sqlite_service, MessageKind.EMERGENCY_NOTICE) == 0


def test_three_times_a_day_is_over_a_day(sqlite_service: Service, clock: Clock) -> None:
    people.open_case(sqlite_service)
    for _ in range(3):
        ask(sqlite_service)
    with pytest.raises(RuleBroken):
        ask(sqlite_service)
    clock.advance(hours=24)
    assert ask(sqlite_service).case_id is not None


def test_a_closed_case_is_not_found_and_a_reason_is_needed(sqlite_service: Service) -> None:
    case = acts.ready_case(sqlite_service)
    with pytest.raises(RuleBroken, match="30 characters") as refused:
        ask(sqlite_service, reason="   urgent" + " " * 40)
    assert refused.value.field == "reason"
    acts.close(sqlite_service, case)
    assert ask(sqlite_service).case_id is None
    with pytest.raises(NotPermitted):
        ask(sqlite_service, people.MANAGER)
