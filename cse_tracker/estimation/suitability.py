"""Whether the indicators share enough for a component: Kaiser-Meyer-Olkin measure and Bartlett's test of sphericity."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cse_tracker.estimation.rates import Numbers


@dataclass(frozen=True)
class SamplingAdequacy:
    """The Kaiser-Meyer-Olkin measure overall and by indicator, 0 to 1; None where every correlation is exactly 0."""

    overall: float | None
    by_indicator: tuple[float | None, ...]


@dataclass(frozen=True)
class AntiImage:
    """Anti-image matrices, indicators by indicators (Kaiser 1970; the definitions of SPSS).

    `covariance` is r^jk / (r^jj r^kk) for the inverse R^-1 = (r^jk). `correlation` is r^jk / sqrt(r^jj r^kk), which off
    the diagonal is the partial correlation with its sign turned; on the diagonal stands the sampling adequacy of the
    indicator, None where it has none.
    """

    covariance: tuple[tuple[float, ...], ...]
    correlation: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Sphericity:
    """Bartlett's test that the indicators are uncorrelated: statistic, degrees of freedom, probability."""

    chi_square: float
    df: int
    p: float


def sampling_adequacy(correlation: Numbers) -> SamplingAdequacy:
    """Squared correlations as a share of these and the squared partial correlations (Kaiser 1974).

    `correlation` is indicators by indicators and not singular.
    """
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    apart = ~np.eye(len(correlation), dtype=np.bool_)
    shared = np.where(apart, correlation**2, 0.0).sum(axis=0)
    unshared = np.where(apart, partial**2, 0.0).sum(axis=0)
    by_indicator = tuple(_share(float(r), float(q)) for r, q in zip(shared, unshared, strict=True))
    return SamplingAdequacy(_share(float(shared.sum()), float(unshared.sum())), by_indicator)


def anti_image(correlation: Numbers) -> AntiImage:
    """The anti-image matrices of a correlation matrix that is not singular."""
    inverse = np.linalg.inv(correlation)
    diagonal = np.diag(inverse)
    covariance = inverse / np.outer(diagonal, diagonal)
    turned = inverse / np.sqrt(np.outer(diagonal, diagonal))
    adequacy = sampling_adequacy(correlation).by_indicator
    rows = tuple(
        tuple(adequacy[j] if j == k else float(turned[j, k]) for k in range(len(turned))) for j in range(len(turned))
    )
    return AntiImage(tuple(tuple(float(value) for value in row) for row in covariance), rows)


def sphericity(correlation: Numbers, areas: int) -> Sphericity:
    """Chi-square = -(n - 1 - (2p + 5)/6) ln|R| on p(p - 1)/2 degrees of freedom (Bartlett 1954)."""
    indicators = len(correlation)
    log_determinant = float(np.linalg.slogdet(correlation).logabsdet)
    chi_square = -(areas - 1 - (2 * indicators + 5) / 6) * log_determinant
    df = indicators * (indicators - 1) // 2
    return Sphericity(chi_square, df, float(stats.chi2.sf(chi_square, df)))


def _share(shared: float, unshared: float) -> float | None:
    return shared / (shared + unshared) if shared + unshared > 0 else None
