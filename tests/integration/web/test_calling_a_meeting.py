"""The form for calling a meeting asks to confirm a day only where there is a day to confirm."""

import pytest

from cse_tracker.app import Service
from tests import people
from tests.web.client import Browser

TICK = "Hold it although it is not a working day"


@pytest.mark.parametrize(
    ("day", "offered"),
    [
        pytest.param(("", "", ""), False, id="no date"),
        pytest.param(("31", "2", "2026"), False, id="no such date"),
        pytest.param(("21", "11", "2026"), True, id="a Saturday"),
        pytest.param(("23", "11", "2026"), False, id="a Monday"),
    ],
)
def test_a_day_is_to_be_confirmed_only_where_one_was_given(
    sqlite_service: Service,
    day: tuple[str, str, str],
    offered: bool,  # noqa: FBT001 - a case of the table
) -> None:
    case = people.open_case(sqlite_service)
    lead = Browser(sqlite_service).sign_in(people.LEAD)
    lead.get(f"/meetings/call/{case.id}")
    assert TICK not in lead.text()
    parts = dict(zip(("starts_on-day", "starts_on-month", "starts_on-year"), day, strict=True))
    lead.submit(**parts, starts_at="2pm", place="")
    assert lead.errors()
    assert (TICK in lead.text()) is offered
