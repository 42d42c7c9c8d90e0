"""Puts assessments side by side: what was observed then and now, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cse_tracker.assessments.model import Assessment, Observation
from cse_tracker.assessments.queries import History
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.protocols import queries as protocols
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Column:
    """One assessment, with the certainty known and the level decided next."""

    assessment: Assessment
    by: str
    protocol: str
    certainty: str
    suggested: str
    decided: str


@dataclass(frozen=True)
class Line:
    """One indicator across the assessments; `word` says what became of it between the first and the last shown."""

    text: str
    cells: tuple[Observation | None, ...]
    word: str


@dataclass(frozen=True)
class Comparison:
    """The assessments shown, oldest first, and every indicator that any of them observed."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def compare(work: Work, case: Case, history: History, shown: Sequence[Assessment]) -> Comparison:
    """Put assessments of a case that has been opened beside each other."""
    del case
    known = protocols.versions(work, [each.body.protocol_version_id for each in shown])
    texts = {i.key: i.text for each in known.values() for i in each.document.indicators}
    names = identity.names(work, [each.body.recorded_by for each in shown])
    observed = [{each.indicator: each for each in assessment.body.observations} for assessment in shown]
    keys = list(dict.fromkeys(key for cells in observed for key in cells))
    lines = tuple(_line(texts.get(key, key), tuple(cells.get(key) for cells in observed)) for key in keys)
    columns = tuple(
        Column(
            assessment=each,
            by=names.get(each.body.recorded_by, "") if each.body.recorded_by else "",
            protocol=known[each.body.protocol_version_id].label,
            certainty=_certainty(history, each),
            suggested=_label(known[each.body.protocol_version_id], each.body.suggested_level),
            decided=_decided(history, each),
        )
        for each in shown
    )
    return Comparison(columns, lines)


def _line(text: str, cells: tuple[Observation | None, ...]) -> Line:
    if len(cells) < 2:
        return Line(text, cells, "")
    first, last = cells[0], cells[-1]
    if first is None:
        return Line(text, cells, "New" if last else "In between only")
    return Line(text, cells, "Still observed" if last else "No longer observed")


def _certainty(history: History, at: Assessment) -> str:
    facts = [fact for fact in history.certainty if fact.body.recorded_at <= at.body.recorded_at]
    return facts[0].body.certainty.value.capitalize() if facts else "Not recorded"


def _label(protocol: protocols.InForce, level: int | None) -> str:
    return protocol.document.level(level).label if level else "None"


def _decided(history: History, at: Assessment) -> str:
    """Name the first level decided after an assessment and before the next one."""
    later = [each.body.recorded_at for each in history.assessments if each.ordinal == at.ordinal + 1]
    for decision in reversed(history.levels):
        if decision.body.decided_at >= at.body.recorded_at and (not later or decision.body.decided_at < later[0]):
            return decision.body.level_label
    return "Not decided"
