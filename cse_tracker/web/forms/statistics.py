"""The forms on monthly statistics: take a month, review it, approve it."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from cse_tracker.disclosure.release import Rule
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.choices import options
from cse_tracker.web.forms.fields import LongText, OneLine

RIGHT, BACK, APPROVE = "right", "back", "approve"


class PrepareForm(FlaskForm):  # type: ignore[misc]
    """Which borough and month to take, and why anew where it is approved already."""

    borough = HiddenField(validators=[InputRequired()])
    month = HiddenField()
    rule = RadioField(
        "How are the numbers protected?",
        choices=options((rule.value, rule.words) for rule in Rule),
        default=Rule.ROUND_5.value,
        description="Rounding also protects who comes and who leaves. Hide numbers only where your rules demand it.",
    )
    without_flows = BooleanField(
        "Leave out who came, left and changed in the quarter",
        description="Only for a quarter’s end whose figures were refused. The release says what is not published.",
    )
    reason = OneLine("Why are these statistics revised?", subject="The reason")

    @classmethod
    def asking(cls, borough_gss: str, rule: Rule) -> "PrepareForm":
        """An empty form for one borough among several on a page, with its usual rule chosen."""
        form = cls(formdata=None)
        form.rule.id = f"rule-{borough_gss}"
        form.rule.data = rule.value
        form.without_flows.id = f"without-flows-{borough_gss}"
        return form


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """Which paper a borough signed for the view of London, or that it ends it."""

    borough = HiddenField(validators=[InputRequired()])
    ending = HiddenField(default="")
    paper = OneLine("Which paper was signed, by whom and when?", subject="The paper")


class DecisionForm(RevisionForm):
    """What a lead officer finds, or what the second person decides."""

    answer = RadioField("What do you find?", [InputRequired("Select what you find")])
    note = LongText("What is wrong?", description="Needed where you send them back. Name nobody.")

    def offer(self, *, reviewing: bool) -> None:
        """Offer to review, or to approve what is reviewed; either may send them back."""
        right = (RIGHT, "They are right") if reviewing else (APPROVE, "Approve and publish them")
        back = "They are wrong: send them back" if reviewing else "Send them back, to be prepared again"
        self.answer.choices = [right, (BACK, back)]
        if not reviewing:
            self.note.label.text = "Why are they sent back?"
