"""Every walk that a case can take, and every row that the database must refuse."""

from datetime import UTC, datetime
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.cases.model import OPEN, TRANSITIONS, Case, CaseBody, CaseHead, CaseStatus
from cse_tracker.work.errors import RuleBroken
from tests import people

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
# Said apart from the table: what a case can never become again once it is there.
FOR_GOOD = frozenset({CaseStatus.TRANSFERRED_OUT})
NEVER_BACK = CaseStatus.OPENED


def new_case(status: CaseStatus = CaseStatus.OPENED) -> Case:
    case = Case(
        borough_gss=people.HACKNEY,
        person_id=uuid4(),
        compartment_id=uuid4(),
        status=status,
        left_at=None if status in OPEN else AT,
    )
    case.head, case.body = CaseHead(opened_at=AT), CaseBody(opened_by=None)
    return case


class CaseWalk(RuleBasedStateMachine):
    """A case is moved anywhere at any time; it goes only where the table says, and its day of leaving agrees."""

    @initialize()
    def begin(self) -> None:
        self.case = new_case()
        self.walked = [CaseStatus.OPENED]

    @rule(status=st.sampled_from(CaseStatus))
    def move(self, status: CaseStatus) -> None:
        if status in TRANSITIONS[self.walked[-1]]:
            self.case.move(status, at=AT)
            self.walked.append(status)
            return
        with pytest.raises(RuleBroken):
            self.case.move(status, at=AT)

    @invariant()
    def it_stands_where_it_walked_to(self) -> None:
        assert self.case.status is self.walked[-1]
        assert self.case.is_open == (self.case.left_at is None)

    @invariant()
    def what_is_handed_over_stays_handed_over(self) -> None:
        assert all(state not in FOR_GOOD for state in self.walked[:-1])

    @invariant()
    def a_closed_case_takes_nothing_new(self) -> None:
        if self.case.is_open:
            self.case.require_open()
            return
        with pytest.raises(RuleBroken):
            self.case.require_open()

    @invariant()
    def nobody_hands_over_without_having_said_so_first(self) -> None:
        for before, after in zip(self.walked, self.walked[1:], strict=False):
            assert after is not CaseStatus.TRANSFERRED_OUT or before is CaseStatus.TRANSFER_PENDING
            assert before is not CaseStatus.TRANSFER_PENDING or after is not CaseStatus.CLOSED


TestCaseWalk = CaseWalk.TestCase
TestCaseWalk.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize(("before", "after"), list(product(CaseStatus, CaseStatus)))
def test_a_status_follows_exactly_those_that_the_table_names(before: CaseStatus, after: CaseStatus) -> None:
    case = new_case(before)
    if after in TRANSITIONS[before]:
        case.move(after, at=AT)
        assert case.status is after
        return
    with pytest.raises(RuleBroken):
        case.move(after, at=AT)
    assert case.status is before


def test_every_status_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(CaseStatus)
    reached, waiting = {CaseStatus.OPENED}, [CaseStatus.OPENED]
    while waiting:
        new = TRANSITIONS[waiting.pop()] - reached
        reached |= new
        waiting += new
    assert reached == set(CaseStatus)


def consistent(status: str, left: object, handed: object, merged: object) -> bool:
    """What makes a row make sense, said apart from the constraints."""
    meaning = {
        **dict.fromkeys(("opened", "active", "monitoring", "transfer_pending"), (False, False, False)),
        "closed": (True, False, False),
        "transferred_out": (True, True, False),
        "merged": (True, False, True),
    }
    return meaning.get(status) == (left is not None, handed is not None, merged is not None)


def test_the_database_refuses_every_row_whose_status_and_columns_disagree(service: Service) -> None:
    case, other = people.open_case(service), people.open_case(service, first_name="Leon")
    lite = service.store.engine.dialect.name == "sqlite"
    other_id, case_id = (other.id.hex, case.id.hex) if lite else (str(other.id), str(case.id))
    statuses = [*(status.value for status in CaseStatus), "open", ""]
    rows = list(product(statuses, (None, str(AT)), (None, people.ISLINGTON), (None, other_id)))
    assert len(rows) == 72
    statement = text(
        "UPDATE case_ SET status = :status, left_at = :left, handed_to_gss = :handed, merged_into_id = :merged"
        " WHERE id = :id"
    )
    for status, left, handed, merged in rows:
        values = {"status": status, "left": left, "handed": handed, "merged": merged, "id": case_id}
        try:
            with service.store.engine.begin() as connection:
                assert connection.execute(statement, values).rowcount == 1
            accepted = True
        except IntegrityError:
            accepted = False
        assert accepted == consistent(str(status), left, handed, merged), values


def test_the_database_refuses_a_second_open_case_of_one_young_person(service: Service) -> None:
    case, other = people.open_case(service), people.open_case(service, first_name="Leon")
    lite = service.store.engine.dialect.name == "sqlite"
    values = {"id": other.id.hex if lite else str(other.id)}
    values["person"] = case.person_id.hex if lite else str(case.person_id)
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(text("UPDATE case_ SET person_id = :person WHERE id = :id"), values)
    with service.store.engine.begin() as connection:
        closed = (
            "UPDATE case_ SET person_id = :person, status = 'closed', left_at = '2026-11-01 10:00:00' WHERE id = :id"
        )
        connection.execute(text(closed), values)
