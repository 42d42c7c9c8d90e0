"""What lead officers record as links in tests."""

from typing import Any
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.intelligence import commands
from cse_tracker.intelligence.model import Link, Relation
from cse_tracker.intelligence.rules import Assessment, Grade, Handling, Kind, Sighting, Source
from tests import people

FREE = Grade(Source.UNTESTED, Assessment.INDIRECTLY, Handling.SHARED)
GUARDED = Grade(Source.RELIABLE, Assessment.KNOWN_DIRECTLY, Handling.CONDITIONS)
SECRET = "Night-porter-saw-them"


def a_form(kind: Kind, label: str, **changes: Any) -> commands.LinkForm:
    thing = Sighting(kind, label, changes.pop("postcode", ""), changes.pop("platform", None), changes.pop("born", None))
    values: dict[str, Any] = {
        "thing": thing,
        "relation": Relation.NAMED,
        "grade": FREE,
        "source": "DC Price, police",
        "narrative": SECRET,
    }
    return commands.LinkForm(**{**values, **changes})


def link(
    service: Service,
    case_id: UUID,
    kind: Kind = Kind.PHONE,
    label: str = "07700 900982",
    email: str = people.LEAD,
    **changes: Any,
) -> Link:
    with people.working(service, email) as work:
        row = cases.open_case(work, case_id, for_change=True)
        return commands.link(work, row.case, a_form(kind, label, **changes))
