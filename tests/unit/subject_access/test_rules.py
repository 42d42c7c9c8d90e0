"""What is left out of a bundle, and that nothing is dropped without a word."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.people.rules import Identity
from cse_tracker.subject_access import rules
from cse_tracker.subject_access.rules import LEFT_OUT, Choice, Leaf, Review, Sheet, Sort, Tie

OWN = Identity("Keira", "Marsh", also_known_as="Kay")


def sheet(*leaves: Leaf, table: str = "case_entry", tie: Tie = Tie.BELONGS) -> Sheet:
    return Sheet(table, uuid4(), 1, tie, leaves)


def words(text: str) -> Leaf:
    return Leaf(("body", "text"), text, Sort.WORDS)


def other(text: str) -> Leaf:
    return Leaf(("body", "what", "name"), text, Sort.OTHERS)


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        (date(2026, 11, 2), date(2026, 12, 2)),
        # No 31st of February: its last day, a Sunday in 2027, so the Monday after.
        (date(2027, 1, 31), date(2027, 3, 1)),
        # Christmas Day 2026 is a Friday, and Monday the 28th stands in for Boxing Day.
        (date(2026, 11, 25), date(2026, 12, 29)),
    ],
)
def test_a_request_is_answered_within_a_month(received: date, answer: date) -> None:
    assert rules.answer_by(received) == answer


def test_names_of_others_are_blacked_out_wherever_they_stand() -> None:
    rows = [sheet(other("Carla Moore")), sheet(words("Keira says CARLA  moore drove. Carla waited. Carlax did not."))]
    _, told = rules.handed_out(rows, Review(), OWN)
    assert told.lines[0].value == f"Keira says {LEFT_OUT} drove. {LEFT_OUT} waited. Carlax did not."


def test_a_name_that_the_young_person_bears_too_is_not_blacked_out() -> None:
    rows = [sheet(other("Leon Marsh")), sheet(words("Keira Marsh told Leon."))]
    assert rules.handed_out(rows, Review(), OWN)[1].lines[0].value == f"Keira Marsh told {LEFT_OUT}."


def test_what_was_typed_is_blacked_out_and_what_was_ticked_is_not() -> None:
    row = sheet(other("Carla Moore"), words("Carla Moore at the Golden Fry"))
    review = Review(shown=(f"{row.row_id}:body.what.name",), phrases=("golden fry",))
    (entry,) = rules.handed_out([row], review, OWN)
    assert [line.value for line in entry.lines] == ["Carla Moore", f"Carla Moore at the {LEFT_OUT}"]


def test_what_only_mentions_them_and_links_are_left_out_until_somebody_decides() -> None:
    rows = [sheet(words("x"), tie=Tie.MENTIONS), sheet(words("x"), table="linked_thing"), sheet(words("x"))]
    assert [each.choice for each in rules.handed_out(rows, Review(), OWN)] == [
        Choice.OTHERS, Choice.OTHERS, Choice.GIVE,
    ]  # fmt: skip


def test_the_key_of_a_file_is_never_taken_apart() -> None:
    leaves = list(rules.leaves_of("attachment", {"key": "secret", "name": "x.pdf"}, ("body",)))
    assert [leaf.at for leaf in leaves] == ["body.name"]


def test_no_secret_and_no_digest_is_taken_apart() -> None:
    held = {"secret": "s", "code_mac": "m", "token_digest": b"d", "older_secret": "o", "address": "a"}
    assert [leaf.at for leaf in rules.leaves_of("one_time_link", held, ("body",))] == ["body.address"]


def test_text_that_nobody_classed_is_to_be_read() -> None:
    assert rules.sort_of("a_new_table", ("body", "brand_new"), "whatever") is Sort.WORDS


@given(st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=6), st.lists(st.text(max_size=8), max_size=3))
def test_every_row_and_every_line_is_answered_for(rows: list[list[str]], phrases: list[str]) -> None:
    sheets = [sheet(*(Leaf(("body", str(n)), text, Sort.WORDS) for n, text in enumerate(row))) for row in rows]
    entries = rules.handed_out(sheets, Review(phrases=tuple(phrases)), OWN)
    assert [entry.row_id for entry in entries] == [each.row_id for each in sheets]
    assert [len(entry.lines) for entry in entries] == [len(each.leaves) for each in sheets]


def test_the_fingerprint_changes_with_a_revision_and_not_with_a_handing_out() -> None:
    one = sheet(words("x"))
    newer = Sheet(one.table, one.row_id, 2, one.tie, one.leaves)
    assert rules.fingerprint([one]) != rules.fingerprint([newer])
    assert rules.fingerprint([one]) == rules.fingerprint([one, sheet(table="handout")])
