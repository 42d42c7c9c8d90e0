"""Calls that come again, in another order, or side by side: each is carried out once, and nothing is half done."""

import threading
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.outbound.model import OutboundReferral, OutboundStep, StepKind
from cse_tracker.outbound.rules import TRANSITIONS, OutboundState
from cse_tracker.systems.rules import Change
from tests import people
from tests.integration.api.acts import Partner, partner
from tests.integration.api.test_webhooks import Receiver, call, hooked
from tests.integration.outbound import acts

ACKNOWLEDGE = ("acknowledgement", {"words": "Thank you"})
ACCEPT = ("answer", {"answer": {"kind": "accept"}})
WAIT = ("answer", {"answer": {"kind": "wait", "expected_on": "2026-12-14", "position": 3}})
DECLINE = ("answer", {"answer": {"kind": "decline", "reason": "no_capacity"}})
LEADS_TO = {
    "acknowledge": (ACKNOWLEDGE, OutboundState.ACKNOWLEDGED),
    "accept": (ACCEPT, OutboundState.ACCEPTED),
    "wait": (WAIT, OutboundState.WAITING_LIST),
    "decline": (DECLINE, OutboundState.DECLINED),
}


def send(system: Partner, outbound_id: UUID, name: str, *, key: str | None = "", **headers: str) -> Any:
    (path, body), _ = LEADS_TO[name]
    return system.post(f"/outbound/{outbound_id}/{path}", body, key=key, **headers)


def state_of(service: Service, outbound_id: UUID) -> OutboundState:
    with people.working(service, reading=True) as work:
        return work.session.get_one(OutboundReferral, outbound_id).state


def steps(service: Service, outbound_id: UUID) -> list[StepKind]:
    with people.working(service, people.LEAD) as work:
        wanted = select(OutboundStep).where(OutboundStep.outbound_id == outbound_id)
        return [step.body.kind for step in work.session.scalars(wanted.order_by(OutboundStep.ordinal))]


def test_a_service_s_system_hears_acknowledges_and_answers(service: Service, receiver: Receiver) -> None:
    system, _, _ = hooked(service, receiver, acts.SPECIALIST)
    outbound_id = acts.sent(service)
    read = system.get(f"/outbound/{outbound_id}")
    assert (read.status_code, read.json["state"]) == (200, "sent")
    assert [each["id"] for each in system.get("/outbound").json["items"]] == [str(outbound_id)]
    assert [each["reference"] for each in system.get("/duties").json["items"]] == [read.json["reference"]]
    first = send(system, outbound_id, "acknowledge", If_Match=read.headers["ETag"])
    assert (first.status_code, first.json["state"]) == (200, "acknowledged")
    late = send(system, outbound_id, "accept", If_Match=read.headers["ETag"])
    assert (late.status_code, late.json["code"]) == (412, "changed")
    fresh = system.get(f"/outbound/{outbound_id}").headers["ETag"]
    assert send(system, outbound_id, "accept", If_Match=fresh).json["state"] == "accepted"
    while call(service):
        pass
    assert receiver.told[0] == (Change.OUTBOUND_SENT.value, read.json["reference"])
    health = partner(service, people.HEALTH)
    assert {health.get(f"/outbound/{outbound_id}").status_code, send(health, outbound_id, "accept").status_code} == {
        404
    }


def test_in_whatever_order_calls_come_each_is_done_once_or_refused(sqlite_service: Service) -> None:
    """Keys come again, with the same call or another; the state is where the calls that were taken lead."""
    system = partner(sqlite_service, acts.SPECIALIST)
    service_id = acts.service_of(sqlite_service)
    case = people.open_case(sqlite_service)
    calls = st.tuples(st.sampled_from(sorted(LEADS_TO)), st.integers(0, 3))

    @settings(max_examples=15, deadline=None, database=None)
    @given(st.lists(calls, min_size=3, max_size=8))
    def walk(sent: list[tuple[str, int]]) -> None:
        outbound_id = acts.prepared(sqlite_service, case, service_id)
        acts.send(sqlite_service, outbound_id)
        state, kept = OutboundState.SENT, dict[int, tuple[str, bytes]]()
        for name, number in sent:
            answer = send(system, outbound_id, name, key=f"{outbound_id.hex}-{number}")
            wanted = LEADS_TO[name][1]
            if number in kept and kept[number][0] == name:
                assert (answer.status_code, answer.get_data()) == (200, kept[number][1])
            elif number in kept and state is not OutboundState.DECLINED:
                assert (answer.status_code, answer.json["code"]) == (422, "idempotency.reused")
            elif wanted in TRANSITIONS[state] and number not in kept:
                assert (answer.status_code, answer.json["state"]) == (200, wanted.value), answer.json
                state, kept[number] = wanted, (name, answer.get_data())
            else:
                assert answer.status_code in {404, 409, 422}
            assert state_of(sqlite_service, outbound_id) is state
        assert len(steps(sqlite_service, outbound_id)) == 1 + len(kept)

    walk()


def test_side_by_side_one_answer_is_taken(service: Service) -> None:
    outbound_id = acts.sent(service)
    system, found = partner(service, acts.SPECIALIST), []
    start = threading.Barrier(6)

    def go(name: str) -> None:
        own = Partner(service, system.system_id, system.token)
        start.wait()
        found.append(send(own, outbound_id, name))

    threads = [threading.Thread(target=go, args=[name]) for name in ("accept", "decline") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [answer for answer in found if answer.status_code == 200]
    assert len(taken) == 1
    assert {answer.status_code for answer in found} <= {200, 404, 409}
    assert state_of(service, outbound_id).value == taken[0].json["state"]
    assert len(steps(service, outbound_id)) == 2


def test_without_a_key_nothing_moves(sqlite_service: Service) -> None:
    outbound_id = acts.sent(sqlite_service)
    system = partner(sqlite_service, acts.SPECIALIST)
    for name in LEADS_TO:
        answer = send(system, outbound_id, name, key=None)
        assert (answer.status_code, answer.json["code"]) == (400, "idempotency.key")
    assert state_of(sqlite_service, outbound_id) is OutboundState.SENT
