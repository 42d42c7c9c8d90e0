"""The forms on duties."""

from wtforms.validators import DataRequired

from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import LongText


class DutyDoneForm(RevisionForm):
    """What was done about a duty."""

    note = LongText("What was done, by whom and when?", [DataRequired("Enter what was done")], longest=4000)
