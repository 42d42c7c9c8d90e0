"""A list's filter says the same as the matrix: a row is in the list exactly when the matrix lets it be seen."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.access.decisions import Scope, permits, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.work.actor import SYSTEM, Actor, Role

BOROUGHS = st.sampled_from(["E09000012", "E09000019", "E09000030"])
IDS = st.sampled_from([UUID(int=number) for number in range(1, 5)])
ACTORS = st.builds(
    Actor,
    user_id=st.none() | IDS,
    agency_id=st.none() | IDS,
    roles=st.frozensets(st.tuples(st.sampled_from(Role), BOROUGHS), max_size=4),
)
SUBJECTS = st.builds(
    Subject,
    borough_gss=st.none() | BOROUGHS,
    other_borough_gss=st.none() | BOROUGHS,
    referring_agency_id=st.none() | IDS,
    invited_agency_ids=st.frozensets(IDS, max_size=3),
    owning_agency_ids=st.frozensets(IDS, max_size=3),
    chair_id=st.none() | IDS,
    author_id=st.none() | IDS,
    receiving_agency_id=st.none() | IDS,
)
LISTS = {
    Permission.ACTION_LIST: Permission.ACTION_VIEW,
    Permission.CASE_LIST: Permission.CASE_VIEW,
    Permission.REFERRAL_LIST: Permission.REFERRAL_VIEW,
    Permission.MEETING_LIST: Permission.MEETING_VIEW,
    Permission.OUTBOUND_LIST: Permission.OUTBOUND_VIEW,
    Permission.RESPONSIBILITY_LIST: Permission.RESPONSIBILITY_VIEW,
}


def listed(shown: Scope, row: Subject) -> bool:
    """What the where clause of a list does with a row; a missing agency matches nothing, as NULL does."""
    return (
        row.borough_gss in shown.boroughs
        or row.other_borough_gss in shown.other_boroughs
        or (shown.referring_agency_id is not None and row.referring_agency_id == shown.referring_agency_id)
        or (shown.receiving_agency_id is not None and row.receiving_agency_id == shown.receiving_agency_id)
        or (shown.invited_agency_id is not None and shown.invited_agency_id in row.invited_agency_ids)
        or (shown.owning_agency_id is not None and shown.owning_agency_id in row.owning_agency_ids)
    )


@pytest.mark.parametrize("permission", LISTS)
@settings(max_examples=400)
@given(actor=ACTORS, row=SUBJECTS)
def test_a_row_is_listed_exactly_when_it_may_be_seen(permission: Permission, actor: Actor, row: Subject) -> None:
    in_list = listed(scope(actor, permission), row)
    assert in_list == permits(actor, permission, row)
    assert in_list == permits(actor, LISTS[permission], row)


@pytest.mark.parametrize(
    "permission", [Permission.CASE_VIEW, Permission.CASE_TRAIL, Permission.PERSON_VIEW, Permission.RECORD_REVIEW]
)
@settings(max_examples=200)
@given(actor=ACTORS, row=SUBJECTS)
def test_a_filter_by_borough_alone_says_what_the_matrix_says(
    permission: Permission, actor: Actor, row: Subject
) -> None:
    assert (row.borough_gss in scope(actor, permission).boroughs) == permits(actor, permission, row)


@given(actor=ACTORS)
def test_an_empty_filter_is_one_that_lists_nothing(actor: Actor) -> None:
    shown = scope(actor, Permission.MEETING_LIST)
    assert shown.empty == (not shown.boroughs and not shown.referring_agency_id and not shown.invited_agency_id)


def test_the_system_lists_nothing() -> None:
    assert all(scope(SYSTEM, permission).empty for permission in LISTS)


def test_a_lead_officer_who_also_refers_lists_by_both() -> None:
    roles = frozenset({(Role.LEAD_OFFICER, "E09000012"), (Role.REFERRER, "E09000019")})
    shown = scope(Actor(UUID(int=1), UUID(int=2), roles), Permission.REFERRAL_LIST)
    led = frozenset({"E09000012"})
    assert shown == Scope(led, UUID(int=2), None, other_boroughs=led, receiving_agency_id=UUID(int=2))
