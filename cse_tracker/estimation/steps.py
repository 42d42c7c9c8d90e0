"""Steps that were taken before a figure could be used, kept with it: annualised, averaged, taken from a neighbour."""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    """What was done to a figure that was not there as needed (report, appendix I, step 2)."""

    ANNUALISED = "annualised"
    MEAN_OF_OTHERS = "mean of other periods"
    NEIGHBOUR = "neighbour"
    NOTE = "note"


@dataclass(frozen=True)
class Step:
    """One step. `gss_code` is empty where it concerns every area.

    `source` is the neighbour's code for a figure from a neighbour. `months` and `share` say how a figure was
    annualised: the count of so many months, of which a share is of the right kind (report: one month of missing-person
    investigations, by the share that are of children). `applied` is True where the figures had the step in them when
    they were given, False where it was taken here. `detail` is in the words of whoever recorded it.
    """

    kind: StepKind
    indicator: str
    gss_code: str = ""
    source: str = ""
    months: float | None = None
    share: float | None = None
    applied: bool = True
    detail: str = ""

    @property
    def imputed(self) -> bool:
        """Whether the figure is another's or an average, not the area's own count."""
        return self.kind in {StepKind.NEIGHBOUR, StepKind.MEAN_OF_OTHERS}


def annualised(value: float, *, months: float, share: float = 1.0) -> float:
    """A count of some months as a year's: times 12 over the months, times the share that is meant.

    Raises ValueError unless months lie above 0 and up to 12, and the share above 0 and up to 1.
    """
    if not 0 < months <= 12:
        message = "the months must be above 0 and at most 12"
        raise ValueError(message)
    if not 0 < share <= 1:
        message = "the share must be above 0 and at most 1"
        raise ValueError(message)
    return value * 12.0 / months * share


def year_from_periods(values: list[float | None]) -> float | None:
    """The sum over the periods of a year, a missing one replaced by the mean of the others; None if all are missing."""
    given = [value for value in values if value is not None]
    return sum(given) / len(given) * len(values) if given else None
