"""The forms at the table: notes, information shared, decisions; and for minutes and actions."""

from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired

from cse_tracker.agenda.rules import HANDLING, LONGEST_NOTES, plain
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, options
from cse_tracker.web.forms.referrals import Ticks

# Longer than what is kept, so that a paste that is too long still comes here and is answered with a sentence.
LONGEST_TYPED = 2_000_000


class Pasted(LongText):
    """Text as it comes out of office programs: what can be read is kept, and what cannot be seen goes."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep what can be read, soft line breaks as line breaks."""
        self.data = plain(str(valuelist[0]) if valuelist else "")


class NotesForm(RevisionForm):
    """Notes as they are typed."""

    text = Pasted("Notes", longest=LONGEST_NOTES)

    def __init__(self, *args: object, **keywords: object) -> None:
        super().__init__(*args, **keywords)
        # The command says what is too long, after what cannot be read has been taken out.
        self.text.longest = LONGEST_TYPED


class GivenForm(RevisionForm):
    """One thing that an agency shared."""

    agency = SelectField("Which agency?", [InputRequired("Select the agency")])
    text = LongText("What was shared?", [DataRequired("Enter what was shared")], longest=10_000)
    handling = RadioField(
        "Who may have it?",
        [InputRequired("Select who may have it")],
        choices=options((key.value, label) for key, label in HANDLING.items()),
    )


class DecidingForm(RevisionForm):
    """One decision."""

    text = LongText("What was decided?", [DataRequired("Enter what was decided")], longest=10_000)
    agreed = Ticks("Who agreed?")
    disagreed = Ticks("Who did not agree?")
    why_not = LongText("Why not?", longest=2000)
    level = SelectField("Is it the level of the case?", default="", validate_choice=False)
    override_reason = LongText("If the protocol suggests another level, why this one?", longest=4000)


class SectionForm(RevisionForm):
    """The text of a section of the minutes."""

    text = Pasted("Text", longest=LONGEST_NOTES)

    def __init__(self, *args: object, **keywords: object) -> None:
        super().__init__(*args, **keywords)
        self.text.longest = LONGEST_TYPED


class AgreeForm(RevisionForm):
    """The chair's word on the minutes."""

    sure = BooleanField(
        "I have read all sections, and they say what happened", [InputRequired("Say that you have read it")]
    )


class ActionForm(RevisionForm):
    """One thing done with an action; `act` says what."""

    note = LongText("What is there to say?", longest=4000)


class DoneForm(ActionForm):
    """That an action is done."""

    note = LongText(
        "What was done, and what shows it?", [DataRequired("Enter what was done and what shows it")], longest=4000
    )
    done_on = DatePartsField("When was it done?", [InputRequired("Enter the date")], subject="The date")

    def fill(self, today: date) -> None:
        """Suggest today."""
        self.done_on.suggest(today)


class OfferForm(ActionForm):
    """Which other agency is asked to take an action over."""

    agency = SelectField("Which agency should do it?", [InputRequired("Select an agency")])
    note = LongText("Why?", [DataRequired("Enter why another agency should do it")], longest=2000)
