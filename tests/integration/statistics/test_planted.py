"""A leak of each kind, planted in what is counted, passes preparing and reviewing and is refused when approved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pytest

from cse_tracker.app import Service
from cse_tracker.disclosure.attacker import Findings, Leak
from cse_tracker.disclosure.model import GRAND_TOTAL, CountTable, apart, cell_key, one_way_tables, single
from cse_tracker.disclosure.register import Frame, Percentage, World, audit_register, name_of
from cse_tracker.disclosure.release import Rule
from cse_tracker.statistics import commands, register
from cse_tracker.statistics.categories import CHANGE
from cse_tracker.statistics.designs import Design, table_name
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.register import frame_of
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.people import HACKNEY

OPEN, CAME, LEFT, CHANGES = Design.YOUNG_PEOPLE, Design.JOINED, Design.LEFT, Design.CHANGES
BOROUGHS = tuple(each.value for each in (Design.REFERRALS, Design.DUTIES, Design.MISSING))
SEPTEMBER = Period(date(2026, 9, 1)).number
Month = Mapping[Design, int | Mapping[str, int]]


@dataclass(frozen=True)
class Plant:
    """What is counted, release by release (month, counts); and what the refusal must name.

    `series` and `places` say of designs that they count something else, or elsewhere, so that kinds of figures can be
    planted that no shipped design publishes.
    """

    releases: tuple[tuple[int, Month], ...]
    named: str
    world: World = register.WORLD
    series: Mapping[Design, str] = field(default_factory=dict)
    places: Mapping[Design, str] = field(default_factory=dict)
    percentages: tuple[Percentage, ...] = ()

    def frame(self, design: Design, borough_gss: str, month: date, number: int) -> Frame:
        """Where a design's table lies in the register."""
        usual = frame_of(design, borough_gss, month, number)
        return Frame(
            self.series.get(design, usual.series), self.places.get(design, usual.place), usual.first, usual.last, number
        )


PLANTS = {
    "a longer period beside its months": Plant(
        ((7, {OPEN: 12}), (8, {OPEN: 3}), (9, {OPEN: 9, CAME: 24})),
        "young-people, E09000012, 2026-08: the grand total follows from",
        World(),
        series={CAME: OPEN.value},
    ),
    "stock beside flows": Plant(
        ((6, {OPEN: 20}), (9, {OPEN: 24, CAME: 6, LEFT: 2})), "left, E09000012, 2026-07 to 2026-09: the grand total"
    ),
    "changes beside stock and flows": Plant(
        ((6, {OPEN: 10}), (9, {OPEN: 9, CAME: 1, LEFT: 2, CHANGES: {CHANGE[0]: 8, CHANGE[1]: 0}})),
        "left, E09000012, 2026-07 to 2026-09: the grand total follows from",
    ),
    "London beside all boroughs but one": Plant(
        ((10, {Design.REFERRALS: 15, Design.DUTIES: 12, OPEN: 29}),),
        f"people, {BOROUGHS[2]}, 2026-10: the grand total follows from",
        World(areas={"London": BOROUGHS}),
        series=dict.fromkeys((Design.REFERRALS, Design.DUTIES, OPEN), "people"),
        places={Design.REFERRALS: BOROUGHS[0], Design.DUTIES: BOROUGHS[1], OPEN: "London"},
    ),
    "a merged borough that is split later": Plant(
        ((9, {OPEN: 23}), (9, {Design.REFERRALS: 21})),
        "people, City, 2026-09: the grand total follows from",
        World(areas={"City and Hackney": ("City", "Hackney")}),
        series=dict.fromkeys((Design.REFERRALS, OPEN), "people"),
        places={OPEN: "City and Hackney", Design.REFERRALS: "Hackney"},
    ),
    "a percentage of a known base": Plant(
        ((9, {OPEN: {"F": 17, "M": 3}}),),
        "young-people, E09000012, 2026-09: sex M follows from",
        percentages=(
            Percentage(
                Frame(OPEN.value, HACKNEY, SEPTEMBER, SEPTEMBER), cell_key(("sex", "M")), GRAND_TOTAL, percent=15
            ),
        ),
    ),
    "a correction after release": Plant(((10, {OPEN: 20}), (10, {OPEN: 19})), "2026-10, edition 2: the grand total"),
}


def table(borough_gss: str, design: Design, counted: int | Mapping[str, int]) -> CountTable:
    name = table_name(borough_gss, design)
    if isinstance(counted, int):
        return single(name, counted)
    return apart(name, "change", counted) if design is CHANGES else one_way_tables(name, "All", {"sex": counted})


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_leak_is_refused_by_who_approves(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    monkeypatch.setattr(register, "frame_of", plant.frame)
    monkeypatch.setattr(register, "WORLD", plant.world)
    *before, last = plant.releases
    for month, counted in before:
        publish(sqlite_service, monkeypatch, month, counted)
    monkeypatch.setattr(register, "audit_register", partial(audit_register, percentages=plant.percentages))
    with pytest.raises(RuleBroken) as refused:
        publish(sqlite_service, monkeypatch, *last)
    assert refused.value.code == "statistics.leak"
    assert plant.named in refused.value.message
    with people.working(sqlite_service, reading=True) as work:
        states = [row.state for row in work.session.query(MonthlyRelease).order_by(MonthlyRelease.number)]
    assert states.count(ReleaseState.APPROVED) == len(before)


def publish(service: Service, monkeypatch: pytest.MonkeyPatch, month: int, counted: Month) -> None:
    def count_all(_work: object, borough_gss: str, _period: Period) -> dict[Design, CountTable]:
        return {design: table(borough_gss, design, number) for design, number in counted.items()}

    monkeypatch.setattr(commands, "count_all", count_all)
    people.published(service, date(2026, month, 1), rule=Rule.HIDE_1_TO_4, reason="Put right.")


def test_flows_that_leak_beside_the_stock_are_rounded_otherwise_and_the_stock_is_not(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Month = {OPEN: 24, CAME: 7, LEFT: 3, CHANGES: {CHANGE[0]: 8, CHANGE[1]: 2}}
    tables = {design: table(HACKNEY, design, number) for design, number in counted.items()}
    leak = Findings((Leak(name_of(Frame("left", HACKNEY, 0, 2), GRAND_TOTAL), 1, 2, ()),), 1)
    answers = iter([leak, leak, Findings((), 1)])
    monkeypatch.setattr(register, "attacked", lambda _: next(answers))
    with people.working(sqlite_service) as work:
        found = commands.protected(
            work, tables, borough_gss=HACKNEY, month=date(2026, 9, 1), number=1, rule=Rule.ROUND_5
        )
    attempts = {design: found[design].parameters["attempt"] for design in found}
    assert attempts == {OPEN: 0, CAME: 2, LEFT: 2, CHANGES: 2}
