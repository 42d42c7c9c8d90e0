"""The forms on a request to see what is held: asking, a lead officer's answer, and what is left out."""

from wtforms import BooleanField, RadioField
from wtforms.validators import DataRequired, InputRequired

from cse_tracker.subject_access.model import ASKERS
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options


class AskForm(RevisionForm):
    """A request as it came."""

    asker = RadioField(
        "Who asks?",
        [InputRequired("Select who asks")],
        choices=options([(asker.value, words) for asker, words in ASKERS.items()]),
    )
    requester = OneLine("Name of the person who asks", [DataRequired("Enter who asks")])
    identity_checked = LongText(
        "How was it made sure that they are who they say, and may ask?",
        [DataRequired("Enter how that was made sure")],
        longest=2000,
        subject="Your answer",
    )
    received_on = DatePartsField(
        "When did the request come?", [InputRequired("Enter the day the request came")], subject="The day it came"
    )


class AnswerForm(RevisionForm):
    """What the lead officer says to a request."""

    decision = RadioField(
        "May these records be opened for the request?",
        [InputRequired("Select whether the records may be opened")],
        choices=options([("agree", "Yes"), ("refuse", "No")]),
    )
    opinion = LongText(
        "What could harm the young person or somebody else if it were handed out?",
        [DataRequired("Enter what could do harm, or that nothing could")],
        description="Whoever prepares the answer reads this before anything is handed out.",
        longest=4000,
        subject="Your answer",
    )


class ReviewForm(RevisionForm):
    """What is left out everywhere. What is chosen for each record is read from the request itself."""

    phrases = LongText(
        "Names and words to black out everywhere",
        description="One on each line. Names in the fields about other people are blacked out already.",
        longest=4000,
    )
    colleagues = BooleanField("Hand out the names of colleagues")


class SearchForm(RevisionForm):
    """The button that searches."""
