"""A run with everything needed to judge it: the estimate, its diagnostics and how sure it is."""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Final

import numpy as np

from cse_tracker.estimation import influence, resampling, retention, sensitivity, suitability
from cse_tracker.estimation.bands import REPORT, Bands
from cse_tracker.estimation.cautions import Caution, cautions
from cse_tracker.estimation.count_model import CountModels, count_models
from cse_tracker.estimation.estimate import from_fitted
from cse_tracker.estimation.fitting import Fitted, fit, floats
from cse_tracker.estimation.influence import AnchorInfluence, CrossValidation
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.resampling import Resampled
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.retention import Retention
from cse_tracker.estimation.sensitivity import Sensitivity
from cse_tracker.estimation.suitability import AntiImage

METHOD: Final = "multiple-indicator/2"
_LIBRARIES: Final = ("numpy", "scipy", "statsmodels", "pandas")


@dataclass(frozen=True)
class Settings:
    """What a run was told: draws and seed of the bootstrap, and the edges of the bands."""

    draws: int = resampling.DRAWS
    seed: int = resampling.SEED
    bands: Bands = REPORT


@dataclass(frozen=True)
class RunRecord:
    """What makes a run repeat to the last digit: hash of the inputs, settings, versions."""

    inputs_sha256: str
    method: str
    settings: Settings
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Study:
    """An estimate and everything that says how far to trust it.

    `band_chances` are the probabilities of each band (in the order of the settings' bands) for the number that would be
    identified in each area, `mean_band_chances` for the line itself; both follow the order of the areas.
    """

    inputs: EstimationInputs
    estimate: Estimate
    anti_image: AntiImage
    retention: Retention
    influence: tuple[AnchorInfluence, ...]
    cross_validation: CrossValidation
    sensitivity: Sensitivity
    bootstrap: Resampled | None
    counts: CountModels
    bands: Bands
    band_chances: tuple[tuple[float, ...], ...]
    mean_band_chances: tuple[tuple[float, ...], ...]
    cautions: tuple[Caution, ...]
    record: RunRecord


def study(inputs: EstimationInputs, settings: Settings | None = None) -> Study:
    """Run the method and everything beside it; raises CannotEstimate where the method itself has no answer."""
    settings = settings or Settings()
    fitted = fit(inputs)
    result = from_fitted(inputs, fitted, settings.bands)
    judged = retention.judged(
        fitted.found.correlation, fitted.found.eigenvalues, len(inputs.areas), kept=result.retained
    )
    at_anchors = influence.influences(inputs.anchors, fitted.scores[fitted.at], fitted.anchor_rates, fitted.line)
    mean_chances, chances = _band_chances(fitted, settings.bands)
    identified = fitted.anchor_rates * fitted.thousands[fitted.at]
    return Study(
        inputs=inputs,
        estimate=result,
        anti_image=suitability.anti_image(fitted.found.correlation),
        retention=judged,
        influence=at_anchors,
        cross_validation=influence.cross_validated(fitted.anchor_rates, at_anchors),
        sensitivity=sensitivity.without_each(fitted, inputs.anchors, inputs.indicators, settings.bands),
        bootstrap=resampling.bootstrap(fitted, settings.bands, draws=settings.draws, seed=settings.seed)
        if settings.draws
        else None,
        counts=count_models(fitted, identified),
        bands=settings.bands,
        band_chances=chances,
        mean_band_chances=mean_chances,
        cautions=cautions(inputs, fitted, result, judged, at_anchors),
        record=RunRecord(inputs_hash(inputs), METHOD, settings, versions()),
    )


def _band_chances(fitted: Fitted, bands: Bands) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
    leverage = fitted.line.leverage(fitted.scores)
    scale = fitted.thousands * fitted.line.residual_sd
    of_line = bands.chances(fitted.estimates, scale * np.sqrt(leverage), fitted.line.freedom)
    of_area = bands.chances(fitted.estimates, scale * np.sqrt(1.0 + leverage), fitted.line.freedom)
    return tuple(floats(row) for row in of_line), tuple(floats(row) for row in of_area)


def inputs_hash(inputs: EstimationInputs) -> str:
    """SHA-256 over the inputs in one fixed form: the same data in the same order give the same hash."""
    form = json.dumps(asdict(inputs), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


def versions() -> tuple[tuple[str, str], ...]:
    """The versions on which the last digits of a run may depend."""
    libraries = tuple((name, metadata.version(name)) for name in _LIBRARIES)
    return (("method", METHOD), ("python", platform.python_version()), *libraries)
