"""The forms of the estimate: bringing data in, deciding the anchors, reviewing how actively a borough looks."""

from collections.abc import Collection, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import MultipleFileField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cse_tracker.estimates.proactivity import SIGNS
from cse_tracker.estimates.rules import LOOKS
from cse_tracker.estimates.years import Year
from cse_tracker.estimation.resampling import DRAWS, SEED
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, WholeNumber, options


class DataForm(FlaskForm):  # type: ignore[misc]
    """Which files to bring in, and for which borough's managers."""

    borough = SelectField("Which borough are you bringing this in for?", [InputRequired("Select a borough")])
    files = MultipleFileField("Files")
    count_until = SelectField(
        "Take the number identified in this borough from the tracker?",
        [Optional()],
        description="Twelve months that are over. The number stands in place of one in the files; nobody is shown it "
        "exactly.",
    )
    note = OneLine("What has changed since the last version?", description="Optional.", subject="The note")

    def offer_years(self, years: Sequence[Year]) -> None:
        """Offer not to count, or the years that are over."""
        self.count_until.choices = options([("", "No, as the files say"), *_named(years)])


class RunForm(FlaskForm):  # type: ignore[misc]
    """Which areas are the anchors, and why."""

    anchors = SelectMultipleField(
        "Which areas are the anchors?",
        description="Those proposed by the survey are ticked: proactive, with reliable numbers. At least three.",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    reason = LongText("Why are these the anchors?", [InputRequired("Enter why these are the anchors")], longest=2000)
    draws = WholeNumber(
        "Draws of the bootstrap",
        [InputRequired("Enter a number of draws"), NumberRange(100, 20_000, "Enter a number from 100 to 20,000")],
        default=DRAWS,
    )
    seed = WholeNumber(
        "Seed of the bootstrap",
        [InputRequired("Enter a seed"), NumberRange(0, 2**31 - 1, "Enter a seed from 0 to 2,147,483,647")],
        description="The same seed gives the same figures.",
        default=SEED,
    )

    def offer(self, areas: Sequence[tuple[str, str]], proposed: Collection[str], *, first: bool) -> None:
        """Offer the areas that have a number, with those proposed ticked when the page is first shown."""
        self.anchors.choices = options(areas)
        if first:
            self.anchors.data = [code for code, _ in areas if code in proposed]


def _named(years: Sequence[Year]) -> list[tuple[str | int, str]]:
    return [(year.last_month.isoformat(), year.words) for year in years]


class ListsForm(FlaskForm):  # type: ignore[misc]
    """For which borough and year the lists are compared."""

    borough = SelectField("Which borough?", [InputRequired("Select a borough")])
    year = SelectField(
        "Which twelve months?",
        [InputRequired("Select twelve months")],
        description="Months that are over, so that nobody is seen coming and going.",
    )
    reason = OneLine(
        "Why are they compared again?",
        description="Only where these months have been compared before.",
        subject="The reason",
    )

    def offer_years(self, years: Sequence[Year]) -> None:
        """Offer the years that are over."""
        self.year.choices = options(_named(years))


class TrainingForm(FlaskForm):  # type: ignore[misc]
    """A training that was held."""

    borough = SelectField("Borough", [InputRequired("Select a borough")])
    held_on = DatePartsField("When was it held?", [InputRequired("Enter when it was held")])
    about = OneLine("What was it about?", [InputRequired("Enter what it was about")], subject="What it was about")
    services = OneLine(
        "For which services?", description="Optional. Kinds of staff, and nobody’s name.", subject="Services"
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Whether the estimate looks right to a lead officer."""

    looks = RadioField(
        "Does the estimate for your borough look right to you?",
        [InputRequired("Select whether it looks right")],
        choices=options(list(LOOKS.items())),
    )
    why = LongText(
        "Why?", description="Needed for too high or too low. Write about nobody in particular.", longest=2000
    )


def _with_signs(cls: type[Any]) -> type[Any]:
    for sign, words in SIGNS.items():
        setattr(
            cls,
            sign,
            RadioField(words, [InputRequired("Select yes or no")], choices=options([("yes", "Yes"), ("no", "No")])),
        )
        setattr(cls, f"{sign}_evidence", OneLine("Evidence", description="Needed for a yes.", subject="The evidence"))
    return cls


@_with_signs
class ReviewForm(FlaskForm):  # type: ignore[misc]
    """The nine signs, each with its evidence."""

    borough = SelectField("Borough", [InputRequired("Select a borough")])
    year = WholeNumber(
        "Year", [InputRequired("Enter a year"), NumberRange(2000, 2100, "Enter a year from 2000 to 2100")]
    )
