"""The forms of an import: the file, and what its columns are."""

from typing import Final

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from cse_tracker.imports.rules import COLUMNS, DateOrder, Field
from cse_tracker.sheets.reading import column_letters
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import options

ORDERS: Final = (
    (DateOrder.NOT_SAID.value, "I am not sure: stop at any date that could be either"),
    (DateOrder.DAY_FIRST.value, "Day first: 3/4/2012 is the 3rd of April"),
    (DateOrder.MONTH_FIRST.value, "Month first, as in the United States: 3/4/2012 is the 4th of March"),
)


class UploadForm(FlaskForm):  # type: ignore[misc]
    """Which file, for which borough."""

    borough = SelectField("Borough", [InputRequired("Select a borough")])
    file = FileField(
        "Spreadsheet",
        [FileRequired("Select a file")],
        description="CSV, XLSX or ODS, at most 15 MB and 100,000 rows. The first row must hold the headings.",
    )


class MappingForm(RevisionForm):
    """Which column is what, and how dates are written; made for a file's headings by `mapping_form`."""

    order: RadioField

    def columns(self) -> dict[Field, int]:
        """The columns that were chosen, counted from 1."""
        chosen = {field: self[field.value].data for field in Field}
        return {field: int(column) for field, column in chosen.items() if column}


def mapping_form(headings: tuple[str, ...]) -> type[MappingForm]:
    """Make the form for these headings."""
    offered = [
        (str(place), f"{column_letters(place)}: {heading or 'no heading'}") for place, heading in enumerate(headings, 1)
    ]
    fields: dict[str, object] = {}
    for field, column in COLUMNS.items():
        words = column.heading if column.needed else f"{column.heading} (if there is one)"
        needed = [InputRequired(f"Say which column is: {column.heading}")] if column.needed else [Optional()]
        fields[field.value] = SelectField(
            words, validators=needed, choices=options([("", "Not in this file"), *offered]), description=column.hint
        )
    fields["order"] = RadioField(
        "How are dates such as 3/4/2012 written in this file?",
        [InputRequired("Select how dates are written")],
        choices=options(ORDERS),
        default=DateOrder.NOT_SAID.value,
    )
    return type("MappingFormFor", (MappingForm,), fields)


class BeginForm(FlaskForm):  # type: ignore[misc]
    """The go-ahead."""

    sure = BooleanField("I have looked at what would be brought in")

    def validate_sure(self, field: BooleanField) -> None:
        """Somebody must have looked."""
        if not field.data:
            message = "Confirm that you have looked at what would be brought in"
            raise ValidationError(message)


class PlainForm(FlaskForm):  # type: ignore[misc]
    """A form of nothing but its token."""
