"""The forms on how a case ends: monitoring, proposing and answering a closing, reopening."""

from wtforms import RadioField, SelectMultipleField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cse_tracker.closings.rules import offered, required
from cse_tracker.rulebook.parts import Closure
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options


class ProposalForm(RevisionForm):
    """Why a case should be closed."""

    reasons = SelectMultipleField(
        "Why should this case be closed?",
        description="Select all that apply.",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    confirmed = SelectMultipleField(
        "What the protocol asks for before a case is closed",
        description="Select each when you have made sure of it.",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    outreach_by = OneLine("If a service goes on offering help, which one, and who there?", subject="The service")
    explanation = LongText(
        "What has changed?",
        [InputRequired("Enter what has changed")],
        description="What was tried, what helped, and what the young person and those around them will do if the "
        "risk comes back.",
    )
    young_person_view = LongText(
        "What does the young person say about this?",
        [InputRequired("Enter what the young person says, or why they could not be asked")],
        description="In their own words. If they could not be asked, say why.",
    )

    def offer(self, closure: Closure | None) -> None:
        """Offer the reasons of the case's protocol, and what it asks for."""
        self.reasons.choices = options(list(offered(closure).items()))
        self.asked = required(closure)
        self.confirmed.choices = options([(str(number), words) for number, words in enumerate(self.asked, start=1)])

    def sentences(self) -> tuple[str, ...]:
        """Give what was confirmed, in the protocol's words."""
        return tuple(self.asked[int(number) - 1] for number in self.confirmed.data or ())

    def validate_reasons(self, field: SelectMultipleField) -> None:
        """At least one reason must be given."""
        if not field.data:
            message = "Select at least one reason"
            raise ValidationError(message)


class AnswerForm(RevisionForm):
    """What the second lead officer answers."""

    answer = RadioField("What do you decide?", [InputRequired("Select what you decide")])
    note = LongText("Why?", description="Needed when the case stays open: say what is still to be done.")

    def offer(self, *, own: bool) -> None:
        """Offer to approve or refuse, or to whoever proposed it, to withdraw."""
        pairs = [("refuse", "Withdraw my proposal: the case stays open")] if own else [
            ("approve", "Close the case"),
            ("refuse", "Refuse: the case stays open"),
        ]  # fmt: skip
        self.answer.choices = options(pairs)

    def validate_note(self, field: LongText) -> None:
        """A case that stays open needs to know what for."""
        if self.answer.data == "refuse" and not field.data.strip():
            message = "Enter why the case stays open"
            raise ValidationError(message)


class MonitoringForm(RevisionForm):
    """Why a case is watched more quietly, and until when."""

    reason = LongText("Why is monitoring enough now?", [InputRequired("Enter why monitoring is enough now")])
    review_on = DatePartsField("When is it reviewed?", [InputRequired("Enter when it is reviewed")])


class ReasonForm(RevisionForm):
    """Why a case is active again."""

    reason = LongText("What is new?", [InputRequired("Enter what is new")])
