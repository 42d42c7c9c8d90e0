"""Everything about a run that a reader must be told before trusting it, each in a plain sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cse_tracker.estimation.fitting import Fitted
from cse_tracker.estimation.influence import AnchorInfluence
from cse_tracker.estimation.inputs import EstimationInputs, Unit
from cse_tracker.estimation.rates import indicator_rates
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.retention import Retention
from cse_tracker.estimation.steps import StepKind

_FEW_ANCHORS: Final = 4
_LEAST_KMO: Final = 0.6
_SIGNIFICANT: Final = 0.05
_MANY_LEFT_OUT: Final = 0.25
_SMALL: Final = 1_000
_FAR: Final = 8.0
_COOK: Final = 4.0
_STUDENT: Final = 3.0
_SHOWN: Final = 6


@dataclass(frozen=True)
class Caution:
    """One warning: a code for programs, a sentence for people, the areas or indicators it is about."""

    code: str
    sentence: str
    about: tuple[str, ...] = ()


def cautions(
    inputs: EstimationInputs, fitted: Fitted, result: Estimate, retention: Retention,
    influence: tuple[AnchorInfluence, ...],
) -> tuple[Caution, ...]:  # fmt: skip
    """All that apply, the weightiest kinds first."""
    return (
        *_of_the_line(result, influence),
        *_of_the_component(result, retention),
        *_of_the_areas(inputs, fitted, result),
        *_of_the_figures(inputs),
        *_of_the_steps(inputs),
    )


def _of_the_line(result: Estimate, influence: tuple[AnchorInfluence, ...]) -> Iterator[Caution]:
    line = result.regression
    if line.anchors < _FEW_ANCHORS:
        yield Caution("few-anchors", f"Only {line.anchors} anchors carry the line, so no range below can be trusted.")
    if line.anchor_sd == 0:
        yield Caution("anchors-alike", "Every anchor identified at the same rate, so the score explains nothing.")
    elif line.p is not None and line.p >= _SIGNIFICANT:
        yield Caution(
            "not-significant",
            f"The anchors do not show that the score goes with what was identified (p = {line.p:.2f}).",
        )
    if line.slope < 0:
        yield Caution("falling-line", "The line falls: anchors with a higher score identified fewer young people.")
    strong = tuple(
        each.gss_code
        for each in influence
        if (each.cook or 0) > _COOK / line.anchors or abs(each.studentised or 0) > _STUDENT
    )
    if strong:
        names = _names(result, strong)
        yield Caution("influential-anchor", f"The line leans on single anchors: {names}. See it without them.", strong)


def _of_the_component(result: Estimate, retention: Retention) -> Iterator[Caution]:
    if result.kmo.overall is None or result.kmo.overall < _LEAST_KMO:
        found = "cannot be worked out" if result.kmo.overall is None else f"is {result.kmo.overall:.2f}"
        yield Caution("low-kmo", f"The sampling adequacy {found}; below {_LEAST_KMO} the indicators share too little.")
    if result.bartlett.p >= _SIGNIFICANT:
        yield Caution("not-factorable", "Bartlett’s test does not show that the indicators are correlated at all.")
    if retention.second_component:
        yield Caution("second-component", "The indicators measure more than one thing, and one score cannot hold both.")
    turned = tuple(name for name, loading in zip(result.indicators, result.loadings, strict=True) if loading < 0)
    if turned:
        yield Caution("negative-loading", f"These go down where the others go up: {', '.join(turned)}.", turned)


def _of_the_areas(inputs: EstimationInputs, fitted: Fitted, result: Estimate) -> Iterator[Caution]:
    outside = tuple(area.gss_code for area in result.estimates if area.extrapolated)
    if outside:
        names = _names(result, outside)
        yield Caution("extrapolated", f"The score lies outside the range of the anchors’ scores: {names}.", outside)
    leverage = fitted.line.leverage(fitted.scores)
    far = tuple(
        code for code, value in zip(result.areas, leverage.tolist(), strict=True) if value > 4 / fitted.line.anchors
    )
    if far:
        names = _names(result, far)
        yield Caution(
            "far-from-anchors", f"The score lies so far from the anchors that little supports it: {names}.", far
        )
    below = tuple(area.gss_code for area in result.estimates if area.estimate < 0)
    if below:
        yield Caution("below-nought", f"The line falls below 0 and is shown as 0: {_names(result, below)}.", below)
    total = len(inputs.areas) + sum(each.gss_code not in set(inputs.areas) for each in inputs.left_out)
    missing = total - len(inputs.areas)
    if missing and missing >= _MANY_LEFT_OUT * total:
        yield Caution("many-left-out", f"{missing} of {total} areas are left out because an indicator is missing.")
    small = tuple(code for code, people in zip(inputs.areas, inputs.population, strict=True) if people < _SMALL)
    if small:
        names = _names(result, small)
        yield Caution(
            "small-population", f"Fewer than {_SMALL:,} residents aged 10 to 19, so rates jump: {names}.", small
        )


def _of_the_figures(inputs: EstimationInputs) -> Iterator[Caution]:
    values = np.array(inputs.values, dtype=np.float64)
    rates = indicator_rates(inputs)
    for name, unit, given, rate in zip(inputs.indicators, inputs.units, values.T, rates.T, strict=True):
        whole = given == np.round(given)
        if unit is Unit.COUNT and not whole.all():
            odd = tuple(area for area, fine in zip(inputs.areas, whole.tolist(), strict=True) if not fine)
            kind = "every value" if not whole.any() else f"{len(odd)} of {len(whole)} values"
            yield Caution(
                "counts-not-whole", f"{name} is given as a count, but {kind} is not whole: is it a rate?", odd
            )
        centre = float(np.median(rate))
        scatter = float(np.median(np.abs(rate - centre)))
        odd = tuple(
            area
            for area, value in zip(inputs.areas, rate.tolist(), strict=True)
            if scatter > 0 and abs(value - centre) > _FAR * 1.4826 * scatter
        )
        if odd:
            yield Caution(
                "unusual-value",
                f"{name} is far from all others in {_codes(inputs, odd)}: is a count given as a rate, or a digit lost?",
                odd,
            )
    odd = tuple(
        area
        for area, found, people in zip(inputs.areas, inputs.identified, inputs.population, strict=True)
        if found is not None and found > people
    )
    if odd:
        yield Caution("more-than-residents", f"More were identified than live there: {_codes(inputs, odd)}.", odd)
    fractions = tuple(
        area
        for area, found in zip(inputs.areas, inputs.identified, strict=True)
        if found is not None and not found.is_integer()
    )
    if fractions:
        yield Caution(
            "identified-not-whole", f"The number identified is not whole in {_codes(inputs, fractions)}.", fractions
        )


def _of_the_steps(inputs: EstimationInputs) -> Iterator[Caution]:
    for step in inputs.steps:
        where = f" in {inputs.names.get(step.gss_code, step.gss_code)}" if step.gss_code else ""
        if step.kind is StepKind.NEIGHBOUR:
            source = inputs.names.get(step.source, step.source)
            text = f"{step.indicator}{where} is the figure of {source}, because there was none of its own."
        elif step.kind is StepKind.MEAN_OF_OTHERS:
            text = f"{step.indicator}{where}: a missing period was replaced with the mean of the others."
        elif step.kind is StepKind.ANNUALISED:
            text = f"{step.indicator}{where} is worked out for a year from a shorter count."
        else:
            text = f"{step.indicator}{where}: {step.detail}"
        about = (step.gss_code,) if step.gss_code else (step.indicator,)
        yield Caution(f"step-{step.kind.name.casefold().replace('_', '-')}", text, about)


def _names(result: Estimate, codes: tuple[str, ...]) -> str:
    names = {area.gss_code: area.name or area.gss_code for area in result.estimates}
    return _some(tuple(names[code] for code in codes))


def _codes(inputs: EstimationInputs, codes: tuple[str, ...]) -> str:
    return _some(tuple(inputs.names.get(code, code) or code for code in codes))


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
