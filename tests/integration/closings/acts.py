"""What tests do to end a case, again and again."""

from typing import Any

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.closings import commands, queries
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.rulebook.document import template
from tests import people


def paper(*reasons: str, outreach_by: str = "") -> commands.ClosingForm:
    closure = template().closure
    assert closure is not None
    return commands.ClosingForm(
        reasons=reasons or ("risk_reduced",),
        explanation="Safe for six months.",
        young_person_view="She says that she is all right.",
        outreach_by=outreach_by,
        confirmed=closure.requires,
    )


def levelled_case(service: Service, **changes: Any) -> Case:
    """A case at level one with its duties still open."""
    case = people.open_case(service, **changes)
    people.assess(service, case, "missing_once")
    people.decide(service, case, 1)
    return case


def settle_everything(service: Service, case: Case) -> None:
    with people.working(service, people.LEAD) as work:
        for duty in duty_queries.about(work, case.id):
            if duty.is_open:
                duties.complete(work, duty.id, note="Done.")


def ready_case(service: Service, **changes: Any) -> Case:
    """A case at level one of which nothing is owed any more."""
    case = levelled_case(service, **changes)
    settle_everything(service, case)
    return case


def propose(service: Service, case: Case, *reasons: str, email: str = people.LEAD, outreach: str = "") -> None:
    with people.working(service, email) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        commands.propose(work, found, paper(*reasons, outreach_by=outreach))


def answer(service: Service, case: Case, *, approve: bool, email: str = people.DEPUTY) -> None:
    with people.working(service, email) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        closing = queries.of_case(work, found)[0]
        if approve:
            commands.approve(work, found, closing)
        else:
            commands.refuse(work, found, closing, note="Not yet.")


def close(service: Service, case: Case) -> None:
    """Settle what is owed, propose and approve."""
    settle_everything(service, case)
    propose(service, case)
    answer(service, case, approve=True)
