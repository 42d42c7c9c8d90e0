"""What is kept of a row is a digest of its plain columns by name and value, written the long way here."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.audit.rows import compared, digest_of
from cse_tracker.duties.model import About, Duty, DutyState
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.vault.envelope import ContextPart, encode_context, encode_parts

AT = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
MICROSECONDS = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
ONE, TWO = UUID(int=1), UUID(int=2)

DUTY = Duty(
    id=ONE, compartment_id=TWO, borough_gss="E09000012", owner_agency_id=TWO, about=About.REFERRAL, about_id=ONE,
    due_at=AT, state=DutyState.BREACHED, breached_at=AT,
)  # fmt: skip
MESSAGE = OutgoingMessage(
    id=TWO, recipient_id=None, kind=MessageKind.REFERRAL_ARRIVED, about_id=ONE, due_at=AT, urgent=True
)


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (
            DUTY,
            {
                "about": "referral", "about_id": ONE, "borough_gss": "E09000012", "breached_at": MICROSECONDS,
                "due_at": MICROSECONDS, "escalate_at": b"", "id": ONE, "owner_agency_id": TWO, "revision": 0,
                "state": "breached",
            },
        ),
        (
            MESSAGE,
            {
                "about_id": ONE, "attempts": 0, "borough_gss": b"", "due_at": MICROSECONDS, "id": TWO,
                "kind": "referral_arrived", "recipient_id": b"", "revision": 0, "sent_at": b"", "state": "waiting",
                "together": 0, "unsettled": 0, "urgent": 1,
            },
        ),
    ],
)  # fmt: skip
def test_it_is_the_digest_of_every_plain_column_in_order(
    row: Duty | OutgoingMessage, columns: dict[str, ContextPart]
) -> None:
    parts = [part for name, value in sorted(columns.items()) for part in (name, value)]
    assert digest_of(row) == hashlib.sha256(encode_context(parts)).hexdigest()[:32]
    assert compared(type(row))[1] == hashlib.sha256(encode_context(sorted(columns))).hexdigest()[:8]


parts = st.lists(st.text(max_size=5) | st.integers() | st.binary(max_size=5) | st.uuids(), max_size=6)


@given(parts, parts)
def test_two_encodings_one_after_the_other_are_that_of_both(first: list[ContextPart], then: list[ContextPart]) -> None:
    assert encode_context([*first, *then]) == encode_context(first) + encode_parts(then)
