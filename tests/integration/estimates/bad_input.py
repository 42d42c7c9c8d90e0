"""Figures that cannot be used, or only with a warning, as somebody would bring them in: what each must be answered."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tests.integration.estimates.files import estimate_files

Rows = list[dict[str, str]]
Texts = dict[str, str]
Spoil = Callable[[Rows], Rows]
FIRST = "E09000002"


@dataclass(frozen=True)
class Bad:
    """Files by name, how many of the anchors proposed are taken (None: all), and the answer.

    Either words of the refusal, or the code of the warning that comes with the figures; neither: figures alone.
    """

    texts: Callable[[], Texts]
    refused: str = ""
    flagged: str = ""
    anchors: int | None = None


def spoilt(table: str = "", spoil: Spoil = list) -> Callable[[], Texts]:
    """The demo's files with the rows of one table changed."""
    return partial(_spoilt, f"{table}.csv", spoil)


def _spoilt(table: str, spoil: Spoil) -> Texts:
    texts = {name: content.decode() for name, content in estimate_files(synthetic=False).items()}
    return {name: _written(spoil(_read(text))) if name == table else text for name, text in texts.items()}


def invented(areas: int, indicators: int) -> Callable[[], Texts]:
    """Areas whose indicators share one thing; four in five are anchors (at most 12), whose numbers follow it."""
    return partial(_invented, areas, indicators)


def _invented(areas: int, indicators: int) -> Texts:
    codes = [f"A{place:04d}" for place in range(areas)]
    shared = [(place * 37) % areas / areas for place in range(areas)]
    tables: dict[str, Rows] = {
        "indicators": [
            {"gss_code": code, "indicator": f"i{kind}", "value": str(200 + int(300 * level) + place * (7 + kind) % 53)}
            for kind in range(indicators)
            for place, (code, level) in enumerate(zip(codes, shared, strict=True))
        ],
        "population": [{"gss_code": code, "population": str(20_000)} for code in codes],
        "identified": [
            {"gss_code": code, "identified": str(10 + int(30 * level) + place % 4)}
            for place, (code, level) in enumerate(zip(codes, shared, strict=True))
        ],
        "proactivity": [
            {"gss_code": code, "group": "proactive", "anchor": "yes" if place < min(12, areas * 4 // 5) else "no"}
            for place, code in enumerate(codes)
        ],
        "series": [
            {"series": name, "period": "2003", "source": "made up"}
            for name in (*(f"i{kind}" for kind in range(indicators)), "population", "identified")
        ],
    }
    return {f"{name}.csv": _written(rows) for name, rows in tables.items()}


def _read(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


def _written(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _cell(column: str, value: str, row: int = 3) -> Spoil:
    return lambda rows: [each | {column: value} if at == row else each for at, each in enumerate(rows)]


def _indicator(name: str, change: Callable[[int, str], str]) -> Spoil:
    """Every value of one indicator, changed by its place among them."""

    def spoil(rows: Rows) -> Rows:
        places = iter(range(len(rows)))
        return [
            each | {"value": change(next(places), each["value"])} if each["indicator"] == name else each
            for each in rows
        ]

    return spoil


def _alike(rows: Rows) -> Rows:
    people = {each["gss_code"]: each["population"] for each in _read(estimate_files()["population.csv"].decode())}
    return [each | {"identified": repr(float(people[each["gss_code"]]) / 1000)} for each in rows]


def _twin(rows: Rows) -> Rows:
    return [*rows, *(each | {"indicator": "again"} for each in rows if each["indicator"] == "lac")]


def _another_series(texts: Callable[[], Texts]) -> Texts:
    given = texts()
    return given | {"series.csv": given["series.csv"] + "again,2003,made up,The same again\n"}


def _and_first(**other: str) -> Spoil:
    return lambda rows: [*rows, rows[0] | other]


def _every(table: str, column: str, values: Sequence[str], refused: str) -> dict[str, Bad]:
    return {f"{table}: {value or 'blank'}": Bad(spoilt(table, _cell(column, value)), refused) for value in values}


CASES: dict[str, Bad] = {
    "three anchors": Bad(spoilt(), flagged="few-anchors", anchors=3),
    "two anchors": Bad(spoilt(), "the line needs 3 or more", anchors=2),
    "anchors all alike": Bad(spoilt("identified", _alike), flagged="anchors-alike"),
    "an indicator that is constant": Bad(
        spoilt("indicators", _indicator("absence", lambda *_: "7")), "is the same in every area"
    ),
    "an indicator twice under two names": Bad(
        partial(_another_series, spoilt("indicators", _twin)), "can be worked out from the others"
    ),
    "an indicator missing for half": Bad(
        spoilt("indicators", _indicator("missing", lambda place, value: "c" if place % 2 else value)),
        flagged="many-left-out",
    ),
    **_every("population", "population", ("0", "", "[c]"), "needs a number of residents above 0"),
    **_every("population", "population", ("-5",), "negative, and a count cannot be"),
    **_every("indicators", "value", ("-4",), "negative, and a count cannot be"),
    **_every("identified", "identified", ("-4",), "negative, and a count cannot be"),
    **_every("population", "population", ("many", "1,23", "12.5.1", "1_000"), "is not a number"),
    **_every("indicators", "value", ("lots", "٣", "<5", "about 40"), "is not a number"),
    **_every("indicators", "value", ("NaN", "inf"), "is not a finite number"),
    **_every("identified", "identified", ("few", "?"), "is not a number"),
    **_every("population", "population", ("1e400",), "too large to be a finite number"),
    "identified: more than live there": Bad(
        spoilt("identified", _cell("identified", "999999")), flagged="more-than-residents"
    ),
    "identified: a fraction": Bad(spoilt("identified", _cell("identified", "2.5")), flagged="identified-not-whole"),
    "unknown borough in the population": Bad(
        spoilt("population", _and_first(gss_code="E09000099")), "there is no row for E09000099"
    ),
    "unknown borough in the numbers identified": Bad(
        spoilt("identified", _and_first(gss_code="E09000099")), "E09000099 is not an area"
    ),
    "repeated borough in the population": Bad(spoilt("population", _and_first()), f"{FIRST} has a row already"),
    "repeated borough in the numbers identified": Bad(spoilt("identified", _and_first()), f"{FIRST} has a row already"),
    "repeated borough of an indicator": Bad(spoilt("indicators", _and_first()), "has a row for missing already"),
    "rates among counts": Bad(
        spoilt("indicators", _indicator("lac", lambda place, value: value if place % 5 else "9.87")),
        flagged="counts-not-whole",
    ),
    "two units of one indicator": Bad(
        spoilt("indicators", _cell("unit", "rate", row=5)), "is a rate here and a count further up"
    ),
    "five boroughs, seven indicators": Bad(invented(5, 7), "7 indicators need 8 areas or more"),
    "five boroughs, two indicators": Bad(invented(5, 2), flagged="low-kmo"),
    "2,000 areas": Bad(invented(2_000, 3)),
}
