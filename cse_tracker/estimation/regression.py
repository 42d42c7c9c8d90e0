"""The line from factor score to identified rate through the anchors, and its limits (report, appendix I, step 6)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers, all_same

_FEWEST_ANCHORS = 3
_COEFFICIENTS = 2
_CONFIDENCE = 0.95
_SAME_SCORE = 1e-9


@dataclass(frozen=True)
class Line:
    """Ordinary least squares of identified rate (per 1,000 aged 10-19) on factor score.

    `residual_sd` has m - 2 in its divisor and is the report's standard deviation "of the model"; `anchor_sd` is the
    standard deviation of the anchors' own rates, the report's "of the mean". With every anchor at the same rate there
    is nothing to explain and `r_squared`, `adjusted_r_squared`, `f` and `p` are None; with every anchor exactly on
    the line `f` has no finite value and is None too. The last three fields carry the limits: number of anchors, their
    mean score, and the sum of squared deviations from it.
    """

    intercept: float
    slope: float
    r_squared: float | None
    adjusted_r_squared: float | None
    f: float | None
    p: float | None
    residual_sd: float
    anchor_sd: float
    anchors: int
    mean_score: float
    score_squares: float

    def at(self, scores: Numbers) -> Numbers:
        """The rate per 1,000 on the line at each score."""
        return self.intercept + self.slope * scores

    def mean_margin(self, scores: Numbers) -> Numbers:
        """Half the width, per 1,000, of the 95% limits for the line itself at each score."""
        return self.t() * self.residual_sd * np.sqrt(self.leverage(scores))

    def prediction_margin(self, scores: Numbers) -> Numbers:
        """Half the width, per 1,000, of the 95% limits for one area's own rate at each score."""
        return self.t() * self.residual_sd * np.sqrt(1.0 + self.leverage(scores))

    def total_margin(self, scores: Numbers, thousands: Numbers) -> float:
        """Half the width, in young people, of the 95% limits of the sum over areas of `thousands` residents each.

        Only the uncertainty of the line counts. It is common to all areas, so the margins of areas do not add in
        squares: the variance is g' Cov(intercept, slope) g with g = (sum P, sum P F), P in thousands.
        """
        return self.t() * self.residual_sd * float(np.sqrt(self._total_variance(scores, thousands)))

    def total_prediction_margin(self, scores: Numbers, thousands: Numbers) -> float:
        """As `total_margin`, with each area's own scatter about the line added: those are apart, so in squares."""
        variance = self._total_variance(scores, thousands) + float(thousands @ thousands)
        return self.t() * self.residual_sd * float(np.sqrt(variance))

    def _total_variance(self, scores: Numbers, thousands: Numbers) -> float:
        residents = float(thousands.sum())
        off_centre = float(thousands @ (scores - self.mean_score))
        return residents**2 / self.anchors + off_centre**2 / self.score_squares

    @property
    def freedom(self) -> int:
        """Degrees of freedom left for the scatter about the line."""
        return self.anchors - _COEFFICIENTS

    def leverage(self, scores: Numbers) -> Numbers:
        """The squared standard error of the line at each score, in residual variances."""
        return 1.0 / self.anchors + (scores - self.mean_score) ** 2 / self.score_squares

    def t(self) -> float:
        """How many standard errors a 95% limit lies away."""
        return float(stats.t.ppf((1.0 + _CONFIDENCE) / 2.0, self.anchors - _COEFFICIENTS))


def coefficients(scores: Numbers, rates: Numbers) -> tuple[float, float]:
    """Intercept and slope alone; raises CannotEstimate for anchors all at one score."""
    if np.ptp(scores) <= _SAME_SCORE:
        raise CannotEstimate("The anchors all have the same factor score, so no line can be drawn through them")
    from_mean = scores - scores.mean()
    slope = float(from_mean @ (rates - rates.mean())) / float(from_mean @ from_mean)
    return float(rates.mean()) - slope * float(scores.mean()), slope


def fit(scores: Numbers, rates: Numbers) -> Line:
    """The line through the anchors' scores and identified rates per 1,000, one of each an anchor.

    Raises CannotEstimate for fewer than 3 anchors, for which no limits exist, and for anchors all at one score.
    """
    _refuse_no_line(scores)
    count = len(scores)
    mean_score, mean_rate = float(scores.mean()), float(rates.mean())
    from_mean = scores - mean_score
    score_squares = float(from_mean @ from_mean)
    slope = float(from_mean @ (rates - mean_rate)) / score_squares
    residuals = rates - mean_rate - slope * from_mean
    residual_sd = float(np.sqrt(residuals @ residuals / (count - _COEFFICIENTS)))
    anchor_sd = 0.0 if all_same(rates) else float(rates.std(ddof=1))
    explained = _explained(residual_sd, anchor_sd, count)
    return Line(
        intercept=mean_rate - slope * mean_score,
        slope=slope,
        r_squared=explained.r_squared,
        adjusted_r_squared=explained.adjusted,
        f=explained.f,
        p=explained.p,
        residual_sd=residual_sd,
        anchor_sd=anchor_sd,
        anchors=count,
        mean_score=mean_score,
        score_squares=score_squares,
    )


def _refuse_no_line(scores: Numbers) -> None:
    count = len(scores)
    if count < _FEWEST_ANCHORS:
        raise CannotEstimate(f"There are {count} anchors with a number; the line needs {_FEWEST_ANCHORS} or more")
    if np.ptp(scores) <= _SAME_SCORE:
        raise CannotEstimate("The anchors all have the same factor score, so no line can be drawn through them")


class _Explained(NamedTuple):
    r_squared: float | None = None
    adjusted: float | None = None
    f: float | None = None
    p: float | None = None


def _explained(residual_sd: float, anchor_sd: float, count: int) -> _Explained:
    if anchor_sd == 0:
        return _Explained()
    df = count - _COEFFICIENTS
    unexplained = (residual_sd / anchor_sd) ** 2
    if unexplained == 0:
        return _Explained(1.0, 1.0, None, 0.0)
    r_squared = 1.0 - unexplained * df / (count - 1)
    f = r_squared * (count - 1) / unexplained
    return _Explained(r_squared, 1.0 - unexplained, f, float(stats.f.sf(f, 1, df)))
