"""The forms on monthly statistics: take a month, review it, approve it."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired

from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import LongText, OneLine

RIGHT, BACK, APPROVE = "right", "back", "approve"


class PrepareForm(FlaskForm):  # type: ignore[misc]
    """Which borough and month to take, and why anew where it is approved already."""

    borough = HiddenField(validators=[InputRequired()])
    month = HiddenField(validators=[InputRequired()])
    reason = OneLine("Why are these statistics revised?", subject="The reason")


class DecisionForm(RevisionForm):
    """What a lead officer finds, or what the second person decides."""

    answer = RadioField("What do you find?", [InputRequired("Select what you find")])
    note = LongText("What is wrong?", description="Needed where you send them back. Name nobody.")

    def offer(self, *, reviewing: bool) -> None:
        """Offer to review, or to approve what is reviewed."""
        review = [(RIGHT, "They are right"), (BACK, "They are wrong: send them back")]
        self.answer.choices = review if reviewing else [(APPROVE, "Approve and publish them")]
        if not reviewing:
            del self.note
