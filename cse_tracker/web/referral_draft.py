"""A draft referral as its author writes it: steps kept as typed, and the answers that they add up to."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.referrals.model import Answer, Referral, ReferralAnswers
from cse_tracker.referrals.rules import NONE_OF_THESE
from cse_tracker.rulebook.document import ProtocolDocument
from cse_tracker.web.forms.referrals import STEPS, StepForm


@dataclass(frozen=True)
class Step:
    """A step of a draft and where it stands."""

    key: str
    number: int
    form: StepForm
    visited: bool
    valid: bool

    @property
    def title(self) -> str:
        """What the step asks about."""
        return self.form.title

    @property
    def status(self) -> str:
        """Where the step stands, in words."""
        if not self.visited:
            return "Not started"
        return "Completed" if self.valid else "There is a problem"


def form_for(
    key: str, typed: dict[str, list[str]] | None, document: ProtocolDocument, today: date, **start: Any
) -> StepForm:
    """Build a step's form from what was typed, or from what it starts with."""
    form = STEPS[key](MultiDict(typed) if typed is not None else None, data=None if typed is not None else start)
    form.prepare(document, today)
    return form


def steps(referral: Referral, document: ProtocolDocument, today: date) -> list[Step]:
    """Give every step of a draft with its form filled in and checked."""
    typed = referral.body.typed
    out = []
    for number, key in enumerate(STEPS, 1):
        form = form_for(key, typed.get(key), document, today)
        visited = key in typed
        out.append(Step(key, number, form, visited, visited and form.validate()))
    return out


def after(key: str) -> str | None:
    """Give the step that follows, or None after the last."""
    keys = list(STEPS)
    place = keys.index(key) + 1
    return keys[place] if place < len(keys) else None


def answers(done: list[Step]) -> ReferralAnswers:
    """Put the valid steps together."""
    data: dict[str, Any] = {}
    for step in done:
        data |= step.form.data
    identity = Identity(
        first_name=data["first_name"],
        last_name=data["last_name"],
        also_known_as=data["also_known_as"] or "",
        date_of_birth=data["born"],
        age_disputed=bool((data["age_reason"] or "").strip()),
        sex=Sex(data["sex"]),
        nhs_number=data["nhs_number"] or "",
        postcode=data["postcode"] or "",
    )
    details = PersonDetails(
        ethnicity=data["ethnicity"],
        address=data["address"] or "",
        school=data["school"] or "",
        looked_after=data["looked_after"],
        contact=data["contact"] or "",
        disability=data["disability"] or "not_known",
        from_abroad=data["from_abroad"] or "not_known",
    )
    return ReferralAnswers(
        identity=identity,
        details=details,
        age_reason=data["age_reason"] or "",
        immediate_danger=data["immediate_danger"] == "yes",
        why_worried=data["why_worried"],
        first_worried_on=data["first_worried_on"],
        seen=tuple(key for key in data["seen"] if key != NONE_OF_THESE),
        seen_details=data["seen_details"] or "",
        missing=Answer(data["missing"]),
        who_knows=tuple(key for key in data["who_knows"] if key != NONE_OF_THESE),
        who_knows_details=data["who_knows_details"] or "",
        carer_aware=Answer(data["carer_aware"]),
        young_person_aware=Answer(data["young_person_aware"]),
        not_aware_reason=data["not_aware_reason"] or "",
        young_person_view=data["young_person_view"] or "",
        referrer_name=data["referrer_name"],
        referrer_role=data["referrer_role"],
        referrer_phone=data["referrer_phone"],
    )
