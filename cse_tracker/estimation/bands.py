"""The levels of risk of an area by the number of young people estimated, and how likely each of them is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.rates import Numbers


@dataclass(frozen=True)
class Bands:
    """Bands from the highest to the lowest: each but the lowest with its smallest whole number of young people."""

    smallest: tuple[tuple[int, str], ...]
    lowest: str

    def __post_init__(self) -> None:
        edges = [edge for edge, _ in self.smallest]
        if edges != sorted(set(edges), reverse=True) or (edges and edges[-1] < 1):
            message = "the smallest numbers of the bands must fall from band to band and stay above 0"
            raise InputProblem("bands", None, None, message)
        if len(set(self.names)) != len(self.names):
            raise InputProblem("bands", None, None, "two bands have the same name")

    @property
    def names(self) -> tuple[str, ...]:
        """The bands, highest first."""
        return (*(name for _, name in self.smallest), self.lowest)

    def of(self, estimate: float) -> str:
        """The band of an estimate in young people, by its nearest whole number (a half goes to the even one)."""
        return next((name for smallest, name in self.smallest if round(estimate) >= smallest), self.lowest)

    def chances(self, centre: Numbers, spread: Numbers, freedom: int) -> Numbers:
        """The probability of each band (areas by bands) for numbers spread as Student's t about their centre.

        The edge between two bands lies half a young person below the upper one's smallest number. A spread of 0
        puts everything into one band.
        """
        certain = spread <= 0
        safe = np.where(certain, 1.0, spread)
        edges = np.array([smallest - 0.5 for smallest, _ in self.smallest])
        distance = (edges[np.newaxis, :] - centre[:, np.newaxis]) / safe[:, np.newaxis]
        above = stats.t.sf(distance, freedom)
        above = np.where(certain[:, np.newaxis], (distance <= 0).astype(np.float64), above)
        whole = np.column_stack([np.zeros(len(centre)), above, np.ones(len(centre))])
        return np.diff(whole, axis=1)

    def shares(self, draws: Numbers) -> Numbers:
        """The share of the draws (areas by draws) that fall into each band, areas by bands."""
        above = [(draws >= smallest - 0.5).mean(axis=1) for smallest, _ in self.smallest]
        whole = np.column_stack([np.zeros(len(draws)), *above, np.ones(len(draws))])
        return np.diff(whole, axis=1)


# The report's bands. Its lowest is "under 20", which leaves exactly 20 without a band; it is counted in the lowest.
REPORT: Final = Bands(((41, "High"), (31, "Medium"), (21, "Moderate")), "Low")
BANDS: Final = REPORT.names


def band(estimate: float) -> str:
    """The report's band of an estimate in young people."""
    return REPORT.of(estimate)


def bands_read(text: str) -> Bands:
    """Bands from words such as `High=41,Medium=31,Moderate=21,Low`; raises InputProblem."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    smallest: list[tuple[int, str]] = []
    for part in parts[:-1]:
        name, sign, edge = (piece.strip() for piece in part.partition("="))
        if not sign or not name or not edge.isdecimal():
            raise InputProblem("bands", None, None, f"{part!r} is not a name and a whole number, such as High=41")
        smallest.append((int(edge), name))
    if not parts or "=" in parts[-1]:
        raise InputProblem("bands", None, None, "the last band is the lowest and has a name alone")
    return Bands(tuple(smallest), parts[-1])
