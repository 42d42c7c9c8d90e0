"""The forms on the end of records."""

from wtforms import RadioField
from wtforms.validators import DataRequired, InputRequired

from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import LongText, options


class ReasonForm(RevisionForm):
    """Why."""

    reason = LongText("Why?", [DataRequired("Enter the reason")], longest=2000)


class DecisionForm(RevisionForm):
    """Whether to destroy what another person proposed."""

    decision = RadioField(
        "What do you decide?",
        [InputRequired("Select whether these records are to be destroyed")],
        choices=options([("destroy", "Destroy everything. Nothing can undo this"), ("keep", "Keep the records")]),
    )
