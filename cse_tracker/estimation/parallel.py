"""Horn's parallel analysis: how large the components of unrelated indicators come out by chance alone."""

import numpy as np

from cse_tracker.estimation.rates import Numbers

_SEED = 20_050_701
_DRAWS = 5_000
_AT_ONCE = 500


def chance_eigenvalues(
    areas: int, indicators: int, *, percentile: float = 95.0, draws: int = _DRAWS, seed: int = _SEED
) -> tuple[float, ...]:
    """The percentile of each eigenvalue, largest first, over random normal data of the same shape (Horn 1965).

    For a scree picture: a component at or below its chance eigenvalue is not worth keeping. The same arguments always
    give the same answer. Needs more areas than indicators. The cross products of normal data are drawn as they are
    distributed (Bartlett's decomposition of Wishart's distribution), so neither time nor memory grows with the areas.
    """
    generator = np.random.default_rng(seed)
    rounds = (min(_AT_ONCE, draws - start) for start in range(0, draws, _AT_ONCE))
    eigenvalues = np.concatenate(
        [np.linalg.eigvalsh(_correlations(generator, size, areas, indicators)) for size in rounds]
    )
    return tuple(float(value) for value in np.percentile(eigenvalues[:, ::-1], percentile, axis=0))


def _correlations(generator: np.random.Generator, draws: int, areas: int, indicators: int) -> Numbers:
    root = np.tril(generator.standard_normal((draws, indicators, indicators)), -1)
    freedom = areas - 1 - np.arange(indicators)
    spread = np.sqrt(generator.chisquare(freedom, (draws, indicators)))
    root[:, np.arange(indicators), np.arange(indicators)] = spread
    products = root @ root.transpose(0, 2, 1)
    scale = np.sqrt(np.diagonal(products, axis1=1, axis2=2))
    correlations: Numbers = products / (scale[:, :, np.newaxis] * scale[:, np.newaxis, :])
    return correlations
