"""A referral to a service: only what was chosen leaves, silence is a breach, and the end closes what was shared."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from cse_tracker.app import Service as Running
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.directory import commands as directory
from cse_tracker.directory.model import Service
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.identity import commands as identity_commands
from cse_tracker.identity import queries as identity
from cse_tracker.jobs.deadlines import breach_duties, escalate_duties, watch_outbound
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import answering, following, sending
from cse_tracker.outbound.model import OutboundReferral, Place, StepKind, Via
from cse_tracker.outbound.rules import (
    Agreement,
    DeclineReason,
    GapKind,
    OutboundState,
    Outcome,
    Section,
    Way,
)
from cse_tracker.sharing.model import SharingRecord
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.outbound import acts
from tests.integration.outbound.acts import SPECIALIST
from tests.people import HACKNEY, HEALTH, LEAD, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock


def duties_about(running: Running, outbound_id: Any) -> dict[str, DutyState]:
    with people.working(running, reading=True) as work:
        rows = work.session.scalars(select(Duty).where(Duty.about_id == outbound_id))
        return {row.body.rule_key: row.state for row in rows}


def test_only_the_sections_that_were_chosen_leave_and_the_ledger_says_which(service: Running) -> None:
    outbound_id = acts.sent(service, agreement=Agreement.REFUSED, why_not="She is in danger tonight.")
    with people.working(service, SPECIALIST) as work:
        seen = queries.open_outbound(work, outbound_id)
        words = json.dumps([leaf.lines for leaf in seen.body.left])
    assert "Keira Marsh" in words
    # Neither the address, nor the school, nor what the referrer wrote was chosen.
    for kept in ("Sample Road", "Clapton Park", "much older men", "Collected from school"):
        assert kept not in words
    with people.working(service, LEAD) as work:
        shared = work.session.scalars(select(SharingRecord)).one()
        assert shared.id == seen.body.sharing_id
        assert shared.body.what == "Name, age and sex; What the young person thinks"
        assert "not given" in shared.body.asked
        assert "in danger tonight" in shared.body.asked


def test_what_left_stays_what_it_was_when_the_case_changes(service: Running) -> None:
    outbound_id = acts.sent(service)
    before = acts.look(service, outbound_id, lambda row: row.body.left)
    case_id = acts.look(service, outbound_id, lambda row: row.case_id)
    with people.working(service, reading=True) as work:
        case = work.session.get_one(Case, case_id)
    people.assess(service, case, "missing_once")
    assert acts.look(service, outbound_id, lambda row: row.body.left) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sections": frozenset()}, "Select what the service needs to know"),
        ({"agreement": Agreement.NOT_SOUGHT}, "Enter why you share it all the same"),
        ({"agreement": Agreement.REFUSED, "why_not": " "}, "Enter why you share it all the same"),
    ],
)
def test_a_decision_to_share_says_why(sqlite_service: Running, changes: dict[str, Any], sentence: str) -> None:
    case, service_id = people.open_case(sqlite_service), acts.service_of(sqlite_service)
    with pytest.raises(RuleBroken, match=sentence):
        acts.prepared(sqlite_service, case, service_id, **changes)


def test_what_would_leave_must_be_what_was_chosen(sqlite_service: Running) -> None:
    case, service_id = people.open_case(sqlite_service), acts.service_of(sqlite_service)
    outbound_id = acts.prepared(sqlite_service, case, service_id)
    with people.working(sqlite_service, LEAD) as work:
        outbound = queries.open_outbound(work, outbound_id, for_change=True)
        row = case_queries.open_case(work, case.id, for_change=True)
        more = queries.leaving(work, row, frozenset(Section))
        with pytest.raises(RuleBroken, match="has changed"):
            sending.send(work, outbound, row.case, more)


def test_no_answer_is_a_breach_with_a_chase_and_an_escalation(service: Running, clock: Clock) -> None:
    outbound_id = acts.sent(service)
    assert duties_about(service, outbound_id) == {"EXT_REF_ACK": DutyState.PENDING}
    with service.app.app_context():
        assert watch_outbound(service.tools) == 0
        clock.advance(days=8)
        breach_duties(service.tools)
        assert watch_outbound(service.tools) == 1
        assert watch_outbound(service.tools) == 0
    state, chased = acts.look(service, outbound_id, lambda row: (row.state, row.chased_at))
    assert state is OutboundState.NO_RESPONSE
    assert chased == clock.now
    assert duties_about(service, outbound_id) == {"EXT_REF_ACK": DutyState.BREACHED}
    clock.advance(days=7)
    with service.app.app_context():
        assert escalate_duties(service.tools) == 1
    # A late answer is an answer, and was late for ever.
    acts.act(service, SPECIALIST, outbound_id, answering.acknowledge)
    assert duties_about(service, outbound_id)["EXT_REF_ACK"] is DutyState.MET_LATE


def test_an_acknowledged_referral_must_still_be_answered(service: Running) -> None:
    outbound_id = acts.sent(service)
    acts.act(service, SPECIALIST, outbound_id, answering.acknowledge)
    assert duties_about(service, outbound_id) == {"EXT_REF_ACK": DutyState.MET, "EXT_REF_ANSWER": DutyState.PENDING}
    place = Place(position=4, expected_on=acts.SOON, note="Group on Mondays.")
    acts.act(service, SPECIALIST, outbound_id, lambda w, o: answering.put_on_waiting_list(w, o, place))
    assert duties_about(service, outbound_id)["EXT_REF_ANSWER"] is DutyState.MET
    assert duties_about(service, outbound_id)["EXT_REF_PLACE"] is DutyState.PENDING
    sooner = Place(position=1, expected_on=date(2026, 12, 1))
    acts.act(service, SPECIALIST, outbound_id, lambda w, o: answering.put_on_waiting_list(w, o, sooner))
    assert acts.look(service, outbound_id, lambda row: row.body.place) == sooner
    acts.act(service, SPECIALIST, outbound_id, answering.accept)
    assert set(duties_about(service, outbound_id).values()) == {DutyState.MET}


def test_a_wait_that_is_longer_than_was_said_becomes_late(sqlite_service: Running, clock: Clock) -> None:
    outbound_id = acts.sent(sqlite_service)
    place = Place(position=None, expected_on=date(2026, 11, 20))
    acts.act(sqlite_service, SPECIALIST, outbound_id, lambda w, o: answering.put_on_waiting_list(w, o, place))
    clock.advance(days=6)
    with sqlite_service.app.app_context():
        assert breach_duties(sqlite_service.tools) == 1
    assert duties_about(sqlite_service, outbound_id)["EXT_REF_PLACE"] is DutyState.BREACHED
    for day in (22, 1):
        wrong = Place(position=1, expected_on=date(2026, 11, day))
        with people.working(sqlite_service, SPECIALIST) as work:
            found = queries.open_outbound(work, outbound_id, for_change=True)
            with pytest.raises(RuleBroken, match="in the future"):
                answering.put_on_waiting_list(work, found, wrong)


def test_a_decline_notes_a_gap_and_closes_what_was_shared(service: Running, clock: Clock) -> None:
    outbound_id = acts.sent(service)
    acts.act(
        service,
        SPECIALIST,
        outbound_id,
        lambda w, o: answering.decline(w, o, reason=DeclineReason.NO_CAPACITY, words="Full until spring."),
    )
    with people.working(service, SPECIALIST) as work, pytest.raises(NotFound):
        queries.open_outbound(work, outbound_id)
    with people.working(service, reading=True) as work:
        rows = queries.gap_rows(work, HACKNEY, clock.now, clock.now.replace(hour=23))
        sent = queries.sent_rows(work, HACKNEY, clock.now, clock.now.replace(hour=23))
    assert [(row.kind, row.reason, row.age, row.sex, row.service) for row in rows] == [
        (GapKind.DECLINED, DeclineReason.NO_CAPACITY, 14, "F", "One-to-one support")
    ]
    assert [(row.state, row.answered_at) for row in sent] == [(OutboundState.DECLINED, clock.now)]
    with people.working(service, reading=True) as work:
        assert queries.gap_rows(work, HACKNEY, clock.now.replace(hour=23), clock.now.replace(day=30)) == []


def test_support_ends_with_an_outcome_for_each_need(service: Running) -> None:
    outbound_id = acts.sent(service)
    acts.act(service, SPECIALIST, outbound_id, answering.accept)
    acts.act(service, SPECIALIST, outbound_id, answering.begin)
    acts.act(service, SPECIALIST, outbound_id, lambda w, o: answering.report(w, o, "She came every week."))
    acts.act(service, SPECIALIST, outbound_id, lambda w, o: answering.ask(w, o, "May we go to the school?"))
    acts.act(service, LEAD, outbound_id, lambda w, o: following.reply(w, o, "Yes."))
    one = [("Somewhere safe to stay", Outcome.ACHIEVED)]
    with pytest.raises(RuleBroken, match="for each need"):
        acts.act(
            service, SPECIALIST, outbound_id, lambda w, o: answering.end(w, o, early=False, outcomes=one, words="")
        )
    both = [*one, ("Back at school", Outcome.PARTLY)]
    with pytest.raises(RuleBroken, match="why it ended early"):
        acts.act(
            service, SPECIALIST, outbound_id, lambda w, o: answering.end(w, o, early=True, outcomes=both, words="")
        )
    acts.act(service, SPECIALIST, outbound_id, lambda w, o: answering.end(w, o, early=False, outcomes=both, words=""))
    with people.working(service, LEAD) as work:
        row = queries.open_outbound(work, outbound_id)
        assert row.body.outcomes == tuple(both)
        kinds = [(step.body.kind, step.body.via) for step in queries.steps(work, row)]
    assert kinds == [
        (StepKind.SENT, Via.BOROUGH),
        (StepKind.ACCEPTED, Via.ACCOUNT),
        (StepKind.BEGUN, Via.ACCOUNT),
        (StepKind.REPORTED, Via.ACCOUNT),
        (StepKind.ASKED, Via.ACCOUNT),
        (StepKind.REPLIED, Via.BOROUGH),
        (StepKind.COMPLETED, Via.ACCOUNT),
    ]


def test_a_manager_revokes_whatever_became_of_the_receiver_and_sees_nothing_of_it(service: Running) -> None:
    outbound_id = acts.sent(service)
    with people.working(service) as work:
        identity_commands.switch_off(work, identity.agency_named(work, acts.WITH_ACCOUNT))
    with people.working(service, MANAGER) as work:
        assert [row.id for row in queries.overseen(work)] == [outbound_id]
        with pytest.raises(NotFound):
            queries.open_outbound(work, outbound_id)
        row = queries.to_revoke(work, outbound_id, for_change=True)
        with pytest.raises(RuleBroken, match="Enter why"):
            following.revoke(work, row, reason=" ")
        following.revoke(work, row, reason="Sent to the wrong service.")
    assert acts.look(service, outbound_id, lambda row: row.state) is OutboundState.REVOKED
    assert duties_about(service, outbound_id) == {"EXT_REF_ACK": DutyState.VOID}
    with people.working(service, HEALTH) as work, pytest.raises(NotFound):
        queries.to_revoke(work, outbound_id)


def test_nobody_else_sees_or_answers_it(service: Running) -> None:
    outbound_id = acts.sent(service)
    for email in (POLICE, HEALTH, OTHER_LEAD, MANAGER):
        with people.working(service, email) as work, pytest.raises(NotFound):
            queries.open_outbound(work, outbound_id)
        with people.working(service, email) as work, pytest.raises(NotPermitted):
            answering.accept(work, work.session.get_one(OutboundReferral, outbound_id))
    with people.working(service, HEALTH) as work:
        assert queries.in_sight(work) == queries.received(work) == []
    with people.working(service, MANAGER) as work, pytest.raises(NotPermitted):
        queries.in_sight(work)
    with people.working(service, SPECIALIST) as work:
        assert [row.id for row in queries.in_sight(work)] == [outbound_id]
        with pytest.raises(NotPermitted):
            following.chase(work, queries.open_outbound(work, outbound_id, for_change=True))


def test_a_service_that_closes_sends_back_what_waits_there_and_a_gap_is_noted(service: Running, clock: Clock) -> None:
    waiting, case = acts.sent(service), people.open_case(service, first_name="Amina", nhs_number="")
    with people.working(service, reading=True) as work:
        service_id = work.session.get_one(OutboundReferral, waiting).service_id
    draft = acts.prepared(service, case, service_id)
    with people.working(service) as work:
        directory.close_agency(work, identity.agency_named(work, acts.WITH_ACCOUNT))
    with pytest.raises(RuleBroken, match="service is closed"):
        acts.send(service, draft)
    with pytest.raises(RuleBroken, match="service is closed"):
        acts.prepared(service, case, service_id)
    with service.app.app_context(), pytest.raises(AssertionError):
        people.actor(service, SPECIALIST)
    with service.app.app_context():
        assert watch_outbound(service.tools) == 1
    assert acts.look(service, waiting, lambda row: row.state) is OutboundState.REVOKED
    with people.working(service, reading=True) as work:
        rows = queries.gap_rows(work, HACKNEY, clock.now, clock.now.replace(hour=23))
    assert [row.kind for row in rows] == [GapKind.CLOSED]


def test_a_service_without_an_account_is_reached_by_a_link(sqlite_service: Running) -> None:
    outbound_id = acts.sent(sqlite_service, acts.WITHOUT_ACCOUNT)
    assert acts.look(sqlite_service, outbound_id, lambda row: row.way) is Way.LINK


def test_nothing_of_a_referral_stands_in_plain_text(sqlite_service: Running) -> None:
    acts.sent(sqlite_service)
    with people.working(sqlite_service, reading=True) as work:
        for table in ("outbound_referral", "outbound_step", "sharing_record"):
            rows = work.session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            dumped = repr(rows)
            assert "Keira" not in dumped
            assert "every week" not in dumped


def test_a_second_click_drafts_one(sqlite_service: Running) -> None:
    case, service_id = people.open_case(sqlite_service), acts.service_of(sqlite_service)
    for _ in range(2):
        with people.working(sqlite_service, LEAD) as work:
            row = case_queries.open_case(work, case.id, for_change=True)
            found = work.session.get_one(Service, service_id)
            sending.prepare(work, row.case, found, acts.plan(), outbound_id=case.id)
    with people.working(sqlite_service, LEAD) as work:
        assert len(queries.of_case(work, case.id)) == 1
        sending.discard(work, queries.open_outbound(work, case.id, for_change=True))
    with people.working(sqlite_service, LEAD) as work:
        assert queries.of_case(work, case.id) == []


def told(service: Running, kind: MessageKind) -> int:
    with people.working(service, reading=True) as work:
        return len(list(work.session.scalars(select(OutgoingMessage.id).where(OutgoingMessage.kind == kind))))


def test_the_service_is_told_of_what_it_must_do_and_the_lead_officer_of_what_came_of_it(
    sqlite_service: Running, clock: Clock
) -> None:
    outbound_id = acts.sent(sqlite_service)
    assert told(sqlite_service, MessageKind.OUTBOUND_ARRIVED) == 1
    clock.advance(days=8)
    with sqlite_service.app.app_context():
        breach_duties(sqlite_service.tools)
        watch_outbound(sqlite_service.tools)
    assert told(sqlite_service, MessageKind.OUTBOUND_REMINDER) == 1
    assert told(sqlite_service, MessageKind.OUTBOUND_ALARM) == 1
    acts.act(sqlite_service, LEAD, outbound_id, following.chase)
    assert told(sqlite_service, MessageKind.OUTBOUND_REMINDER) == 2
    acts.act(sqlite_service, SPECIALIST, outbound_id, answering.accept)
    assert told(sqlite_service, MessageKind.OUTBOUND_NEWS) == 1
