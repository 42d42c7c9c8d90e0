"""Laws of the second opinion on simulated and invented lists, and what it refuses."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.systems.as_json import opinion_to_json
from cse_tracker.estimation.systems.bounds import chapman, lower_bound
from cse_tracker.estimation.systems.loglinear import fit, hierarchical
from cse_tracker.estimation.systems.opinion import Asked, second_opinion
from cse_tracker.estimation.systems.overlaps import Overlaps, Pattern, overlaps
from cse_tracker.estimation.systems.reading import read_overlaps

THREE: dict[Pattern, float] = {
    (1, 0, 0): 60, (0, 1, 0): 49, (0, 0, 1): 4, (1, 1, 0): 247, (1, 0, 1): 142, (0, 1, 1): 112, (1, 1, 1): 12,
}  # fmt: skip
ARTIFICIAL: dict[Pattern, float] = {(1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20, (1, 1, 0): 6}
QUICK = Asked(draws=0)


def three(counts: dict[Pattern, float]) -> Overlaps:
    return overlaps(("A", "B", "C"), counts)


def test_chapman_by_hand() -> None:
    found = chapman(overlaps(("first", "second"), {(1, 0): 150, (0, 1): 100, (1, 1): 50}))
    assert found.total == pytest.approx(201 * 151 / 51 - 1)
    assert found.lincoln_petersen == pytest.approx(200 * 150 / 50)
    assert found.standard_error**2 == pytest.approx(201 * 151 * 150 * 100 / (51**2 * 52))
    assert 300 < found.low < found.total < found.high


def test_chapman_covers_what_was_simulated() -> None:
    dice = np.random.default_rng(11)
    inside = 0
    for _ in range(400):
        first, second = dice.random(500) < 0.3, dice.random(500) < 0.25
        counts = {(1, 0): (first & ~second).sum(), (0, 1): (~first & second).sum(), (1, 1): (first & second).sum()}
        found = second_opinion(overlaps(("a", "b"), {k: float(v) for k, v in counts.items()}), QUICK)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 500 <= found.high
    assert 0.91 * 400 <= inside <= 0.99 * 400


def test_two_lists_sharing_four_are_refused() -> None:
    found = second_opinion(overlaps(("a", "b"), {(1, 0): 40, (0, 1): 30, (1, 1): 4}))
    assert found.total is None
    assert "share 4 young people" in found.refusal


def test_chao_by_hand() -> None:
    found = lower_bound(three(THREE))
    once, twice = 113, 501
    assert found.total == pytest.approx(626 + once**2 / (2 * twice))
    assert found.bias_corrected == pytest.approx(626 + once * (once - 1) / (2 * (twice + 1)))
    assert found.finite_lists == pytest.approx(626 + 2 / 3 * once**2 / (2 * twice))
    assert 626 < found.low < found.total < found.high
    nobody_twice = lower_bound(three({(1, 0, 0): 5, (0, 1, 0): 3}))
    assert nobody_twice.total == 8 + 8 * 7 / 2


def test_a_model_with_every_pair_has_the_closed_answer() -> None:
    # Bishop, Fienberg and Holland: with no three-way term, m000 = (odd products) / (even products).
    found = fit(three(THREE), ((0, 1), (0, 2), (1, 2)))
    assert found is not None
    assert found.unseen == pytest.approx(12 * 60 * 49 * 4 / (247 * 142 * 112), rel=1e-9)


def test_models_without_an_answer_are_told_apart() -> None:
    # Chan, Silverman and Vincent (2019), table 2 and the note on its data set.
    data = three(ARTIFICIAL)
    assert fit(data, ((0, 1), (0, 2), (1, 2))) is None
    assert fit(data, ((0, 1),)) is None
    assert fit(data, ((0, 1), (0, 2))) is None
    assert fit(data, ()) is not None
    assert fit(data, ((0, 2), (1, 2))) is not None


def test_no_overlap_at_all_is_refused_even_when_asked_for() -> None:
    data = three({(1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20})
    assert second_opinion(data).refusal
    found = second_opinion(data, Asked(draws=0, despite_few=True))
    assert found.total is None
    assert "no finite answer" in found.refusal


def test_nobody_on_any_list_cannot_be_estimated() -> None:
    with pytest.raises(CannotEstimate, match="Nobody"):
        second_opinion(three({}))


@pytest.mark.parametrize("number", [1, 11])
def test_too_few_or_too_many_lists(number: int) -> None:
    with pytest.raises(CannotEstimate, match=f"There are {number} lists"):
        overlaps([f"L{k}" for k in range(number)], {})


def test_interactions_are_named_by_lists() -> None:
    found = second_opinion(three(THREE), Asked((("B", "A"),), draws=0))
    assert found.model is not None
    assert found.model.terms == ((0, 1),)
    with pytest.raises(CannotEstimate, match="D is none of the lists"):
        second_opinion(three(THREE), Asked((("A", "D"),), draws=0))
    with pytest.raises(CannotEstimate, match="A:B:C is not an interaction"):
        second_opinion(three(THREE), Asked((("A", "B", "C"),), draws=0))


def test_an_interaction_brings_its_parts() -> None:
    assert hierarchical([(2, 0, 1)]) == ((0, 1), (0, 2), (1, 2), (0, 1, 2))


@given(st.permutations(range(3)), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_the_order_of_lists_changes_nothing(order: list[int], times: int) -> None:
    counts = {pattern: count * times for pattern, count in THREE.items()}
    turned: dict[Pattern, float] = {tuple(p[k] for k in order): count for p, count in counts.items()}
    one, other = second_opinion(three(counts), QUICK), second_opinion(three(turned), QUICK)
    assert (one.total, one.low, one.high) == pytest.approx((other.total, other.low, other.high), rel=1e-8)
    assert one.bound == other.bound


def test_an_empty_list_changes_nothing() -> None:
    more = {(*pattern, 0): count for pattern, count in THREE.items()}
    with_empty = second_opinion(overlaps(("A", "B", "C", "none"), more), Asked(draws=0, despite_few=True))
    assert with_empty.total == pytest.approx(second_opinion(three(THREE), QUICK).total, rel=1e-9)
    assert any("Nobody stands on none" in caution for caution in with_empty.cautions)


def test_the_same_list_twice_is_told() -> None:
    found = second_opinion(three({(1, 1, 0): 30, (0, 0, 1): 25, (1, 1, 1): 12}), Asked(draws=0, despite_few=True))
    assert any("one list, twice?" in caution for caution in found.cautions)
    json.dumps(opinion_to_json(found), allow_nan=False)


def test_two_standard_errors_cover_what_was_simulated() -> None:
    dice = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        on = dice.random((800, 4)) < (0.3, 0.25, 0.35, 0.2)
        codes = np.bincount(on @ (8, 4, 2, 1), minlength=16)
        counts = {tuple(int(bit) for bit in f"{code:04b}"): float(codes[code]) for code in range(1, 16)}
        model = fit(overlaps("ABCD", counts), ())
        assert model is not None
        inside += abs(model.total - 800) <= 1.96 * model.total_se
    assert 0.91 * 300 <= inside <= 0.985 * 300


HEAD = "police,health,school,count\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (HEAD, "no rows"),
        ("police,health,number\n1,0,3\n", "column count: the header has no such column"),
        ("police,police,count\n1,0,3\n", "column police: the header has this list twice"),
        (HEAD + "1,0,2,3\n", "row 2, column school: '2' is neither 0 nor 1"),
        (HEAD + "1,0,0,-3\n", "row 2, column count: '-3' is not a whole number"),
        (HEAD + "1,0,0,2.5\n", "not a whole number"),
        (HEAD + "1,0,0,many\n", "'many' is not a number"),
        (HEAD + "1,0,0,c\n", "a missing count is not 0"),
        (HEAD + "1,0,0\n", "row 2: the row has 3 cells"),
        (HEAD + "0,0,0,7\n", "young people on no list"),
        (HEAD + "1,0,0,nan\n", "not a finite number"),
    ],
)
def test_bad_files_are_refused_by_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "lists.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputProblem) as refused:
        read_overlaps(tmp_path / "lists.csv")
    assert message in str(refused.value)


def test_rows_of_one_pattern_add_up_and_the_unseen_row_may_stand_blank(tmp_path: Path) -> None:
    (tmp_path / "lists.csv").write_text(HEAD + '1,0,0,3\n1,0,0,4\n0,0,0,\n1,1,0,"1,200"\n', encoding="utf-8")
    data, notes = read_overlaps(tmp_path / "lists.csv")
    assert data.shared((0,)) == 1207
    assert "add" in notes[0]


def test_every_order_of_the_rows_is_the_same_table() -> None:
    rows = list(ARTIFICIAL.items())
    tables = {tuple(three(dict(order)).counts.tolist()) for order in permutations(rows)}
    assert len(tables) == 1
