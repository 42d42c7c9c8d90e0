"""The door for partner systems: who is let in, what is refused, and that nothing is lost or done twice."""

import json
import logging
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from cse_tracker.api.limits import Limits
from cse_tracker.api.schemas import Problem
from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity.model import User
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Referral
from cse_tracker.systems import commands, queries
from cse_tracker.systems.model import KeptAnswer, SystemToken
from cse_tracker.systems.rules import Scope
from cse_tracker.triage import commands as triage
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.integration.api.acts import BASE, Partner, partner, referral
from tests.integration.referrals.acts import count
from tests.store import Clock

KEY = "a-key-of-enough-length"


def ask(service: Service, referral_id: str) -> None:
    with people.working(service, people.LEAD) as work:
        triage.ask(
            work, referral_queries.open_referral(work, UUID(referral_id), for_change=True), "Where does she live?"
        )


def sent(service: Service) -> int:
    return count(service, Referral)


def test_a_referral_is_submitted_once_however_often_it_is_sent(service: Service) -> None:
    police = partner(service)
    first = police.post("/referrals", referral(), key=KEY)
    again = police.post("/referrals", referral(), key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_data() == first.get_data()
    assert (again.headers["Location"], again.headers["Idempotent-Replayed"]) == (first.headers["Location"], "true")
    assert "Idempotent-Replayed" not in first.headers
    # Written anew, with its parts in another order.
    turned = police.post("/referrals", dict(reversed(referral().items())), key=KEY)
    assert (turned.status_code, turned.get_data()) == (201, first.get_data())
    other = police.post("/referrals", referral(first_name="Amina"), key=KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.reused")
    assert sent(service) == 1
    assert police.get(first.headers["Location"].removeprefix(BASE)).json["reference"] == first.json["reference"]


def test_of_requests_side_by_side_under_one_key_one_is_carried_out(service: Service) -> None:
    police, found = partner(service), []
    start = threading.Barrier(6)

    def send() -> None:
        own = Partner(service, police.system_id, police.token)
        start.wait()
        found.append(own.post("/referrals", referral(), key=KEY))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in found} == {201}
    assert len({answer.get_data() for answer in found}) == 1
    assert sent(service) == 1
    with people.working(service, reading=True) as work:
        assert work.session.scalar(select(func.count()).select_from(KeptAnswer)) == 1


def test_a_key_is_a_system_s_own_and_ends_after_a_month(sqlite_service: Service, clock: Clock) -> None:
    one, other = partner(sqlite_service), partner(sqlite_service, people.HEALTH)
    one.refer(key=KEY)
    other.refer(key=KEY)
    assert sent(sqlite_service) == 2
    clock.advance(days=31)
    with people.working(sqlite_service) as work:
        assert commands.forget_answers(work) == 2
        assert commands.forget_answers(work) == 0


def test_without_a_key_nothing_is_changed(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    for key in (None, "short", "x" * 65, "a key with spaces in it"):
        answer = police.post("/referrals", referral(), key=key)
        assert (answer.status_code, answer.json["code"]) == (400, "idempotency.key")
    assert sent(sqlite_service) == 0


def problem(answer: Any) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
    found = Problem.model_validate(answer.json)
    assert found.status == answer.status_code
    told: dict[str, Any] = answer.json
    return told


def test_tokens_that_are_wrong_expired_ended_or_of_another_scope_let_nobody_in(
    sqlite_service: Service, clock: Clock
) -> None:
    police = partner(sqlite_service)
    good = police.token
    for token in ("", "cst_", good[:-1], good + "x", good.upper(), "cst_" + "é" * 43):
        police.token = token
        answer = police.get("/referrals")
        assert problem(answer)["code"] == "token.needed"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    narrow = partner(sqlite_service, scopes=[Scope.REFERRALS_READ], name="Narrow")
    assert problem(narrow.post("/referrals", referral()))["code"] == "token.scope"
    assert narrow.get("/referrals").status_code == 200
    police.token = good
    with people.working(sqlite_service) as work:
        (row,) = queries.tokens_of(work, police.system_id)
        fresh = commands.rotate_token(work, row, life=timedelta(days=90))
    assert police.get("/referrals").status_code == 200, "the old one goes on beside the new one"
    clock.advance(days=8)
    assert police.get("/referrals").status_code == 401
    police.token = fresh
    assert police.get("/referrals").status_code == 200
    with people.working(sqlite_service) as work:
        for row in queries.tokens_of(work, police.system_id):
            commands.end_token(work, row)
    assert police.get("/referrals").status_code == 401
    with people.working(sqlite_service) as work:
        commands.close(work, queries.system(work, narrow.system_id))
    assert narrow.get("/referrals").status_code == 401


def test_no_token_is_kept_and_none_lives_for_ever(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    with people.working(sqlite_service) as work:
        (row,) = queries.tokens_of(work, police.system_id)
        assert police.token.encode() not in row.token_digest
        assert len(row.token_digest) == 32
        kept = work.session.execute(select(SystemToken.__table__)).one()
        assert police.token not in map(str, kept)
        with pytest.raises(RuleBroken):
            commands.give_token(work, queries.system(work, police.system_id), scopes=Scope, life=timedelta(days=400))
    with pytest.raises(Exception, match="not allow"), people.working(sqlite_service, people.LEAD) as work:
        queries.systems(work)


def test_another_agency_s_referral_does_not_exist(sqlite_service: Service) -> None:
    police, health = partner(sqlite_service), partner(sqlite_service, people.HEALTH)
    made = police.refer()
    path = f"/referrals/{made['id']}"
    assert problem(health.get(path))["code"] == "not_found"
    assert health.get("/referrals").json["items"] == []
    nowhere = health.get("/referrals/00000000-0000-4000-8000-000000000000")
    seen, unseen = problem(nowhere), problem(health.get(path))
    assert {**seen, "request": ""} == {**unseen, "request": ""}
    with people.working(sqlite_service, reading=True) as work:
        refused = select(func.count()).where(AuditEntry.action == "access.refused")
        assert work.session.scalar(refused) == 3


def test_what_is_wrong_is_named_and_never_repeated(sqlite_service: Service, caplog: pytest.LogCaptureFixture) -> None:
    police = partner(sqlite_service)
    wrong = [
        (referral(extra="Zwaantje"), "/extra"),
        (referral(young_person={"nickname": "Zwaantje"}), "/young_person/nickname"),
        (referral(young_person={"first_name": ""}), "/young_person/first_name"),
        (referral(first_name="\u0007"), "/young_person/first_name"),
        (referral(borough="E08000001"), "/borough"),
        (referral(born="2030-01-01"), "/young_person/date_of_birth"),
        (referral(born="1980-01-01"), "/young_person/date_of_birth"),
        (referral(born=946684800), "/young_person/date_of_birth"),
        (referral(young_person={"nhs_number": "9990000019"}), "/young_person/nhs_number"),
        (referral(seen={"indicators": ["Zwaantje"], "missing": "no"}), "/seen/indicators"),
        (referral(aware={"young_person_aware": "no"}), "/aware/not_aware_reason"),
        (referral(referrer={"name": "A", "role": "B", "phone": "1"}), "/referrer/phone"),
        (referral(worries={"immediate_danger": "yes", "why_worried": "Zwaantje"}), "/worries/immediate_danger"),
    ]
    with caplog.at_level(logging.DEBUG):
        for body, pointer in wrong:
            found = problem(police.post("/referrals", body))
            assert found["status"] == 422, pointer
            assert [each["pointer"] for each in found["errors"]] == [pointer]
            assert "Zwaantje" not in json.dumps(found)
    assert "Zwaantje" not in caplog.text
    assert sent(sqlite_service) == 0


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b'{"borough": "\\ud800"}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b"null", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_bodies_that_are_not_what_they_should_be(sqlite_service: Service, raw: bytes, kind: str, status: int) -> None:
    police = partner(sqlite_service)
    headers = {"Authorization": f"Bearer {police.token}", "Idempotency-Key": KEY, "Content-Type": kind}
    answer = police.client.post(f"{BASE}/referrals", data=raw, headers=headers)
    assert problem(answer)["status"] == status


def test_what_is_not_there_is_a_problem_too(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    assert problem(police.get("/nothing"))["status"] == 404
    assert problem(police.get("/referrals/not-an-id"))["status"] == 404
    wrong = police.client.put(f"{BASE}/referrals", headers={"Authorization": f"Bearer {police.token}"})
    assert problem(wrong)["status"] == 405
    assert wrong.headers["Allow"] == "GET, HEAD, POST"
    assert wrong.headers["Cache-Control"] == "no-store"
    assert problem(police.get("/referrals?limit=0"))["errors"][0]["pointer"] == "/limit"
    assert problem(police.get("/referrals?limit=5&limit=6"))["status"] == 422
    assert problem(police.get("/referrals?page=2"))["errors"][0]["pointer"] == "/page"
    assert problem(police.get("/referrals?cursor=Zm9v"))["errors"][0]["pointer"] == "/cursor"


def test_a_question_is_answered_by_the_system_once_and_for_the_state_it_was_read_in(service: Service) -> None:
    police = partner(service)
    made = police.refer()
    path = f"/referrals/{made['id']}"
    ask(service, made["id"])
    read = police.get(path)
    (question,) = read.json["questions"]
    assert (read.json["state"], question["answer"]) == ("question_asked", None)
    mark = read.headers["ETag"]
    assert police.get(path, If_None_Match=mark).status_code == 304
    to = f"{path}/questions/{question['id']}/answer"
    stale = police.post(to, {"answer": "Yes, at home."}, If_Match='"' + "0" * 32 + '"')
    assert problem(stale)["status"] == 412
    assert police.post(to, {"answer": "Yes, at home."}, If_Match=mark).status_code == 200
    twice = problem(police.post(to, {"answer": "No."}))
    assert (twice["status"], twice["code"]) == (409, "referral.answered")
    after = police.get(path, If_None_Match=mark)
    assert after.status_code == 200
    assert after.json["questions"][0]["answer"] == "Yes, at home."
    assert problem(police.post(f"{path}/questions/{made['id']}/answer", {"answer": "x"}))["status"] == 404


def test_the_referrer_s_system_hears_accepted_whether_or_not_the_young_person_was_known(service: Service) -> None:
    police = partner(service)
    for _ in range(2):
        made = police.refer()
        with people.working(service, people.LEAD) as work:
            row = referral_queries.open_referral(work, UUID(made["id"]), for_change=True)
            found = referral_queries.matches(work, row)
            if found:
                referrals.accept_for_known(work, row, found[0].person.id, people.NO_REPLY)
            else:
                referrals.accept_as_new(work, row, people.NO_REPLY)
        read = police.get(f"/referrals/{made['id']}").json
        assert (read["state"], read["decision"]["note"]) == ("accepted", "Thank you.")
        assert set(read) == {
            "id", "reference", "borough", "state", "request_withdrawn", "received_at", "questions", "decision",
        }  # fmt: skip


def test_what_is_told_of_disability_and_of_abroad_stands_on_the_referral(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    made = police.refer(young_person={"disability": "yes", "from_abroad": "no"})
    silent = police.refer(first_name="Amina")
    with people.working(sqlite_service, people.LEAD) as work:
        told = [referral_queries.open_referral(work, UUID(each["id"])).answers.details for each in (made, silent)]
    assert [(each.disability, each.from_abroad) for each in told] == [("yes", "no"), ("not_known", "not_known")]
    wrong = problem(police.post("/referrals", referral(young_person={"disability": "autism"})))
    assert (wrong["status"], wrong["errors"][0]["pointer"]) == (422, "/young_person/disability")


def test_a_list_is_read_part_by_part_and_nothing_is_missed_or_twice(sqlite_service: Service, clock: Clock) -> None:
    police = partner(sqlite_service)
    made = []
    for number in range(5):
        made.append(police.refer()["id"])
        if number % 2:
            clock.advance(minutes=1)
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        page = police.get(f"/referrals?limit=2&cursor={cursor}").json
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5


def test_too_many_requests_wait() -> None:
    at = [0.0]
    limits = Limits(60, lambda: at[0])
    assert [limits.wait("one") for _ in range(61)] == [0] * 60 + [1]
    assert limits.wait("other") == 0
    at[0] = 1.1
    assert limits.wait("one") == 0
    assert limits.wait("one") == 1


def test_what_a_system_does_stands_in_the_audit_under_its_own_user(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    police.refer()
    with people.working(sqlite_service, reading=True) as work:
        wanted = select(AuditEntry.actor_id).where(AuditEntry.action == "referral.submitted")
        assert work.session.scalars(wanted).one() == queries.system(work, police.system_id).user_id


def test_a_system_cannot_sign_in(sqlite_service: Service) -> None:
    police = partner(sqlite_service)
    with people.working(sqlite_service) as work:
        head = work.session.get_one(User, queries.system(work, police.system_id).user_id).head
    with pytest.raises(AssertionError), sqlite_service.app.app_context():
        people.actor(sqlite_service, head.email)
