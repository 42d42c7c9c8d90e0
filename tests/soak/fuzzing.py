"""Fuzzes every operation of the API from its own document, and watches that no answer speaks of another's referral."""

import unicodedata
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import cycle
from typing import Any
from uuid import UUID

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from cse_tracker.app import Service
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.rulebook.document import template
from cse_tracker.triage import commands as triage
from tests import people
from tests.integration.api.acts import BASE, Partner, partner
from tests.integration.outbound import acts

OPERATIONS = 9
# What is refused although the document allows it is judged by `explained`, which is stricter than this check.
OURS = {"positive_data_acceptance"}
MANY = 500
OTHER_SERVICE = "Zwaantje counselling"


@dataclass
class Places:
    """The paths that are there: the caller's own in turn with the other agency's, and some that mix both."""

    own: list[dict[str, str]]
    theirs: list[dict[str, str]]
    turn: Iterator[dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        mixed = [{**one, **dict(list(other.items())[-1:])} for one, other in zip(self.own, self.theirs, strict=False)]
        self.turn = cycle([each for trio in zip(self.own, cycle(self.theirs), cycle(mixed)) for each in trio])


def fuzz(service: Service, cases: int, only: str | None = None) -> dict[str, int]:
    """Run so many cases for each operation; gives how many were run. Raises what any check found."""
    load_all_checks()
    # Else most answers would be that there were too many requests.
    service = replace(service, settings=replace(service.settings, api_rate=60_000))
    many = 4 + cases // 40
    police, health = partner(service), partner(service, people.HEALTH, name="Theirs")
    service_system = partner(service, acts.SPECIALIST, name="Service")
    asked, secrets = _asked(service, police, health, many)
    sent = _sent(service, many)
    secrets += [part for each in sent.theirs for part in each.values()]
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", service.web)
    schema.config.generation.update(modes=list(GenerationMode))
    ran, used = dict[str, int](), dict[str, Any]()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        name = operation.definition.raw["operationId"]
        if only is not None and name != only:
            continue
        outbound = "utbound" in name
        run = Run(operation, service_system if outbound else police, sent if outbound else asked, secrets, used)
        run.all(cases)
        ran[name] = run.cases
    return ran


def _asked(service: Service, police: Partner, health: Partner, many: int) -> tuple[Places, list[str]]:
    """Have both agencies refer, and the borough ask each about it."""
    found, secrets = Places([], [{}]), []
    theirs: list[dict[str, str]] = []
    for number in range(many):
        for system, name, into in ((police, "Keira", found.own), (health, "Zwaantje", theirs)):
            made = system.refer(first_name=name, last_name=f"{name}-Marsh{number}")
            with people.working(service, people.LEAD) as work:
                row = referral_queries.open_referral(work, UUID(made["id"]), for_change=True)
                question = triage.ask(work, row, "Zwaantje?" if system is health else "Where?").id
            into.append({"referral_id": made["id"], "question_id": str(question)})
            if system is health:
                secrets += [made["id"], made["reference"], str(question)]
    return Places(found.own, theirs), secrets


def _sent(service: Service, many: int) -> Places:
    """Refer to a service of the caller's, and to one of another agency."""
    case = people.open_case(service)
    services = acts.service_of(service), acts.service_of(service, OTHER_SERVICE, name="Zwaantje")
    made: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for number in range(many):
        for place, service_id in enumerate(services):
            if place and number > 3:
                continue
            outbound_id = acts.prepared(service, case, service_id)
            acts.send(service, outbound_id)
            made[place].append({"outbound_id": str(outbound_id)})
    with people.working(service, people.LEAD) as work:
        for each in made[1]:
            each["reference"] = outbound_queries.open_outbound(work, UUID(each["outbound_id"])).reference
    return Places(*made)


@dataclass
class Run:
    """One operation under fire by one system."""

    operation: Any
    system: Partner
    places: Places
    secrets: list[str]
    # What was carried out under each key: one that comes again with something else is refused.
    used: dict[str, Any]
    cases: int = 0
    good: int = 0

    def __post_init__(self) -> None:
        self.name = self.operation.definition.raw["operationId"]
        self.own = {value for each in self.places.own for value in each.values()}
        self.watched = [CHECKS.get_one(each) for each in CHECKS.get_all_names() if each not in OURS]

    def all(self, cases: int) -> None:
        headers = {"Authorization": f"Bearer {self.system.token}"}
        for mode in GenerationMode:
            strategy = self.operation.as_strategy(generation_mode=mode, headers=headers)
            _given(strategy, lambda case: self.one(case, headers), cases // 2)
        # In a small run every made-up referral may break one of the rules that no schema can say.
        assert self.good or cases < MANY, f"{self.name}: not one request was carried out"

    def one(self, case: Any, headers: dict[str, str]) -> None:
        self.cases += 1
        # Now and then a place that is there, of one's own, of the other agency, or of both.
        if case.path_parameters and self.cases % 2 and case.meta is not None:
            there = next(self.places.turn)
            for part in case.path_parameters:
                case.path_parameters[part] = there[part]
        # Of 33 boroughs one is referred to by this system; else hardly a referral would get as far as being written.
        if self.name == "submitReferral" and self.cases % 4 and _positive(case):
            # Of its own: what is made up may come again, and is to be what it was.
            case.body = {**deepcopy(case.body), "borough": people.HACKNEY}
            if self.cases % 2:
                mend(case.body)
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=self.watched, headers=headers)
        self.judge(case, answer)

    def judge(self, case: Any, answer: Any) -> None:
        """Watch that nothing is said of another's, and that what the document allows is refused for a reason alone."""
        text, named = answer.text, dict(case.path_parameters or {})
        asked = str(case.formatted_path) + str(case.body)
        for each in (*self.secrets, "Zwaantje"):
            assert each not in text or each in asked, (case, text)
        own = all(str(value) in self.own for value in named.values())
        if named and not own:
            assert answer.status_code >= 400, (case.as_curl_command(), text)
        done = 200 <= answer.status_code < 300
        self.good += done
        key = dict(case.headers or {}).get("Idempotency-Key", "")
        before, this = self.used.get(key), (self.name, named, deepcopy(case.body))
        if done and key:
            self.used[key] = this
        if not _positive(case):
            return
        if answer.status_code in {400, 415, 422}:
            told = answer.json()
            again = told["code"] == "idempotency.reused" and before not in (None, this)
            assert again or explained(told, case), (case.as_curl_command(), text)
        elif self.name == "submitReferral" and case.body["borough"] != people.HACKNEY:
            assert answer.status_code in {403, 409}, (case.as_curl_command(), text)
        elif not named:
            assert answer.status_code in {200, 201, 304}, (case.as_curl_command(), text)
        elif own and self.name.startswith("read"):
            assert answer.status_code in {200, 304, 404 if "Outbound" in self.name else 200}, (case, text)


def _positive(case: Any) -> bool:
    """Whether the document allows what is sent."""
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def blank(text: str) -> bool:
    """Whether nothing is left of a text without control characters and space."""
    kept = (each for each in text if each in "\r\n\t" or unicodedata.category(each) != "Cc")
    return not "".join(kept).strip()


def _real(number: str) -> bool:
    """Whether the last digit of an NHS number is right (modulo 11, as the NHS data dictionary has it)."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(number[9]) and check != 10


def _age(born: str) -> int:
    at, day = date.fromisoformat(born), people_today()
    return day.year - at.year - ((day.month, day.day) < (at.month, at.day))


def people_today() -> date:
    """Give the day of the tests' clock."""
    return date(2026, 11, 16)


def mend(body: dict[str, Any]) -> None:
    """Put what follows rules that no schema can say where such parts were made up, and leave the rest as it came."""
    for part in ("nhs_number", "date_of_birth"):
        body["young_person"].pop(part, None)
    body["worries"].pop("first_worried_on", None)
    if "seen" in body:
        body["seen"]["indicators"] = [each for each in body["seen"].get("indicators", ()) if each in KNOWN]
    body["referrer"]["phone"] = "020 7946 0000"


KNOWN = {each.key for each in template().indicators}
Body = dict[str, Any]
# By the part that is named: whether what was sent there truly breaks the rule, said a second time beside the product.
REASONS: dict[tuple[str, str], Callable[[Body], bool]] = {
    ("referral.answers", "/young_person/first_name"): lambda body: blank(body["young_person"]["first_name"]),
    ("referral.answers", "/young_person/last_name"): lambda body: blank(body["young_person"]["last_name"]),
    ("referral.answers", "/worries/why_worried"): lambda body: blank(body["worries"]["why_worried"]),
    ("referral.answers", "/referrer/name"): lambda body: blank(body["referrer"]["name"]),
    ("referral.answers", "/referrer/role"): lambda body: blank(body["referrer"]["role"]),
    ("referral.answers", "/young_person/date_of_birth"): lambda body: (
        not 4 <= _age(body["young_person"]["date_of_birth"]) < 18
        and (_age(body["young_person"]["date_of_birth"]) < 0 or blank(body["young_person"].get("age_reason", "")))
    ),
    ("referral.answers", "/young_person/nhs_number"): lambda body: not _real(body["young_person"]["nhs_number"]),
    ("referral.answers", "/worries/first_worried_on"): lambda body: (
        date.fromisoformat(body["worries"]["first_worried_on"]) > people_today()
    ),
    ("referral.answers", "/seen/indicators"): lambda body: bool(set(body["seen"]["indicators"]) - KNOWN),
    ("referral.answers", "/aware/not_aware_reason"): lambda body: (
        body["aware"]["young_person_aware"] == "no" and blank(body["aware"].get("not_aware_reason", ""))
    ),
    ("referral.answers", "/referrer/phone"): lambda body: sum(each.isdigit() for each in body["referrer"]["phone"]) < 7,
    ("referral.answer", "/answer"): lambda body: blank(body["answer"]),
    ("outbound.past", "/expected_on"): lambda body: date.fromisoformat(body["answer"]["expected_on"]) <= people_today(),
    ("outbound.reason", "/words"): lambda body: (
        body["answer"]["reason"] == "other" and blank(body["answer"].get("words", ""))
    ),
}


def explained(told: dict[str, Any], case: Any) -> bool:
    """Whether a refusal of what the document allows names a part that truly breaks a rule that no schema can say."""
    pointers = [part["pointer"] for part in told["errors"]]
    if told["code"] == "request.invalid":
        # A cursor is of no use but where it was given out.
        return pointers == ["/cursor"] and bool((case.query or {}).get("cursor"))
    broken = REASONS.get((told["code"], pointers[0])) if len(pointers) == 1 else None
    return broken is not None and broken(case.body)


def _given(strategy: Any, one: Callable[[Any], None], cases: int) -> None:
    run = given(case=strategy)(lambda case: one(case))  # noqa: PLW0108 - hypothesis binds by the name of the argument
    settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(run)()
