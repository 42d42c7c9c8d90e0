"""A study as plain JSON values at full precision: the agreed names of the estimate, and beside them how sure it is."""

import math
from dataclasses import asdict
from typing import Final

from cse_tracker.estimation.as_json import to_json
from cse_tracker.estimation.count_model import CountModel
from cse_tracker.estimation.resampling import Resampled
from cse_tracker.estimation.study import Study

MEANING: Final = "Would be identified if every borough worked like the anchors. This is not prevalence."


def study_to_json(study: Study) -> dict[str, object]:
    """Every figure of a study; what is not a finite number is null. Lists by area follow `areas`."""
    document = to_json(study.estimate)
    document["estimates"] = area_rows(study)
    document |= {
        "meaning": MEANING,
        "synthetic": study.estimate.synthetic,
        "bands": list(study.bands.names),
        "anti_image": asdict(study.anti_image),
        "retention": asdict(study.retention),
        "influence": [asdict(each) for each in study.influence],
        "cross_validation": asdict(study.cross_validation),
        "leave_one_anchor_out": [asdict(each) for each in study.sensitivity.anchors],
        "leave_two_anchors_out": [asdict(each) for each in study.sensitivity.anchor_pairs],
        "leave_one_indicator_out": [asdict(each) for each in study.sensitivity.indicators],
        "bootstrap": _bootstrap(study.bootstrap),
        "count_models": {
            "poisson": _counts(study, study.counts.poisson),
            "negative_binomial": _counts(study, study.counts.negative_binomial),
            "notes": list(study.counts.notes),
        },
        "cautions": [asdict(each) for each in study.cautions],
        "steps": [asdict(each) for each in study.inputs.steps],
        "run": _record(study),
    }
    return {name: strict(value) for name, value in document.items()}


def strict(value: object) -> object:
    """The value in what strict JSON knows: tuples as lists, and null for a number that is not finite."""
    if isinstance(value, dict):
        return {str(name): strict(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [strict(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def area_rows(study: Study) -> list[dict[str, object]]:
    """One row an area: the agreed names and, beside them, chances of bands, leverage and the bootstrap's limits."""
    plain = to_json(study.estimate)["estimates"]
    assert isinstance(plain, list)  # noqa: S101 - `to_json` gives a list of areas
    line = study.estimate.regression
    rows = []
    for place, (row, area) in enumerate(zip(plain, study.estimate.estimates, strict=True)):
        low, median, high = study.bootstrap.areas[place] if study.bootstrap else (None, None, None)
        leverage = 1.0 / line.anchors + (area.score - line.mean_score) ** 2 / line.score_squares
        rows.append(
            row
            | {
                "name": area.name,
                "under_identification": area.under_identification,
                "leverage": leverage,
                "band_probabilities": dict(zip(study.bands.names, study.band_chances[place], strict=True)),
                "band_probabilities_of_line": dict(zip(study.bands.names, study.mean_band_chances[place], strict=True)),
                "bootstrap_low": low,
                "bootstrap_median": median,
                "bootstrap_high": high,
            }
        )
    return rows


def _bootstrap(found: Resampled | None) -> dict[str, object] | None:
    if found is None:
        return None
    names = ("low", "median", "high")
    return {
        "draws": found.draws,
        "unusable": found.unusable,
        "seed": found.seed,
        "total": dict(zip(names, found.total, strict=True)),
        "slope": dict(zip(names, found.slope, strict=True)),
        "band_shares": [list(row) for row in found.bands],
    }


def _counts(study: Study, model: CountModel | None) -> dict[str, object] | None:
    if model is None:
        return None
    values = asdict(model)
    total = values.pop("total")
    areas = [
        {"gss_code": code, "estimate": at, "ci_low": low, "ci_high": high}
        for code, at, low, high in zip(
            study.estimate.areas, values.pop("estimates"), values.pop("low"), values.pop("high"), strict=True
        )
    ]
    return values | {"total": dict(zip(("estimate", "ci_low", "ci_high"), total, strict=True)), "estimates": areas}


def _record(study: Study) -> dict[str, object]:
    record = study.record
    settings = record.settings
    return {
        "inputs_sha256": record.inputs_sha256,
        "method": record.method,
        "draws": settings.draws,
        "seed": settings.seed,
        "bands": [{"smallest": edge, "band": name} for edge, name in settings.bands.smallest]
        + [{"smallest": None, "band": settings.bands.lowest}],
        "versions": dict(record.versions),
    }
