"""The forms on duties."""

from wtforms.validators import DataRequired, InputRequired, ValidationError

from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine
from cse_tracker.web.forms.meetings import time_of_day


class DutyDoneForm(RevisionForm):
    """What was done about a duty."""

    note = LongText("What was done, and by whom?", [DataRequired("Enter what was done")], longest=4000)
    done_on = DatePartsField(
        "When was it done?",
        [InputRequired("Enter the date on which it was done")],
        subject="The date on which it was done",
        description="It counts as met in time if it was done in time, even if you record it later.",
    )
    done_at = OneLine(
        "At what time? (optional)",
        longest=20,
        description="For a limit in hours. For example, 2:30pm or 14:30. Without it, the end of the day counts.",
    )

    def validate_done_at(self, field: OneLine) -> None:
        """A time of day in one of the usual forms, or nothing."""
        if not field.data:
            return
        try:
            time_of_day(field.data)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None


class DutyWaivedForm(RevisionForm):
    """Why a duty is not needed."""

    reason = LongText(
        "Why is this not needed?",
        [DataRequired("Enter why this is not needed")],
        longest=4000,
        description="The duty stays in the list with your name, the day and this reason. A breach of it stays too.",
    )
