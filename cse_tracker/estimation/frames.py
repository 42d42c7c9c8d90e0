"""The estimate and the second opinion for a notebook: data frames in, data frames out, no web and no database.

See docs/estimation.md for how to use it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import pandas as pd

from cse_tracker.estimation.bands import REPORT, Bands
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.reading import Tables, put_together
from cse_tracker.estimation.resampling import DRAWS, SEED
from cse_tracker.estimation.study import Settings, Study, study
from cse_tracker.estimation.study_as_json import area_rows, study_to_json
from cse_tracker.estimation.systems.as_json import opinion_to_json
from cse_tracker.estimation.systems.opinion import Asked, SecondOpinion, second_opinion
from cse_tracker.estimation.systems.reading import overlaps_from
from cse_tracker.estimation.tables import AREA, Row, Table

_LONG: Final = {"indicator", "value"}


class EstimateFrames:
    """A study as data frames. `study` holds every figure as plain objects."""

    def __init__(self, found: Study) -> None:
        self.study = found

    @property
    def areas(self) -> pd.DataFrame:
        """One row an area, by code: score, estimate, limits, band and its chances, identified, flags."""
        frame = pd.DataFrame(area_rows(self.study)).set_index(AREA)
        chances = pd.DataFrame(frame["band_probabilities"].tolist(), index=frame.index)
        of_line = pd.DataFrame(frame["band_probabilities_of_line"].tolist(), index=frame.index)
        plain = frame.drop(columns=["band_probabilities", "band_probabilities_of_line"])
        return plain.join(chances.add_prefix("chance_")).join(of_line.add_prefix("chance_of_line_"))

    @property
    def total(self) -> pd.Series:
        """The total of all areas with its limits."""
        return pd.Series(asdict(self.study.estimate.total), name="total")

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlations between the indicators."""
        return self._square(self.study.estimate.correlation)

    @property
    def anti_image_correlation(self) -> pd.DataFrame:
        """Partial correlations with their sign turned; sampling adequacy on the diagonal."""
        return self._square(self.study.anti_image.correlation)

    @property
    def anti_image_covariance(self) -> pd.DataFrame:
        """Anti-image covariances."""
        return self._square(self.study.anti_image.covariance)

    @property
    def indicators(self) -> pd.DataFrame:
        """Loading and sampling adequacy of every indicator."""
        found = self.study.estimate
        columns = {"loading": found.loadings, "kmo": found.kmo.by_indicator}
        return pd.DataFrame(columns, index=pd.Index(found.indicators, name="indicator"))

    @property
    def components(self) -> pd.DataFrame:
        """Eigenvalues, per cent of variance, random data's eigenvalues, Velicer's average partials before each."""
        found, kept = self.study.estimate, self.study.retention
        columns = {
            "eigenvalue": found.eigenvalues,
            "percent_variance": found.percent_variance,
            "chance": kept.chance,
            "average_partial": kept.average_partial,
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(1, len(found.eigenvalues) + 1, name="component"))

    @property
    def regression(self) -> pd.Series:
        """The line through the anchors, with overall KMO and Bartlett's test."""
        found = self.study.estimate
        tests = {"kmo": found.kmo.overall, **{f"bartlett_{k}": v for k, v in asdict(found.bartlett).items()}}
        return pd.Series(asdict(found.regression) | tests, name="regression")

    @property
    def influence(self) -> pd.DataFrame:
        """Leverage, residuals and Cook's distance of every anchor."""
        return pd.DataFrame([asdict(each) for each in self.study.influence]).set_index(AREA)

    @property
    def sensitivity(self) -> pd.DataFrame:
        """The run without each anchor, each pair of anchors and each indicator."""
        kinds = (
            ("anchor", self.study.sensitivity.anchors),
            ("pair of anchors", self.study.sensitivity.anchor_pairs),
            ("indicator", self.study.sensitivity.indicators),
        )
        return pd.DataFrame([{"kind": kind, **asdict(each)} for kind, runs in kinds for each in runs])

    @property
    def count_models(self) -> pd.DataFrame:
        """Estimates and limits of the Poisson and the negative binomial model, by area; empty where there is none."""
        frames = {
            name: pd.DataFrame({"estimate": model.estimates, "ci_low": model.low, "ci_high": model.high})
            for name, model in (
                ("poisson", self.study.counts.poisson),
                ("negative_binomial", self.study.counts.negative_binomial),
            )
            if model is not None
        }
        index = pd.Index(self.study.estimate.areas, name=AREA)
        return pd.concat(frames, axis=1).set_axis(index) if frames else pd.DataFrame(index=index)

    @property
    def cautions(self) -> pd.DataFrame:
        """What a reader must be told, a row each."""
        return pd.DataFrame([asdict(each) for each in self.study.cautions], columns=["code", "sentence", "about"])

    @property
    def left_out(self) -> pd.DataFrame:
        """Areas left out, with the reason."""
        rows = [asdict(each) for each in self.study.estimate.left_out]
        return pd.DataFrame(rows, columns=[AREA, "name", "reason"])

    def to_json(self) -> dict[str, object]:
        """The same values as `cse-tracker estimate --json` writes."""
        return study_to_json(self.study)

    def _square(self, rows: Sequence[Sequence[float | None]]) -> pd.DataFrame:
        names = pd.Index(self.study.estimate.indicators, name="indicator")
        return pd.DataFrame([list(row) for row in rows], index=names, columns=names, dtype=float)


class OpinionFrames:
    """A second opinion as data frames. `opinion` holds every figure as plain objects."""

    def __init__(self, found: SecondOpinion) -> None:
        self.opinion = found

    @property
    def answer(self) -> pd.Series:
        """Observed, estimate, limits, lower bound, and the reason where it is refused."""
        found = self.opinion
        limits = found.bootstrap
        return pd.Series(
            {
                "observed": found.data.observed,
                "estimate": found.total,
                "low": found.low,
                "high": found.high,
                "bootstrap_low": limits.low if limits else None,
                "bootstrap_high": limits.high if limits else None,
                "lower_bound": found.bound.total,
                "refusal": found.refusal,
            }
        )

    @property
    def shared(self) -> pd.DataFrame:
        """How many young people every pair of lists shares."""
        data = self.opinion.data
        return pd.DataFrame([{"pair": data.name(pair), "count": data.shared(pair)} for pair in data.pairs])

    @property
    def cells(self) -> pd.DataFrame:
        """Every pattern with its count and, where there is a model, its fitted number."""
        data, model = self.opinion.data, self.opinion.model
        frame = pd.DataFrame(data.patterns, columns=list(data.lists))
        frame["count"] = data.counts
        return frame if model is None else frame.assign(fitted=model.fitted)

    @property
    def models(self) -> pd.DataFrame:
        """The best models by AIC with totals and weights."""
        choice = self.opinion.choice
        return pd.DataFrame([asdict(each) for each in choice.best] if choice else [])

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must be told."""
        return self.opinion.cautions

    def to_json(self) -> object:
        """The same values as `cse-tracker mse --json` writes."""
        return opinion_to_json(self.opinion)


def estimate(
    indicators: pd.DataFrame,
    population: pd.DataFrame | pd.Series,
    identified: pd.DataFrame | pd.Series,
    *,
    anchors: Sequence[str] | None = None,
    proactivity: pd.DataFrame | None = None,
    steps: pd.DataFrame | None = None,
    parts: pd.DataFrame | None = None,
    units: dict[str, str] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    bands: Bands = REPORT,
) -> EstimateFrames:
    """Run the multiple-indicator method on data frames.

    `indicators` is long (columns gss_code, indicator, value and perhaps unit) or wide (one row an area, indexed by code
    or with a column gss_code, and a column for each indicator, whose units are in `units`, "count" where not named).
    `population` and `identified` are series by area code, or frames with the columns of the files. Give `anchors` or
    `proactivity`. Raises InputProblem or CannotEstimate, as the command does.
    """
    if anchors is None and proactivity is None:
        raise InputProblem("proactivity", None, None, "give either anchors or proactivity")
    tables = Tables(
        indicators=_table("indicators", _long(indicators, units or {}), (AREA, "indicator", "value")),
        population=_table("population", _framed(population, "population"), (AREA, "population")),
        identified=_table("identified", _framed(identified, "identified"), (AREA, "identified")),
        survey=_table("proactivity", proactivity, (AREA,)) if anchors is None and proactivity is not None else None,
        parts=_table("parts", parts, (AREA, "indicator", "period", "value")) if parts is not None else None,
        steps=_table("steps", steps, ("indicator", "step")) if steps is not None else None,
    )
    return EstimateFrames(study(put_together(tables, anchors=anchors), Settings(draws, seed, bands)))


def second_opinion_of(overlaps: pd.DataFrame, asked: Asked | None = None) -> OpinionFrames:
    """Multiple systems estimation of a frame with a column of 0 and 1 for each list, and `count`."""
    header = [str(name) for name in overlaps.columns]
    body = [(number, [_cell(value) for value in row]) for number, row in enumerate(overlaps.to_numpy(object), start=2)]
    data, notes = overlaps_from("overlaps", [(1, header), *body])
    return OpinionFrames(second_opinion(data, asked, notes))


def _long(indicators: pd.DataFrame, units: dict[str, str]) -> pd.DataFrame:
    if {str(name).casefold() for name in indicators.columns} >= _LONG:
        return indicators
    wide = indicators.set_index(AREA) if AREA in indicators.columns else indicators
    for name in units:
        if name not in wide.columns:
            raise InputProblem("indicators", None, name, "units name an indicator that is not there")
    wide = wide.rename_axis(AREA).rename_axis("indicator", axis=1)
    rows = wide.reset_index().melt(id_vars=AREA, var_name="indicator", value_name="value")
    rows["unit"] = [units.get(str(name), "count") for name in rows["indicator"]]
    return rows


def _framed(given: pd.DataFrame | pd.Series, column: str) -> pd.DataFrame:
    if isinstance(given, pd.Series):
        return pd.DataFrame({AREA: given.index, column: given.to_numpy()})
    return given if AREA in given.columns else given.rename_axis(AREA).reset_index()


def _table(name: str, frame: pd.DataFrame | None, required: Sequence[str]) -> Table:
    assert frame is not None  # noqa: S101 - the callers ask first
    columns = [str(column).strip().casefold() for column in frame.columns]
    for column in columns:
        if columns.count(column) > 1:
            raise InputProblem(name, 1, column, "the frame has this column twice")
    rows = tuple(
        Row(name, number, dict(zip(columns, map(_cell, values), strict=True)))
        for number, values in enumerate(frame.to_numpy(object), start=2)
    )
    table = Table(name, frozenset(columns), rows)
    for column in required:
        table.require_column(column)
    return table


def _cell(value: object) -> str:
    """The value as a file would hold it, at full precision; nothing for a missing one."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value).strip()
