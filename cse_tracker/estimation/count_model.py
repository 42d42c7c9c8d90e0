"""Models for counts beside the straight line: Poisson and negative binomial with the population as offset."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize, special, stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from cse_tracker.estimation.fitting import Fitted, floats
from cse_tracker.estimation.rates import Numbers

_COEFFICIENTS: Final = 2
_CONFIDENCE: Final = 0.95
_LARGEST_THETA: Final = 1e6
_BEYOND: Final = 700.0


@dataclass(frozen=True)
class CountModel:
    """Identified young people = residents aged 10-19 (thousands) times exp(intercept + slope * score).

    Never below 0; bends upwards at high scores. `dispersion` is Pearson's chi-square over its degrees of freedom, and
    widens the limits of the Poisson model where it is above 1 (quasi-Poisson). `theta` is the size of the negative
    binomial (variance = mean + mean squared / theta), None for the Poisson model. `estimates` has one number an area,
    with 95% limits of the mean in `low` and `high`, from Student's t on the scale of logarithms for the Poisson model
    and from the normal distribution for the negative binomial. `total` is estimate, low and high.
    """

    intercept: float
    slope: float
    intercept_se: float
    slope_se: float
    log_likelihood: float
    deviance: float
    aic: float
    dispersion: float
    theta: float | None
    estimates: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    total: tuple[float, float, float]


@dataclass(frozen=True)
class CountModels:
    """Both models, or for each the reason in words why there is none."""

    poisson: CountModel | None
    negative_binomial: CountModel | None
    notes: tuple[str, ...]


def count_models(fitted: Fitted, identified: Numbers) -> CountModels:
    """Both models of the anchors' identified numbers (in the anchors' order)."""
    reason = _why_not(identified, fitted.scores[fitted.at])
    if reason:
        return CountModels(None, None, (reason,))
    poisson, mean = _poisson(fitted, identified)
    if poisson is None:
        return CountModels(None, None, ("The count models do not converge on these anchors.",))
    binomial, note = _negative_binomial(fitted, identified, mean, np.array([poisson.intercept, poisson.slope]))
    return CountModels(poisson, binomial, (note,) if note else ())


def _why_not(identified: Numbers, scores: Numbers) -> str:
    if not identified.any():
        return "No young person was identified in any anchor, so a model for counts has no answer."
    some, none = np.unique(scores[identified > 0]), scores[identified == 0]
    if len(some) == 1 and len(none) and ((none >= some[0]).all() or (none <= some[0]).all()):
        return "Young people were identified in one anchor only, so a model for counts has no finite slope."
    return ""


def _design(scores: Numbers) -> Numbers:
    return np.column_stack([np.ones(len(scores)), scores])


def _inverse(square: Numbers) -> Numbers:
    return np.asarray(np.linalg.inv(square), dtype=np.float64)


def _poisson(fitted: Fitted, identified: Numbers) -> tuple[CountModel | None, Numbers]:
    design, offset = _design(fitted.scores[fitted.at]), np.log(fitted.thousands[fitted.at])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = GLM(identified, design, family=families.Poisson(), offset=offset).fit(maxiter=200, tol=1e-13)
        except (ValueError, np.linalg.LinAlgError, FloatingPointError):
            return None, identified
    coefficients = np.asarray(result.params)
    if not np.isfinite(coefficients).all() or np.abs(coefficients).max() > _BEYOND:
        return None, identified
    mean = np.asarray(result.mu)
    freedom = len(identified) - _COEFFICIENTS
    dispersion = float(((identified - mean) ** 2 / mean).sum()) / freedom
    covariance = _inverse(design.T @ (mean[:, np.newaxis] * design))
    log_likelihood = float((identified * np.log(mean) - mean - special.gammaln(identified + 1)).sum())
    quantile = float(stats.t.ppf((1 + _CONFIDENCE) / 2, freedom))
    model = _model(
        fitted, coefficients, covariance, log_likelihood, float(result.deviance), dispersion, None,
        quantile * max(1.0, dispersion) ** 0.5,
    )  # fmt: skip
    return model, mean


def _negative_binomial(
    fitted: Fitted, identified: Numbers, mean: Numbers, start: Numbers
) -> tuple[CountModel | None, str]:
    """The negative binomial of maximum likelihood, its size found by statsmodels' own likelihood for it."""
    freedom = len(identified) - _COEFFICIENTS
    if float(((identified - mean) ** 2 / mean).sum()) <= freedom:
        return (
            None,
            "The anchors’ counts vary no more than Poisson counts, so the negative binomial is the Poisson model.",
        )
    design, offset = _design(fitted.scores[fitted.at]), np.log(fitted.thousands[fitted.at])

    def at(theta: float) -> tuple[float, Numbers]:
        family = families.NegativeBinomial(alpha=1.0 / theta)
        result = GLM(identified, design, family=family, offset=offset).fit(maxiter=200, tol=1e-13, start_params=start)
        return float(result.llf), np.asarray(result.params)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            best = optimize.minimize_scalar(
                lambda log_theta: -at(float(np.exp(log_theta)))[0],
                bounds=(-7.0, float(np.log(_LARGEST_THETA))), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            theta = float(np.exp(best.x))
            log_likelihood, coefficients = at(theta)
        except (ValueError, np.linalg.LinAlgError, FloatingPointError):
            return None, "The negative binomial model does not converge on these anchors."
    if not np.isfinite(coefficients).all() or theta > _LARGEST_THETA / 2:
        return None, "The negative binomial model does not differ from the Poisson model on these anchors."
    fitted_mean = np.exp(offset + design @ coefficients)
    weight = fitted_mean / (1 + fitted_mean / theta)
    covariance = _inverse(design.T @ (weight[:, np.newaxis] * design))
    positive = np.where(identified > 0, identified, 1.0)
    deviance = 2 * float(
        (
            np.where(identified > 0, identified * np.log(positive / fitted_mean), 0.0)
            - (identified + theta) * np.log((identified + theta) / (fitted_mean + theta))
        ).sum()
    )
    spread = fitted_mean + fitted_mean**2 / theta
    dispersion = float(((identified - fitted_mean) ** 2 / spread).sum()) / freedom
    quantile = float(stats.norm.ppf((1 + _CONFIDENCE) / 2))
    model = _model(fitted, coefficients, covariance, log_likelihood, deviance, dispersion, theta, quantile)
    return model, ""


def _model(
    fitted: Fitted, coefficients: Numbers, covariance: Numbers, log_likelihood: float, deviance: float,
    dispersion: float, theta: float | None, width: float,
) -> CountModel:  # fmt: skip
    design = _design(fitted.scores)
    with np.errstate(over="ignore"):
        estimates = fitted.thousands * np.exp(design @ coefficients)
        errors = np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design))
        low, high = estimates * np.exp(-width * errors), estimates * np.exp(width * errors)
        total = float(estimates.sum())
        slope = estimates @ design / total
        of_total = float(np.sqrt(slope @ covariance @ slope))
        limits = total * np.exp(-width * of_total), total * np.exp(width * of_total)
    parameters = _COEFFICIENTS + (0 if theta is None else 1)
    return CountModel(
        intercept=float(coefficients[0]),
        slope=float(coefficients[1]),
        intercept_se=float(np.sqrt(covariance[0, 0])),
        slope_se=float(np.sqrt(covariance[1, 1])),
        log_likelihood=log_likelihood,
        deviance=deviance,
        aic=-2 * log_likelihood + 2 * parameters,
        dispersion=dispersion,
        theta=theta,
        estimates=floats(estimates),
        low=floats(low),
        high=floats(high),
        total=(total, float(limits[0]), float(limits[1])),
    )
