"""The form of one service in the directory, and of a directory that is brought in."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from cse_tracker.directory.rules import CAPACITIES, OLDEST, SERVES, Capacity, Entry, Serves
from cse_tracker.web.forms.answering import OnceForm
from cse_tracker.web.forms.fields import LongText, OneLine, WholeNumber, options

_AGE = f"Enter an age from 0 to {OLDEST}"


class ServiceForm(OnceForm):
    """What the directory says of a service: a team and its addresses, never a person."""

    agency = SelectField("Which agency runs it?")
    name = OneLine("Name of the service", [InputRequired("Enter the name of the service")])
    description = LongText(
        "What does it do?", [InputRequired("Enter what the service does")], longest=2000, subject="What it does"
    )
    min_age = WholeNumber("Youngest age", [Optional(), NumberRange(0, OLDEST, _AGE)], widget=TextInput())
    max_age = WholeNumber("Oldest age", [Optional(), NumberRange(0, OLDEST, _AGE)], widget=TextInput())
    serves = RadioField("Whom does it take?", choices=options([(each.value, words) for each, words in SERVES.items()]))
    capacity = RadioField(
        "Has it places?", choices=options([(each.value, words) for each, words in CAPACITIES.items()])
    )
    wait_weeks = WholeNumber(
        "Usual wait in weeks",
        [Optional(), NumberRange(0, 520, "Enter a number of weeks from 0 to 520")],
        widget=TextInput(),
        description="Leave empty if it is not known.",
    )
    who_may_refer = LongText("Who may refer?", longest=1000)
    how_to_refer = LongText("How are referrals made?", longest=1000)
    email = OneLine("Email address of the team", description="Never that of one person: people leave.")
    phone = OneLine("Telephone number of the team")
    website = OneLine("Website")
    covers = SelectMultipleField(
        "Which boroughs does it cover?",
        [InputRequired("Select at least one borough that the service covers")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    commissioned_by = SelectMultipleField(
        "Which of them commission it?", option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def entry(self) -> Entry:
        """Give what was entered."""
        return Entry(
            name=self.name.data,
            description=self.description.data,
            min_age=self.min_age.data,
            max_age=self.max_age.data,
            serves=Serves(self.serves.data or Serves.EVERYONE),
            capacity=Capacity(self.capacity.data or Capacity.OPEN),
            wait_weeks=self.wait_weeks.data,
            who_may_refer=self.who_may_refer.data or "",
            how_to_refer=self.how_to_refer.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            website=self.website.data or "",
            covers=frozenset(self.covers.data or ()),
            commissioned_by=frozenset(self.commissioned_by.data or ()),
        )

    def fill(self, entry: Entry) -> None:
        """Show what an entry says."""
        for name in ("name", "description", "min_age", "max_age", "wait_weeks", "who_may_refer", "how_to_refer"):
            self[name].data = getattr(entry, name)
        for name in ("email", "phone", "website"):
            self[name].data = getattr(entry, name)
        self.serves.data, self.capacity.data = entry.serves.value, entry.capacity.value
        self.covers.data, self.commissioned_by.data = sorted(entry.covers), sorted(entry.commissioned_by)


class LoadForm(FlaskForm):  # type: ignore[misc]
    """A directory to bring in."""

    file = FileField(
        "Directory file",
        [FileRequired("Select a file")],
        description="JSON in the form of Open Referral UK, with all services in one file.",
    )
