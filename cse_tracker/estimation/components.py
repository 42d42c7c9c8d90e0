"""Principal components of the standardised indicators and the scores on the first (report, appendix I, step 5)."""

from dataclasses import dataclass

import numpy as np

from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers

# By Cattell's scree test, as in the report. Kaiser's rule (eigenvalue above 1) would keep a second one there, whose
# eigenvalue of 1.0003 is what chance alone gives (see `parallel`).
RETAINED = 1

_FEWEST_INDICATORS = 2
_SINGULAR = 1e-10
_TIE = 1e-9


@dataclass(frozen=True)
class Components:
    """Eigenvalues (largest first), their per cent of variance, loadings (one an indicator), scores (one an area).

    `correlation` is indicators by indicators. Scores have mean 0 and standard deviation 1 (divisor n - 1).
    """

    correlation: Numbers
    eigenvalues: Numbers
    percent_variance: Numbers
    loadings: Numbers
    scores: Numbers


def principal_components(standard: Numbers) -> Components:
    """Components of the standardised indicators (areas by indicators), of which one is kept.

    Loading: eigenvector times root of eigenvalue. Score: the regression method, Z R^-1 a, which for a principal
    component is Z v / root of eigenvalue. The sum of the loadings is positive, because the sign of an eigenvector is
    arbitrary and the slope of the line must not change with the machine.
    Raises CannotEstimate for fewer than 2 indicators, fewer areas than indicators + 1, a singular correlation matrix,
    or a first component that is not single.
    """
    areas, indicators = standard.shape
    refuse_too_few(areas, indicators)
    correlation: Numbers = standard.T @ standard / (areas - 1)
    ascending, vectors = np.linalg.eigh(correlation)
    eigenvalues: Numbers = ascending[::-1]
    _refuse_undetermined(eigenvalues)
    first = _with_positive_sum(vectors[:, -1])
    root = np.sqrt(eigenvalues[0])
    percent = 100.0 * eigenvalues / indicators
    return Components(correlation, eigenvalues, percent, first * root, standard @ first / root)


def refuse_too_few(areas: int, indicators: int) -> None:
    """Raise CannotEstimate if there are fewer than 2 indicators, or no more areas than indicators."""
    if indicators < _FEWEST_INDICATORS:
        raise CannotEstimate(f"There is {indicators} indicator; a shared component needs {_FEWEST_INDICATORS} or more")
    if areas < indicators + 1:
        raise CannotEstimate(
            f"{areas} areas have every indicator; {indicators} indicators need {indicators + 1} areas or more"
        )


def _refuse_undetermined(eigenvalues: Numbers) -> None:
    if eigenvalues[-1] <= _SINGULAR:
        raise CannotEstimate("The correlation matrix is singular: an indicator can be worked out from the others")
    if eigenvalues[0] - eigenvalues[1] <= _SINGULAR:
        raise CannotEstimate("The two largest components are equally large, so there is no one first component")


def _with_positive_sum(vector: Numbers) -> Numbers:
    total = vector.sum()
    # Two indicators that run opposite ways sum to 0 but for rounding, so there the first one decides.
    deciding = total if abs(total) > _TIE else vector[0]
    return vector if deciding > 0 else -vector
