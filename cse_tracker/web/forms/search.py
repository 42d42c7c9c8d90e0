"""The search box."""

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired

from cse_tracker.web.forms.fields import OneLine


class SearchForm(FlaskForm):  # type: ignore[misc]
    """What to look for, and in which borough where the actor leads several."""

    typed = OneLine(
        "Name, date of birth, NHS number, address, telephone number or reference",
        [InputRequired("Enter what to look for")],
        description="Part of a name is enough, in any order. Names that are spelt or sound alike are found too.",
        subject="What you are looking for",
    )
    borough = SelectField("Borough", default="")
