"""How many components the data would support, by four rules, and why one is kept (report, appendix I, step 5)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation.parallel import chance_eigenvalues
from cse_tracker.estimation.rates import Numbers

_NOTHING_LEFT = 1e-12


@dataclass(frozen=True)
class Retention:
    """Components kept, the number that each rule would keep, and the reason in words.

    `chance` are the 95th centiles of the eigenvalues of random data (Horn 1965). `average_partial` is Velicer's (1976)
    mean squared partial correlation after taking out 0, 1, 2 ... components; the rule keeps the number that makes it
    least. `kaiser` counts eigenvalues above 1. `scree` is the number before the largest fall (Cattell 1966).
    """

    kept: int
    kaiser: int
    scree: int
    parallel: int
    velicer: int
    chance: tuple[float, ...]
    average_partial: tuple[float, ...]
    reason: str

    @property
    def second_component(self) -> bool:
        """Whether both rules that compare with chance or noise would keep more than is kept."""
        return min(self.parallel, self.velicer) > self.kept


def judged(correlation: Numbers, eigenvalues: Numbers, areas: int, *, kept: int) -> Retention:
    """What each rule says of a correlation matrix, with its eigenvalues in falling order, over that many areas."""
    chance = chance_eigenvalues(areas, len(eigenvalues))
    partial = average_partials(correlation)
    kaiser = int((eigenvalues > 1.0).sum())
    scree = int(np.argmax(eigenvalues[:-1] - eigenvalues[1:])) + 1
    parallel = _leading(eigenvalues > np.array(chance))
    velicer = int(np.argmin(partial))
    reason = _reason(kept, kaiser, scree, parallel, velicer)
    return Retention(kept, kaiser, scree, parallel, velicer, chance, tuple(float(each) for each in partial), reason)


def average_partials(correlation: Numbers) -> Numbers:
    """Velicer's mean squared partial correlations with 0 to p - 1 components taken out; NaN where none is left."""
    size = len(correlation)
    values, vectors = np.linalg.eigh(correlation)
    loadings = vectors[:, ::-1] * np.sqrt(np.clip(values[::-1], 0.0, None))
    found = np.full(size, np.inf)
    for taken in range(size):
        left = correlation - loadings[:, :taken] @ loadings[:, :taken].T
        spread = np.diag(left)
        if (spread <= _NOTHING_LEFT).any():
            break
        partial = left / np.sqrt(np.outer(spread, spread))
        found[taken] = (float((partial**2).sum()) - size) / (size * (size - 1))
    return found


def _leading(holds: npt.NDArray[np.bool_]) -> int:
    return int(np.argmin(holds)) if not holds.all() else len(holds)


def _reason(kept: int, kaiser: int, scree: int, parallel: int, velicer: int) -> str:
    rules = {"the scree": scree, "parallel analysis": parallel, "Velicer’s average partial": velicer}
    agree = [name for name, number in rules.items() if number == kept]
    differ = [f"{name} {number}" for name, number in (rules | {"Kaiser’s rule": kaiser}).items() if number != kept]
    text = f"One component is kept, because the method needs one score for each area; {_listed(agree)} would keep one"
    if not agree:
        text = "One component is kept, because the method needs one score for each area"
    return text + (f"; {_listed(differ)}." if differ else ".")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
