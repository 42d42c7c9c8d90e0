"""The filter of a chronology, and the form on sharing it."""

from typing import Any

from wtforms import Form, RadioField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cse_tracker.sharing.model import FOOTINGS
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options


def _kinds() -> SelectMultipleField:
    return SelectMultipleField(
        "Which kinds?",
        description="Leave all empty for everything.",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


def _in_order(form: Any, field: DatePartsField) -> None:
    if field.data and form.first.data and field.data < form.first.data:
        message = "The last day must be the same as or after the first day"
        raise ValidationError(message)


class FilterForm(Form):
    """What of a chronology is shown; sent by GET, so that a page can be kept and gone back to."""

    kinds = _kinds()
    first = DatePartsField("First day", [Optional()])
    last = DatePartsField("Last day", [Optional(), _in_order])


class SharingForm(RevisionForm):
    """For whom and what for a chronology leaves."""

    recipient = OneLine("Who is it for?", [InputRequired("Enter who it is for")], description="A named person.")
    organisation = OneLine("In which organisation?", [InputRequired("Enter the organisation")])
    purpose = LongText("What for?", [InputRequired("Enter what it is for")], longest=2000)
    footing = RadioField(
        "What does sharing it rest on?",
        [InputRequired("Select what sharing it rests on")],
        choices=options([(footing.value, words) for footing, words in FOOTINGS.items()]),
    )
    asked = LongText(
        "Was the young person asked, and what did they say?",
        [InputRequired("Enter whether the young person was asked")],
        description="If they were not asked, say why.",
        longest=2000,
    )
    kinds = _kinds()
    first = DatePartsField("First day", [Optional()], description="Leave empty for all days.")
    last = DatePartsField("Last day", [Optional(), _in_order])
