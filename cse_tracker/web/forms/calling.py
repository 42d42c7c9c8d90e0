"""The forms for panels, for moving and cancelling a meeting, and for answering an invitation."""

from datetime import datetime

from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from cse_tracker.meetings.rules import Reply
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options
from cse_tracker.web.forms.meetings import FORMATS, LENGTHS, CallForm, london_moment, time_of_day
from cse_tracker.web.forms.referrals import Ticks

REPLIES = (
    (Reply.ACCEPTED.value, "Yes, I am coming"),
    (Reply.DEPUTY.value, "Somebody else comes for my agency"),
    (Reply.TENTATIVE.value, "I am not sure yet"),
    (Reply.DECLINED.value, "Nobody from my agency can come"),
)


class PanelForm(CallForm):
    """A call about several young people, or about places, themes and people of concern."""

    cases = Ticks("Which cases are on the agenda?")
    people = LongText("People of concern", longest=4000, description="One a line. Seen in the tracker only.")
    places = LongText("Places", longest=4000, description="One a line. Seen in the tracker only.")
    themes = LongText("Themes", longest=4000, description="One a line. Seen in the tracker only.")


class TimeForm(RevisionForm):
    """When and where a meeting is held."""

    starts_on = DatePartsField("Date", [InputRequired("Enter the date")], subject="Date of the meeting")
    starts_at = OneLine(
        "Start time", [InputRequired("Enter the start time")], longest=20, description="For example, 2:30pm or 14:30."
    )
    minutes = SelectField("How long?", choices=options(LENGTHS), coerce=int, default=60)
    format = RadioField("How is it held?", choices=options(FORMATS), default="in_person")
    place = OneLine("Place")
    link = OneLine("Video link or telephone number", longest=500)

    def validate_starts_at(self, field: OneLine) -> None:
        """A time of day in one of the usual forms."""
        try:
            time_of_day(field.data or "")
        except ValueError as problem:
            raise ValidationError(str(problem)) from None

    def starts(self) -> datetime:
        """Give the start on London's clock; raises ValueError where the clocks skip it."""
        if self.starts_on.data is None:
            message = "Enter the date"
            raise ValueError(message)
        return london_moment(self.starts_on.data, time_of_day(self.starts_at.data or ""))


class MoveForm(TimeForm):
    """Where a meeting moves to, and why."""

    reason = LongText("Why is it moved?", longest=1000, description="Needed where the time or the place changes.")
    asked_by = SelectField("Who asked?", default="", validate_choice=False)


class CancelForm(RevisionForm):
    """Why a meeting is cancelled."""

    reason = LongText(
        "Why is it cancelled?",
        [DataRequired("Enter why the meeting is cancelled")],
        longest=1000,
        description="Seen in the tracker only. A duty to hold such a meeting stays open.",
    )


class ReplyForm(RevisionForm):
    """An agency's answer."""

    reply = RadioField("Does your agency come?", [InputRequired("Select an answer")], choices=options(REPLIES))
    deputy = OneLine("Who comes instead?", longest=120)
    note = LongText("Anything to add? If nobody can come, say why", longest=500)
