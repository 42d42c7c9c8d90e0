"""Horn's parallel analysis: how large the components of unrelated indicators come out by chance alone."""

import numpy as np

_SEED = 20_050_701
_DRAWS = 5_000


def chance_eigenvalues(
    areas: int, indicators: int, *, percentile: float = 95.0, draws: int = _DRAWS, seed: int = _SEED
) -> tuple[float, ...]:
    """The percentile of each eigenvalue, largest first, over random normal data of the same shape (Horn 1965).

    For a scree picture: a component at or below its chance eigenvalue is not worth keeping. The same arguments always
    give the same answer. Needs at least 2 areas.
    """
    random = np.random.default_rng(seed).standard_normal((draws, areas, indicators))
    random -= random.mean(axis=1, keepdims=True)
    random /= random.std(axis=1, ddof=1, keepdims=True)
    correlations = random.transpose(0, 2, 1) @ random / (areas - 1)
    eigenvalues = np.linalg.eigvalsh(correlations)[:, ::-1]
    return tuple(float(value) for value in np.percentile(eigenvalues, percentile, axis=0))
