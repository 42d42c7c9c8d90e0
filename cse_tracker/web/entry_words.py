"""An entry of a case's record in words: for the chronology, the record's own page and the PDF."""

from datetime import date, datetime, time

from cse_tracker.casework.model import CaseEntry
from cse_tracker.casework.rules import (
    FRAMES,
    OUTCOMES,
    PLACEMENTS,
    PROVIDERS,
    RELATIONS,
    WAYS,
    Contact,
    LegalFrame,
    Placement,
    Relation,
    Warning,  # noqa: A004
)
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.web import words


def as_chapter(entry: CaseEntry) -> tuple[str, datetime, str]:
    """Give an entry's title, when it belongs in the order of time, and its text."""
    what, recorded = entry.body.what, entry.body.recorded_at
    match what:
        case Contact():
            return (
                f"{WAYS[what.way]}: {OUTCOMES[what.outcome].lower()}",
                what.at,
                _lines(
                    f"With {what.who}" if what.who else "",
                    what.text,
                    f"Next: {what.following}" if what.following else "",
                ),
            )
        case Placement():
            return f"Placement: {PLACEMENTS[what.code]}", _start(what.since), _placement(what)
        case LegalFrame():
            until = f"Until {words.day(what.until)}" if what.until else ""
            return f"Legal frame: {FRAMES[what.code]}", _start(what.since), _lines(what.text, until)
        case Warning():
            told = (
                "The young person was told." if what.told else f"The young person was not told: {what.reason_not_told}"
            )
            until = f"Ended on {words.day(what.until)}" if what.until else f"Review on {words.day(what.review_on)}"
            return "Warning", recorded, _lines(what.text, told, until)
        case Relation():
            until = f"Until {words.day(what.until)}" if what.until else ""
            known = f"Case {what.case_reference}" if what.case_reference else ""
            return f"{RELATIONS[what.relation]}: {what.name}", recorded, _lines(what.text, known, until)


def _placement(what: Placement) -> str:
    return _lines(
        what.place,
        PROVIDERS.get(what.provider, ""),
        f"Justification: {what.justification}" if what.justification else "",
        f"Tried before: {what.alternatives}" if what.alternatives else "",
        f"The young person says: {what.young_person_view}" if what.young_person_view else "",
        f"Until {words.day(what.until)}" if what.until else "",
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
