"""The forms on which a referral goes its way to a decision."""

from typing import Final

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from cse_tracker.web.forms.fields import LongText, options


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """A question to the referrer."""

    question = LongText(
        "What do you want to ask?",
        [DataRequired("Enter your question")],
        longest=2000,
        description="Everybody in the referring agency who makes referrals can read it. The time limit runs on.",
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """The referrer's answer."""

    answer = LongText("Your answer", [DataRequired("Enter your answer")], longest=10_000)


class AdviceForm(FlaskForm):  # type: ignore[misc]
    """Advice in place of a case."""

    note = LongText(
        "What do you advise?",
        [DataRequired("Enter your advice to the referrer")],
        longest=2000,
        description="Say what they can do, who can help, and when to refer again.",
    )


class OfferForm(FlaskForm):  # type: ignore[misc]
    """Which borough is thought responsible, or which agency the right one, and why."""

    borough = SelectField("Which borough?", description="It decides in your place, once it says yes.")
    agency = SelectField(
        "Or which agency?",
        description="It says whether it helps. Your borough stays responsible, and decides.",
    )
    reason = LongText(
        "Why is it theirs?",
        [DataRequired("Enter why it is theirs")],
        longest=2000,
        description="For example where the young person lives now, which borough looks after them, or who helps them.",
    )

    def validate_borough(self, field: SelectField) -> None:
        """One of the two, and not both."""
        if bool(field.data) == bool(self.agency.data):
            message = "Select a borough or an agency, and not both"
            raise ValidationError(message)


class PassOnForm(FlaskForm):  # type: ignore[misc]
    """What the referrer is told, where another agency helps."""

    note = LongText(
        "What do you want to tell the referrer?",
        [DataRequired("Enter what you want to tell the referrer")],
        longest=2000,
        description="Say that another agency helps, what happens next, and when to refer again.",
    )


AS_AGENCY: Final = [
    ("take_on", "Yes: our agency helps, and the borough decides"),
    ("refuse", "No: it goes back at once"),
]


class ReceiveForm(FlaskForm):  # type: ignore[misc]
    """Taking a referral on, or sending it back."""

    choice = RadioField(
        "Do you take this referral on?",
        [InputRequired("Select whether you take it on")],
        choices=options([("take_on", "Yes: our borough decides on it"), ("refuse", "No: it goes back at once")]),
    )
    words = LongText(
        "What do you want to tell the borough?",
        longest=2000,
        description="Say why, if it goes back.",
    )

    def validate_words(self, field: LongText) -> None:
        """A refusal needs a reason."""
        if self.choice.data == "refuse" and not (field.data or "").strip():
            message = "Enter why you do not take it on"
            raise ValidationError(message)
