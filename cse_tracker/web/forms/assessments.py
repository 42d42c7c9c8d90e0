"""The forms on certainty, indicators and level."""

from typing import Any

from wtforms import RadioField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cse_tracker.assessments.model import Basis, Source
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.rulebook.document import ProtocolDocument
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import LongText, options

CERTAINTY_CHOICES = options(
    [
        (Certainty.INDICATED.value, "Indicated: there are signs of it"),
        (Certainty.KNOWN.value, "Known: it is established that it is happening or has happened"),
    ]
)
BASIS_CHOICES = options(
    [
        (Basis.DISCLOSURE.value, "The young person told somebody"),
        (Basis.PROFESSIONAL_ASSESSMENT.value, "Professional assessment"),
        (Basis.POLICE_EVIDENCE.value, "Police evidence"),
        (Basis.THIRD_PARTY.value, "Somebody else’s account"),
        (Basis.MEDICAL.value, "Medical evidence"),
        (Basis.DIGITAL_EVIDENCE.value, "Messages, images or other digital evidence"),
    ]
)
SOURCE_CHOICES = options(
    [
        (Source.SEEN.value, "Seen by a professional"),
        (Source.TOLD.value, "Told to a professional"),
        (Source.INFERRED.value, "Inferred from other facts"),
    ]
)


class CertaintyForm(RevisionForm):
    """Whether exploitation is indicated or known, and on what that rests."""

    certainty = RadioField(
        "Is sexual exploitation indicated or known?",
        [InputRequired("Select whether it is indicated or known")],
        choices=CERTAINTY_CHOICES,
    )
    basis = RadioField("What does this rest on?", [InputRequired("Select what this rests on")], choices=BASIS_CHOICES)
    explanation = LongText(
        "What makes you say so?",
        [DataRequired("Enter what makes you say so")],
        description="Facts and who gave them. Use the young person’s own words where you can.",
    )


class IndicatorsForm(RevisionForm):
    """Which indicators were observed: the first of two pages, evidence follows for those that are ticked."""

    observed = SelectMultipleField(
        "Which of these have been observed?",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def offer(self, document: ProtocolDocument) -> None:
        """Offer the indicators of a protocol."""
        self.observed.choices = options([(indicator.key, indicator.text) for indicator in document.indicators])

    def validate_observed(self, field: SelectMultipleField) -> None:
        """At least one must be ticked: an assessment without any says nothing."""
        if not field.data:
            message = "Select at least one indicator"
            raise ValidationError(message)


class EvidenceForm(RevisionForm):
    """The evidence for each indicator ticked, in fields named after the indicators, and what it adds up to."""

    narrative: LongText
    young_person_view: LongText


def evidence_form(document: ProtocolDocument, observed: list[str]) -> tuple[type[EvidenceForm], dict[str, str]]:
    """Make the evidence form for the indicators ticked; gives the class and the text of each indicator by key."""
    texts = {indicator.key: indicator.text for indicator in document.indicators if indicator.key in observed}
    fields: dict[str, Any] = {}
    for key, text in texts.items():
        fields[f"source_{key}"] = RadioField(
            "How is this known?", [InputRequired(f"Select how this is known: {text}")], choices=SOURCE_CHOICES
        )
        fields[f"evidence_{key}"] = LongText(
            "What is the evidence?", [DataRequired(f"Enter the evidence: {text}")], longest=4000, subject="Evidence"
        )
    # Made last, because errors are listed in the order in which fields are made, and the page asks for these last.
    fields["narrative"] = LongText(
        "What does this add up to?",
        [DataRequired("Enter what this adds up to")],
        description="Your analysis in a few sentences.",
    )
    fields["young_person_view"] = LongText(
        "What does the young person say?",
        [DataRequired("Enter what the young person says. If they have not been asked, say why")],
        description="In their own words. If they have not been asked, say why.",
    )
    return type("EvidenceFormFor", (EvidenceForm,), fields), texts


class LevelForm(RevisionForm):
    """The level decided and why."""

    level = RadioField("Which level do you decide?", [InputRequired("Select a level")], coerce=int)
    reason = LongText("Why?", [DataRequired("Enter the reason for your decision")])
    override_reason = LongText(
        "If this is not the level that the protocol suggests, why not?",
        description="Leave this empty if you decide the suggested level.",
    )

    def offer(self, document: ProtocolDocument) -> None:
        """Offer the levels of a protocol."""
        self.level.choices = options([(level.number, f"{level.label}: {level.meaning}") for level in document.levels])


class SignForm(RevisionForm):
    """The second signature under a lower level."""

    note = LongText("Anything to add? (optional)", longest=4000)


class RefuseForm(RevisionForm):
    """Why a lower level is refused or withdrawn."""

    note = LongText("Why?", [DataRequired("Enter the reason")], longest=4000)


class MoveForm(RevisionForm):
    """Why a case is moved to the version of the protocol in force."""

    reason = LongText(
        "Why is this case moved?", [DataRequired("Enter why this case is moved to the newer version")], longest=4000
    )
