"""Rcapture's own figures for its published table of four lists: independent lists, every model of pairs, Chao."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from cse_tracker.estimation.systems.bounds import lower_bound
from cse_tracker.estimation.systems.choosing import compared
from cse_tracker.estimation.systems.loglinear import fit
from cse_tracker.estimation.systems.overlaps import Overlaps, Term
from cse_tracker.estimation.systems.reading import read_overlaps

HERE = Path(__file__).parents[1]
JUDGED = json.loads((HERE / "judged" / "rcapture.json").read_text())
NEAR = 1e-4


@pytest.fixture(scope="module")
def data() -> Overlaps:
    return read_overlaps(HERE / "published" / "HIV.csv")[0]


def named(terms: tuple[Term, ...]) -> str:
    """The model as Rcapture writes it: `[12,3,4]`."""
    alone = [(place,) for place in range(4) if not any(place in term for term in terms)]
    # Rcapture puts larger terms first, and each kind in the order of the lists.
    words = ["".join(str(place + 1) for place in term) for term in (*terms, *alone)]
    return f"[{','.join(words)}]"


def test_every_model_of_pairs_agrees_with_rcapture(data: Overlaps) -> None:
    judged = dict(JUDGED["pairs"])
    assert len(judged) == 64
    for size in range(7):
        for terms in combinations(data.pairs, size):
            model = fit(data, terms)
            assert model is not None
            total, error, deviance, freedom, aic = judged.pop(named(terms))
            assert model.total == pytest.approx(total, rel=NEAR)
            assert model.deviance == pytest.approx(deviance, rel=NEAR)
            assert model.aic == pytest.approx(aic, rel=NEAR)
            assert 15 - 5 - size == freedom
            # Rcapture's error of the total is that of the unseen number, with its own scatter: unseen + var(unseen).
            unseen_error = (model.unseen + (model.unseen * model.intercept_se) ** 2) ** 0.5
            assert unseen_error == pytest.approx(error, rel=NEAR)
    assert not judged


def test_independent_lists_and_chao_agree_with_rcapture(data: Overlaps) -> None:
    model = fit(data, ())
    assert model is not None
    assert model.total == pytest.approx(JUDGED["closedp"]["Mt"][0], rel=NEAR)
    assert lower_bound(data).finite_lists == pytest.approx(JUDGED["closedp"]["Mh Chao (LB)"][0], rel=NEAR)


def test_the_best_model_is_rcapture_s(data: Overlaps) -> None:
    model = fit(data, ())
    assert model is not None
    choice = compared(data, model)
    best = min(JUDGED["pairs"].values(), key=lambda each: each[4])
    assert choice.complete
    assert choice.tried == 64
    assert choice.best[0].interactions == ("A:B",)
    assert choice.best[0].total == pytest.approx(best[0], rel=NEAR)
