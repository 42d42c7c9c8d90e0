"""The forms on files of a case."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import InputRequired

from cse_tracker.papers.kinds import ENDINGS
from cse_tracker.web.forms.fields import OneLine

ACCEPT = ",".join(f".{ending}" for ending in ENDINGS)


class AttachForm(FlaskForm):  # type: ignore[misc]
    """A file and what it is."""

    file = FileField(
        "Choose a file",
        [FileRequired("Choose a file")],
        description="PDF, PNG, JPEG, Word (docx), Excel (xlsx) or ODT, at most 15 MB. "
        "What the file says of its author, and where a photograph was taken, is taken out.",
    )
    about = OneLine(
        "What is it?", [InputRequired("Enter what it is")], description="For example: letter from the school."
    )


class RemoveForm(FlaskForm):  # type: ignore[misc]
    """A last look before a file is taken out."""

    sure = BooleanField(
        "This file does not belong to this case", [InputRequired("Tick to say that it does not belong")]
    )
