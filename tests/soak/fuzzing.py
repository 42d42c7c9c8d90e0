"""Fuzzes every operation of the API from its own document, and watches that no answer speaks of another's referral."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode

from cse_tracker.app import Service
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.triage import commands as triage
from tests import people
from tests.integration.api.acts import BASE, Partner, partner

OPERATIONS = 9


class Spoke(Failure):
    """An answer said something of another agency's referral."""


class Misjudged(Failure):
    """What the document allows was refused as if it did not."""


def fuzz(service: Service, cases: int) -> dict[str, int]:
    """Run so many cases for each operation; gives how many were run. Raises what any check found."""
    load_all_checks()
    # Else most answers would be that there were too many requests.
    service = replace(service, settings=replace(service.settings, api_rate=60_000))
    police, health = partner(service), partner(service, people.HEALTH, name="Theirs")
    theirs = [health.refer(first_name="Zwaantje", last_name=f"Ooievaar{number}") for number in range(3)]
    mine = [police.refer(first_name="Keira", last_name=f"Marsh{number}") for number in range(3)]
    for each in (*theirs, *mine):
        with people.working(service, people.LEAD) as work:
            row = referral_queries.open_referral(work, UUID(each["id"]), for_change=True)
            triage.ask(work, row, "Zwaantje?" if each in theirs else "Where?")
    secrets = [each[part] for each in theirs for part in ("id", "reference")]
    known = _known(police, [*mine, *theirs], service)
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", service.web)
    schema.config.generation.update(modes=list(GenerationMode))
    ran: dict[str, int] = {}
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        name = operation.definition.raw["operationId"]
        ran[name] = 0
        _run(operation, police, secrets, known, cases, ran)
    return ran


def _known(police: Partner, made: list[dict[str, Any]], service: Service) -> list[str]:
    del service
    found = [each["id"] for each in made]
    for each in made:
        read = police.get(f"/referrals/{each['id']}")
        if read.status_code == 200:
            found += [question["id"] for question in read.json["questions"]]
    return found


def _run(
    operation: Any, police: Partner, secrets: list[str], known: list[str], cases: int, ran: dict[str, int]
) -> None:
    name = operation.definition.raw["operationId"]
    headers = {"Authorization": f"Bearer {police.token}"}
    watched = [
        check for each, check in ((each, CHECKS.get_one(each)) for each in CHECKS.get_all_names()) if each not in OURS
    ]

    def one(case: Any) -> None:
        ran[name] += 1
        # Now and then a place that is there, of one's own or of the other agency.
        if case.path_parameters and ran[name] % 2 and case.meta is not None:
            for part in case.path_parameters:
                case.path_parameters[part] = known[ran[name] // 2 % len(known)]
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=watched, headers=headers)
        judge(case, answer, secrets)

    for mode in GenerationMode:
        test = operation.as_strategy(generation_mode=mode, headers=headers)
        _given(test, one, cases // 2)


OURS = {"positive_data_acceptance"}


def _given(strategy: Any, one: Callable[[Any], None], cases: int) -> None:
    from hypothesis import given  # noqa: PLC0415

    run = given(case=strategy)(lambda case: one(case))  # noqa: PLW0108 - hypothesis binds by the name of the argument
    settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(run)()


def judge(case: Any, answer: Any, secrets: list[str]) -> None:
    """Watch that nothing is said of another's, and that what the document allows is not refused as malformed."""
    text = answer.text
    asked = str(case.formatted_path) + str(case.body)
    for each in (*secrets, "Zwaantje", "Ooievaar"):
        assert each not in text or each in asked, (case, text)
    if (
        case.meta is not None
        and case.meta.generation.mode is GenerationMode.POSITIVE
        and answer.status_code in {400, 422}
    ):
        # Only a rule of the domain refuses what the document allows: an indicator that the protocol does not have.
        assert answer.json()["code"] in RULES, (case.as_curl_command(), text)


RULES = {
    "referral.answers",
    "referral.answer",
    "outbound.past",
    "outbound.reason",
    "request.invalid",
    "idempotency.reused",
}
