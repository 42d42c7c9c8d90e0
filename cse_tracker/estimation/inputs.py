"""What the method is given: indicators, populations and identified numbers by area, and which areas are anchors."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cse_tracker.estimation.steps import Step


class Unit(StrEnum):
    """How an indicator is expressed: a number of events or people, or already a rate per 1,000 residents aged 10-19."""

    COUNT = "count"
    RATE = "rate"


@dataclass(frozen=True)
class LeftOut:
    """An area that the data name but the estimation, or the line through the anchors, does not use."""

    gss_code: str
    name: str
    reason: str


@dataclass(frozen=True)
class EstimationInputs:
    """One set of areas with every indicator present.

    `areas`, `population` and `identified` run together; `values` is areas by indicators in the order of `areas` and
    `indicators`, each column in its `units`. `population` is residents aged 10-19. `identified` is None where no
    number was given, which is never the same as 0. `anchors` is a part of `areas`, each with an identified number.
    `synthetic` is True if any file read says that it holds made-up figures. `steps` are those that
    made a figure what it is, recorded with the data.
    """

    indicators: tuple[str, ...]
    units: tuple[Unit, ...]
    areas: tuple[str, ...]
    names: Mapping[str, str]
    values: tuple[tuple[float, ...], ...]
    population: tuple[float, ...]
    identified: tuple[float | None, ...]
    anchors: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    synthetic: bool = False
    steps: tuple[Step, ...] = ()
