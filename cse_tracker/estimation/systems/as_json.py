"""A second opinion as plain JSON values at full precision."""

from dataclasses import asdict

from cse_tracker.estimation.study import versions
from cse_tracker.estimation.study_as_json import strict
from cse_tracker.estimation.systems.opinion import SecondOpinion


def opinion_to_json(found: SecondOpinion) -> object:
    """Every figure; `estimate` is null where the overlaps are too few, and `refusal` says why."""
    data, model = found.data, found.model
    document = {
        "lists": list(data.lists),
        "observed": data.observed,
        "shared": [{"pair": data.name(pair), "count": data.shared(pair)} for pair in data.pairs],
        "refused": bool(found.refusal),
        "refusal": found.refusal,
        "method": "lower bound only" if found.refusal else "Chapman" if found.chapman else "log-linear",
        "estimate": found.total,
        "low": found.low,
        "high": found.high,
        "unseen": None if found.total is None else found.total - data.observed,
        "chao": asdict(found.bound),
        "chapman": asdict(found.chapman) if found.chapman else None,
        "model": None
        if model is None
        else {
            "interactions": [data.name(term) for term in model.terms],
            "empty_overlaps": [data.name(term) for term in model.empty],
            "coefficients": dict(zip(model.names, model.coefficients, strict=True)),
            "intercept_se": model.intercept_se,
            "standard_error": model.total_se,
            "deviance": model.deviance,
            "aic": model.aic,
            "bic": model.bic,
        },
        "steps": [asdict(step) for step in found.steps],
        "model_choice": asdict(found.choice) if found.choice else None,
        "bootstrap": asdict(found.bootstrap) if found.bootstrap else None,
        "cautions": list(found.cautions),
        "run": {"draws": found.asked.draws, "seed": found.asked.seed, "versions": dict(versions())},
    }
    return strict(document)
