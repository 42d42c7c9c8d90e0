"""The forms on messages."""

from typing import Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from cse_tracker.notifications.model import WhyDropped
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.web.forms.fields import options

RETRY: Final = "retry"


class ChoiceForm(FlaskForm):  # type: ignore[misc]
    """How one wants to be written to."""

    rhythm = RadioField(
        "When do you want mail about what can wait?",
        [InputRequired("Select when you want mail about what can wait")],
        choices=options([(Rhythm.AT_ONCE.value, "At once"), (Rhythm.DAILY.value, "Once a day, at 8am")]),
        description="What is urgent comes at once, whatever you select: a new referral, a late duty, an emergency.",
    )
    nights = BooleanField(
        "Send me mail between 8pm and 7am too",
        description="Without this tick, what is not urgent waits until the morning.",
    )


class MendForm(FlaskForm):  # type: ignore[misc]
    """What to do with something that could not be sent."""

    what = RadioField(
        "What do you want to do?",
        [InputRequired("Select what you want to do")],
        choices=options(
            [
                (RETRY, "Try again"),
                (WhyDropped.ARRIVED.value, "Drop it: it has arrived"),
                (WhyDropped.TOLD_OTHERWISE.value, "Drop it: they have been told in another way"),
                (WhyDropped.NOT_NEEDED.value, "Drop it: nobody needs it any more"),
            ]
        ),
    )
