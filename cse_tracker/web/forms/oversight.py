"""The forms of those who watch over the record."""

from wtforms.validators import DataRequired

from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import LongText, OneLine


class RecipientForm(RevisionForm):
    """To whom something is handed out, what for and by what right."""

    organisation = OneLine("Organisation", [DataRequired("Enter the organisation that receives this")])
    person = OneLine("Name of the person who receives it", [DataRequired("Enter who receives this")])
    purpose = LongText("What it is for", [DataRequired("Enter what this is for")], longest=2000)
    legal_basis = OneLine(
        "Legal basis",
        [DataRequired("Enter the legal basis")],
        description="For example: Information Commissioner’s request under section 142, Data Protection Act 2018",
    )


class FindCaseForm(RevisionForm):
    """A case by its reference."""

    reference = OneLine(
        "Case reference", [DataRequired("Enter a case reference")], description="For example C-7K3Q-X4MP"
    )
