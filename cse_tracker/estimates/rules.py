"""What of an estimate may be shown, and in which words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key, one_way_tables
from cse_tracker.disclosure.release import protect
from cse_tracker.estimation.results import AreaEstimate, Total
from cse_tracker.estimation.study import Study
from cse_tracker.estimation.study_as_json import study_to_json

MEANING: Final = "Would be identified if every borough worked like the anchors. This is not prevalence."
SYNTHETIC: Final = (
    "Synthetic demo data: every figure was made up so that the method gives what the 2005 report printed. "
    "It says nothing about any real borough."
)
LOOKS: Final[Mapping[str, str]] = {
    "right": "About right",
    "low": "Too low",
    "high": "Too high",
    "unknown": "I cannot say",
}
"""What a lead officer may answer to the question whether an estimate looks right."""
PARTLY_SYNTHETIC: Final = (
    "Partly synthetic data: some of the figures that this rests on were made up for the demo. "
    "It says nothing about any real borough."
)
PROTECTED: Final = "Numbers identified are rounded to multiples of five, so that nobody can be worked out from them."


@dataclass(frozen=True)
class Row:
    """One area as it is shown: whole young people, never below 0; shares in whole per cent.

    `identified` is None where no number was given (or it may not be shown), `gap` and `unseen` then too. `chances`
    gives each band's probability for the number in this area, highest band first.
    """

    code: str
    name: str
    estimate: int
    low: int
    high: int
    mean_low: int
    mean_high: int
    band: str
    chances: tuple[int, ...]
    identified: int | None
    gap: int | None
    unseen: int | None
    anchor: bool
    extrapolated: bool
    score: float

    @property
    def sentence(self) -> str:
        """What to tell the borough's own manager."""
        text = (
            f"In {self.name} about {self.estimate:,} young people would be identified if it worked like the anchors; "
            f"likely between {self.low:,} and {self.high:,}."
        )
        if self.low == 0:
            text += " It cannot be ruled out that there would be none."
        if self.extrapolated:
            text += " Its score lies outside the anchors’ range, so this is less certain still."
        return text


@dataclass(frozen=True)
class Shown:
    """A study as it may be read: `protected` says that identified numbers were rounded before anybody saw them."""

    study: Study
    rows: tuple[Row, ...]
    total: Total
    known: int | None
    protected: bool

    @property
    def most_unseen_first(self) -> tuple[Row, ...]:
        """The rows by how many are still unseen; those without a number last."""
        return tuple(sorted(self.rows, key=lambda row: (row.gap is None, -(row.gap or 0), row.name)))

    def cautions(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """What a reader must be told, an indicator by what people call it where the sentence begins with its key."""
        told = []
        for caution in self.study.cautions:
            name = caution.sentence.partition(" ")[0].rstrip(":")
            told.append(caution.sentence.replace(name, labels.get(name, name), 1))
        return tuple(told)

    @property
    def anchors(self) -> tuple[Row, ...]:
        """The anchors alone."""
        return tuple(row for row in self.rows if row.anchor)

    @property
    def warning(self) -> str:
        """What must stand on every page and file; empty for figures that are real."""
        if not self.study.estimate.synthetic:
            return ""
        return PARTLY_SYNTHETIC if self.protected else SYNTHETIC


def shown(study: Study, seed: bytes, counted: Mapping[str, int] | None = None) -> Shown:
    """The study with identified numbers as they may be seen: as they are where made up, else rounded to base 5.

    The rounding keeps the sum of the areas equal to the total and leaves nothing exact (disclosure control); where it
    cannot, no number is shown at all. The same seed always rounds alike. `counted` are the shown numbers of areas that
    the tracker counted itself: one such number is enough for everything to be protected, made up or not.
    """
    real = not study.estimate.synthetic or bool(counted)
    given = {area.gss_code: area.identified for area in study.estimate.estimates} | dict(counted or {})
    numbers, known = _protected(given, seed) if real else _plain(given)
    chances = dict(zip(study.estimate.areas, study.band_chances, strict=True))
    rows = tuple(
        _row(area.floored(), numbers.get(area.gss_code), chances[area.gss_code]) for area in study.estimate.estimates
    )
    return Shown(study, rows, study.estimate.total.floored(), known, real)


def _plain(given: Mapping[str, float | None]) -> tuple[dict[str, int], int]:
    numbers = {code: round(number) for code, number in given.items() if number is not None}
    return numbers, sum(numbers.values())


def _protected(given: Mapping[str, float | None], seed: bytes) -> tuple[dict[str, int], int | None]:
    counts, _ = _plain(given)
    if not counts:
        return {}, None
    try:
        release = protect(one_way_tables("identified", "All areas", {"area": counts}), seed=seed)
    except CannotProtect:
        return {}, None
    return {code: release.number(cell_key(("area", code))) for code in counts}, release.number(GRAND_TOTAL)


def _row(area: AreaEstimate, identified: int | None, chances: tuple[float, ...]) -> Row:
    estimate = round(area.estimate)
    gap = None if identified is None else estimate - identified
    unseen = None if gap is None or estimate <= 0 else max(0, round(100 * gap / estimate))
    return Row(
        code=area.gss_code,
        name=area.name or area.gss_code,
        estimate=estimate,
        low=round(area.pi_low),
        high=round(area.pi_high),
        mean_low=round(area.ci_low),
        mean_high=round(area.ci_high),
        band=area.band,
        chances=whole_percents(chances),
        identified=identified,
        gap=gap,
        unseen=unseen,
        anchor=area.anchor,
        extrapolated=area.extrapolated,
        score=area.score,
    )


def whole_percents(shares: tuple[float, ...]) -> tuple[int, ...]:
    """Shares of one as whole per cent that add up to 100 (largest remainders)."""
    exact = [100 * share for share in shares]
    whole = [int(value) for value in exact]
    missing = 100 - sum(whole)
    for place in sorted(range(len(exact)), key=lambda k: whole[k] - exact[k])[:missing]:
        whole[place] += 1
    return tuple(whole)


def coarse(total: float, *, protected: bool) -> int:
    """A total of a run without something: to the nearest ten where exact ones would add up to a count of one area."""
    return round(total / 10) * 10 if protected else round(total)


def result_hash(study: Study) -> str:
    """SHA-256 over every figure at full precision: two runs with one hash agree to the last digit."""
    figures = study_to_json(study)
    figures.pop("run")
    text = json.dumps(figures, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
