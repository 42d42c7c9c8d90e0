"""What a month's page tells: the story first, then each breakdown with its chart, then the other tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from cse_tracker.disclosure.model import GRAND_TOTAL, CellKey, cell_key, outside
from cse_tracker.disclosure.release import Release
from cse_tracker.identity import queries as identity
from cse_tracker.meetings.rules import Attendance
from cse_tracker.statistics import categories, queries
from cse_tracker.statistics.designs import QUARTERLY, Design
from cse_tracker.statistics.linkage import Range, honest_range
from cse_tracker.statistics.publication import charted, left_out
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.wordings.words import Wording
from cse_tracker.web.charts.bars import Bar, lying
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import work

KNOWN_TO: Final = "known_to"
# The second dimension of each, the first being the agency.
TWO_WAY: Final = {
    Design.REFERRALS: "outcome",
    Design.DUTIES: "outcome",
    Design.ACTIONS: "outcome",
    Design.ATTENDANCE: "attendance",
    Design.SERVICES: "answer",
}
# Of which categories together the share is shown, and under which heading.
SHARES: Final = {
    Design.DUTIES: ("Share in time", categories.DUTY_STANDING[:1]),
    Design.ACTIONS: ("Share in time", categories.ACTION_STANDING[:1]),
    Design.ATTENDANCE: (
        "Share",
        (categories.ATTENDANCE[Attendance.ATTENDED], categories.ATTENDANCE[Attendance.DEPUTY]),
    ),
}


def story(gss: str, found: Month) -> dict[str, object]:
    """Give what the page of a month's release shows, its comparisons with the month and the year before included."""
    before = queries.month_before(work(), gss, found.record.month)
    year = queries.year_before(work(), gss, found.record.month)
    people, words = found.tables[Design.YOUNG_PEOPLE], found.wording
    others = [(design, table) for design, table in found.tables.items() if design is not Design.YOUNG_PEOPLE]
    return {
        "month": found,
        "before": before,
        "year": year,
        "borough": identity.boroughs(work(), {gss})[0],
        "total": _in_words(people),
        "total_before": _total(before),
        "total_year": _total(year),
        "trend": _trend(people, before),
        "breakdowns": _breakdowns(people, before, year, words),
        "known_to": _groups(people),
        "range": range_of(people),
        "parts": [_part(design, table, words) for design, table in others],
        "meanings": {design: words.meaning_of(design, table.name) for design, table in found.tables.items()},
        "designs": Design,
        "quarterly": QUARTERLY,
        "rule": people.rule,
        "flagged": _whole_in_one(people, words),
        "left_out": left_out(found),
        "not_held": words.not_held,
        "shorthand": words.shorthand,
    }


def _whole_in_one(people: Release, words: Wording) -> list[str]:
    """Say which categories hold everybody. That nobody was referred by some agency says nothing of anybody."""
    others = {outside(label) for label, _, _ in charted(people, KNOWN_TO)}
    keys = [key for key in people.whole_in_one() if others.isdisjoint(label for _, label in key)]
    return [", ".join(f"{words.headings[dimension].lower()}: {label}" for dimension, label in key) for key in keys]


def _in_words(table: Release) -> str:
    shown = table.value(GRAND_TOTAL)
    if shown is None:
        return f"Fewer than {table.base}"
    if table.reach:
        return f"About {shown}" if shown else f"Fewer than {table.base}"
    return str(shown)


def _total(month: Month | None) -> str:
    return month.tables[Design.YOUNG_PEOPLE].text(GRAND_TOTAL) if month else "[x]"


def _trend(people: Release, before: Month | None) -> str:
    now = people.value(GRAND_TOTAL)
    then = before.tables[Design.YOUNG_PEOPLE].value(GRAND_TOTAL) if before else None
    if before is None or now is None or then is None:
        return ""
    words = "about as many as" if now == then else "more than" if now > then else "fewer than"
    return f"{words} in {before.period.name} ({before.tables[Design.YOUNG_PEOPLE].text(GRAND_TOTAL)})"


@dataclass(frozen=True)
class Breakdown:
    """One way of dividing the young people counted, with its chart, the month before and the year before."""

    heading: str
    chart: Markup
    rows: list[tuple[str, str, int | None, str, str]]


def _breakdowns(release: Release, before: Month | None, year: Month | None, words: Wording) -> list[Breakdown]:
    out = []
    for dimension in dict.fromkeys(key[0][0] for key in release.shown if len(key) == 1):
        if dimension == KNOWN_TO:
            continue
        heading, cells = words.headings[dimension], charted(release, dimension)
        chart = _chart(f"Young people with an open case by {heading.lower()}", dimension, cells)
        rows = []
        for label, _, text in cells:
            key = cell_key((dimension, label))
            rows.append((label, text, release.percent(key, GRAND_TOTAL), _then(before, key), _then(year, key)))
        out.append(Breakdown(heading, chart, rows))
    return out


def _groups(release: Release) -> list[tuple[str, str]]:
    """Give the overlapping groups of those counted, without everybody who is not in each."""
    found = charted(release, KNOWN_TO)
    others = {outside(label) for label, _, _ in found}
    return [(label, text) for label, _, text in found if label not in others]


def range_of(release: Release) -> Range | None:
    """Give the range between the largest agency and all agencies added up; None where agencies are not counted."""
    keys = [cell_key((KNOWN_TO, label)) for label, _ in _groups(release)]
    return honest_range([(release.value(key), *release.bounds(key)) for key in keys]) if keys else None


def _chart(title: str, name: str, cells: Sequence[tuple[str, int | None, str]]) -> Markup:
    telling = Telling(f"chart-{name}", title, "; ".join(f"{label} {text}" for label, _, text in cells))
    return lying(telling, [Bar(label, value, text) for label, value, text in cells])


def _then(month: Month | None, key: CellKey) -> str:
    table = month.tables.get(Design.YOUNG_PEOPLE) if month else None
    return table.text(key) if table is not None and key in table.shown else "[x]"


@dataclass(frozen=True)
class Part:
    """One further table as it is shown: its design, headings and lines; `chart` where one way is counted."""

    design: Design
    headings: list[str]
    lines: list[tuple[str, list[str]]]
    chart: Markup | None = None


def _part(design: Design, table: Release, words: Wording) -> Part:
    if design in TWO_WAY:
        return _two_way(design, table, TWO_WAY[design])
    dimensions = list(dict.fromkeys(key[0][0] for key in table.shown if key))
    if len(dimensions) > 1:
        return _several(design, table, dimensions, words)
    dimension = next(iter(dimensions), "")
    cells = charted(table, dimension) if dimension else []
    lines = [(label, [text]) for label, _, text in cells]
    if GRAND_TOTAL in table.shown:
        lines.append(("All", [table.text(GRAND_TOTAL)]))
    heading = words.headings.get(dimension, "Counted")
    meaning = words.meaning_of(design, table.name)
    chart = _chart(meaning.title, design.value, cells) if cells else None
    return Part(design, [heading, meaning.unit], lines, chart)


def _several(design: Design, table: Release, dimensions: Sequence[str], words: Wording) -> Part:
    """Several ways of dividing the same things, one after the other, each number with its share of all."""
    lines = []
    for dimension in dimensions:
        for label, _, text in charted(table, dimension):
            share = table.percent(cell_key((dimension, label)), GRAND_TOTAL)
            lines.append((f"{words.headings[dimension]}: {label[0].lower()}{label[1:]}", [text, _share(share)]))
    lines.append(("All", [table.text(GRAND_TOTAL), ""]))
    return Part(design, ["Counted", words.meaning_of(design, table.name).unit, "Share"], lines)


def _two_way(design: Design, table: Release, dimension: str) -> Part:
    # As the table has them: a release of earlier definitions keeps the columns of its day.
    columns, names = _categories(table, dimension), _categories(table, "agency")
    heading, together = SHARES.get(design, ("", ()))
    sharing = bool(together) and set(together) <= set(columns)
    lines = []
    for label, key in [*((name, (("agency", name),)) for name in names), ("Total", ())]:
        parts = [cell_key(*key, (dimension, each)) for each in columns]
        whole = cell_key(*key)
        numbers = [*(table.text(part) for part in parts), table.text(whole)]
        counted = [part for part, each in zip(parts, columns, strict=True) if each in together]
        lines.append((label, [*numbers, _share(table.percent_of(counted, whole))] if sharing else numbers))
    return Part(design, ["Agency", *columns, "All", *([heading] if sharing else [])], lines)


def _categories(table: Release, dimension: str) -> list[str]:
    return [key[0][1] for key in table.shown if len(key) == 1 and key[0][0] == dimension]


def _share(percent: int | None) -> str:
    return "[z]" if percent is None else f"{percent}%"
