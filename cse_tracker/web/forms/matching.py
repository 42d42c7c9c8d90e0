"""The forms between boroughs: asking, and answering."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from cse_tracker.web.forms.fields import DatePartsField, LongText, NhsNumberField, OneLine, options


class AskForm(FlaskForm):  # type: ignore[misc]
    """Whom to ask other boroughs about, and why."""

    borough = SelectField("Which borough asks?", default="")
    first_name = OneLine("First name", [InputRequired("Enter the first name")], longest=100)
    last_name = OneLine("Last name", [InputRequired("Enter the last name")], longest=100)
    also_known_as = OneLine("Also known as", description="Other full names, with commas between them.")
    born = DatePartsField("Date of birth", [InputRequired("Enter the date of birth")])
    nhs_number = NhsNumberField("NHS number (if you have it)")
    contact = OneLine("Telephone numbers (if you have them)")
    reason = LongText(
        "Why do you ask?",
        [InputRequired("Enter why you ask")],
        longest=1000,
        description="The lead officer of a borough that may know this young person reads this.",
        subject="Why you ask",
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Agree to disclose, or decline."""

    answer = RadioField(
        "What is your answer?",
        [InputRequired("Select your answer")],
        choices=options(
            [
                ("accept", "It is the same young person: tell them who it is and that we hold a record"),
                ("decline", "Decline: it is somebody else, or it must not be disclosed"),
            ]
        ),
    )
    note = LongText(
        "What should they know?",
        longest=1000,
        description="How to reach you, and what to be careful of. If you decline, say why.",
        subject="What they should know",
    )
