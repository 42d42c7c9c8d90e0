"""What the method gives back: estimates by area with their limits, and every figure needed to judge them."""

from dataclasses import dataclass, replace

from cse_tracker.estimation.inputs import LeftOut
from cse_tracker.estimation.regression import Line
from cse_tracker.estimation.suitability import SamplingAdequacy, Sphericity


@dataclass(frozen=True)
class AreaEstimate:
    """Young people estimated in one area, at full precision and not floored, so a limit can lie below 0.

    `ci_low` and `ci_high` are 95% limits for the mean of areas with this score, `pi_low` and `pi_high` for this one
    area. `under_identification` is 1 - identified / estimate, None without an identified number or where the
    estimate is not above 0; it is negative where more were identified than estimated. `extrapolated` says that the
    score lies outside the range of the anchors' scores.
    """

    gss_code: str
    name: str
    score: float
    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    band: str
    identified: float | None
    under_identification: float | None
    anchor: bool
    extrapolated: bool

    def floored(self) -> "AreaEstimate":
        """The same with estimate and limits no lower than 0, for showing to people."""
        return replace(
            self,
            estimate=max(0.0, self.estimate),
            ci_low=max(0.0, self.ci_low),
            ci_high=max(0.0, self.ci_high),
            pi_low=max(0.0, self.pi_low),
            pi_high=max(0.0, self.pi_high),
        )


@dataclass(frozen=True)
class Total:
    """Young people estimated in all areas together, anchors included.

    `ci_low` and `ci_high`, the 95% limits, carry the uncertainty of the line only; `pi_low` and `pi_high` each area's
    own scatter about it besides. `sum_of_rounded` adds the areas' nearest whole numbers.
    """

    estimate: float
    ci_low: float
    ci_high: float
    sum_of_rounded: int
    pi_low: float
    pi_high: float

    def floored(self) -> "Total":
        """The same with estimate and limits no lower than 0, for showing to people."""
        return replace(
            self,
            estimate=max(0.0, self.estimate),
            ci_low=max(0.0, self.ci_low),
            ci_high=max(0.0, self.ci_high),
            pi_low=max(0.0, self.pi_low),
            pi_high=max(0.0, self.pi_high),
        )


@dataclass(frozen=True)
class Estimate:
    """One run of the multiple indicator method.

    `areas`, `estimates` and the order of scores run together; `loadings`, `correlation` (a row an indicator) and
    `kmo.by_indicator` follow `indicators`. `synthetic` is True if any figure that went in was marked as made up.
    """

    indicators: tuple[str, ...]
    areas: tuple[str, ...]
    anchors: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...]
    kmo: SamplingAdequacy
    bartlett: Sphericity
    eigenvalues: tuple[float, ...]
    percent_variance: tuple[float, ...]
    retained: int
    loadings: tuple[float, ...]
    regression: Line
    estimates: tuple[AreaEstimate, ...]
    total: Total
    left_out: tuple[LeftOut, ...]
    synthetic: bool
