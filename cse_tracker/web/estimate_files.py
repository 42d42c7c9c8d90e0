"""The estimate as files to take away: rows for a spreadsheet, the whole run, a page to print."""

import json
from collections.abc import Mapping
from typing import Any, Final

import typst
from markupsafe import Markup

from cse_tracker.estimates.rules import MEANING, PROTECTED, Shown
from cse_tracker.estimation.study_as_json import study_to_json
from cse_tracker.paths import folder
from cse_tracker.sheets.book import Book, Sheet, Value

HEADER: Final = (
    "gss_code", "borough", "estimate", "likely_low", "likely_high", "mean_low", "mean_high", "band", "identified",
    "unseen_percent", "anchor", "outside_anchor_range",
)  # fmt: skip
PRINTED: Final = folder("templates") / "print" / "estimate.typ"


def name_of(found: Shown, ending: str) -> str:
    """The file's name, which says when figures are made up."""
    return f"estimate{'-synthetic-demo' if found.study.estimate.synthetic else ''}.{ending}"


def rows(found: Shown) -> list[list[Value]]:
    """One row an area under `HEADER` and one column for each band's chance."""
    return [
        [
            row.code, row.name, row.estimate, row.low, row.high, row.mean_low, row.mean_high, row.band, row.identified,
            row.unseen, "yes" if row.anchor else "no", "yes" if row.extrapolated else "no", *row.chances,
        ]
        for row in found.rows
    ]  # fmt: skip


def header(found: Shown) -> list[str]:
    """The header of `rows`."""
    return [*HEADER, *(f"chance_{name.casefold()}_percent" for name in found.study.bands.names)]


def notes(found: Shown, labels: Mapping[str, str]) -> list[str]:
    """What must be told with the rows, a sentence each."""
    told = [MEANING, *([found.warning] if found.warning else []), *([PROTECTED] if found.protected else [])]
    told += found.cautions(labels)
    left = found.study.estimate.left_out
    if any(row.identified is None for row in found.rows):
        told.append("[x] in the table: no number was identified, or none may be shown.")
    return told + [f"Left out: {each.name or each.gss_code}, {each.reason}" for each in left]


def book(found: Shown, labels: Mapping[str, str]) -> Book:
    """The workbook: rows, total and notes, indicators, how to repeat the run."""
    result, record = found.study.estimate, found.study.record
    indicators = [
        [name, loading, kmo] for name, loading, kmo in
        zip(result.indicators, result.loadings, result.kmo.by_indicator, strict=True)
    ]  # fmt: skip
    total = found.total
    summary: list[list[Value]] = [
        ["Total estimated", round(total.estimate)],
        ["Total, line alone: low", round(total.ci_low)],
        ["Total, line alone: high", round(total.ci_high)],
        ["Identified", found.known],
    ]
    summary += [[text, None] for text in notes(found, labels)]
    run: list[list[Value]] = [
        ["inputs_sha256", record.inputs_sha256],
        ["draws", record.settings.draws],
        ["seed", record.settings.seed],
    ]
    run += [[name, version] for name, version in record.versions]
    sheets = [
        Sheet("Estimate", columns=header(found), rows=rows(found)),
        Sheet("Total and notes", columns=("what", "figure"), rows=summary),
        Sheet("Indicators", columns=("indicator", "loading", "sampling_adequacy"), rows=indicators),
        Sheet("Run", columns=("what", "value"), rows=run),
    ]
    return Book("Estimate", "cse_tracker", sheets)


def document(found: Shown, labels: Mapping[str, str]) -> dict[str, Any]:
    """The run as JSON: at full precision where figures are made up, else the shown rows, which were protected.

    Estimates at full precision would let anybody solve for the anchors' numbers.
    """
    head = {"synthetic": found.study.estimate.synthetic, "warning": found.warning, "meaning": MEANING}
    if not found.protected:
        return {**head, **study_to_json(found.study)}
    named = [dict(zip(header(found), row, strict=True)) for row in rows(found)]
    record = found.study.record
    return {
        **head,
        "note": PROTECTED,
        "areas": named,
        "total": round(found.total.estimate),
        "identified": found.known,
        "notes": notes(found, labels),
        "run": {"inputs_sha256": record.inputs_sha256, "method": record.method, "versions": dict(record.versions)},
    }


def pdf(found: Shown, labels: Mapping[str, str], sentence: str, map_drawn: Markup | None) -> bytes:
    """The manager's page on paper, tagged for screen readers, with nothing fetched and nothing left on disk."""
    told = {
        "sentence": sentence,
        "warning": found.warning,
        "notes": notes(found, labels),
        "map": str(map_drawn) if map_drawn else "",
        "rows": [
            {
                "name": row.name + (" (anchor)" if row.anchor else ""),
                "estimate": f"{row.estimate:,}",
                "likely": f"{row.low:,} to {row.high:,}",
                "band": row.band,
                "identified": "[x]" if row.identified is None else f"{row.identified:,}",
                "unseen": "[x]" if row.unseen is None else f"{row.unseen}%" if row.unseen else "none",
            }
            for row in found.most_unseen_first
        ],
    }
    made = typst.compile(PRINTED.read_bytes(), sys_inputs={"data": json.dumps(told)}, pdf_standards=["ua-1"])
    assert isinstance(made, bytes)  # noqa: S101 - one document gives one file
    return made
