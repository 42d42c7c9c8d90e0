"""What a protocol suggests for a case, with the age that counts."""

from dataclasses import replace

from cse_tracker.rulebook.decisions import Certainty, Suggestion, suggest_level
from cse_tracker.rulebook.document import ProtocolDocument


def suggested(
    document: ProtocolDocument,
    *,
    observed: frozenset[str],
    certainty: Certainty | None,
    age_today: int | None,
    age_opened: int | None,
) -> Suggestion:
    """Give the level suggested, with the age of the day the case was opened.

    A birthday alone never lowers a response (report s.1176-1190); where it would have, a reason says so.
    """
    both = age_today is not None and age_opened is not None
    age = min(age_today or 0, age_opened or 0) if both else age_today
    found = suggest_level(document, observed=observed, certainty=certainty, age=age)
    if age == age_today:
        return found
    as_of_today = suggest_level(document, observed=observed, certainty=certainty, age=age_today)
    if as_of_today.level == found.level:
        return found
    said = f"The young person was {age} when this case was opened: a birthday alone never lowers the response."
    return replace(found, reasons=(*found.reasons, said))
