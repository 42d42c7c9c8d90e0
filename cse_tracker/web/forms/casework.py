"""The forms on a case's record: one for each kind of entry, its end, and that it was a mistake."""

from datetime import date
from typing import Final

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from cse_tracker.casework.rules import (
    FRAMES,
    OUTCOMES,
    PLACEMENTS,
    PROVIDERS,
    RELATIONS,
    WAYS,
    Contact,
    Kind,
    LegalFrame,
    Outcome,
    Placement,
    Relation,
    Warning,  # noqa: A004
    Way,
)
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options
from cse_tracker.web.forms.meetings import london_moment, time_of_day

# Never used: a form without its day is not valid.
NO_DAY: Final = date.min
YES_NO: Final = options([("yes", "Yes"), ("no", "No")])


class EntryForm(RevisionForm):
    """A form that makes an entry."""

    heading = ""

    def entry(self) -> Contact | Placement | LegalFrame | Warning | Relation:
        """Give what was entered."""
        raise NotImplementedError


class ContactForm(EntryForm):
    """A contact, or an attempt at one."""

    heading = "Record a contact or an attempt"
    on = DatePartsField("On which day?", [InputRequired("Enter the day")], subject="The day")
    at = OneLine("At what time?", [InputRequired("Enter the time")], description="For example 2:30pm.", subject="Time")
    way = RadioField("How?", [InputRequired("Select how")], choices=options([(w.value, t) for w, t in WAYS.items()]))
    outcome = RadioField(
        "What came of it?",
        [InputRequired("Select what came of it")],
        choices=options([(outcome.value, words) for outcome, words in OUTCOMES.items()]),
        description="Every attempt counts. Keeping on is what helps.",
    )
    who = OneLine("With whom?", description="Leave empty if it was with the young person alone.", subject="Name")
    text = LongText("What happened?", [InputRequired("Enter what happened")])
    following = LongText("What comes next, and who does it?", longest=2000)

    def validate_at(self, field: OneLine) -> None:
        """It must be a time of day that was there on that day."""
        try:
            at = time_of_day(field.data)
            if self.on.data is not None:
                london_moment(self.on.data, at)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def entry(self) -> Contact:
        """Give the contact."""
        moment = london_moment(self.on.data or NO_DAY, time_of_day(self.at.data))
        return Contact(
            at=moment,
            way=Way(self.way.data),
            outcome=Outcome(self.outcome.data),
            who=self.who.data,
            text=self.text.data,
            following=self.following.data,
        )


class PlacementForm(EntryForm):
    """Where a young person lives or is placed."""

    heading = "Record a placement"
    code = SelectField(
        "Which kind of placement?",
        [InputRequired("Select a kind of placement")],
        choices=options([("", "Select a kind"), *PLACEMENTS.items()]),
    )
    provider = SelectField("Who provides it?", choices=options([("", "Not a provided placement"), *PROVIDERS.items()]))
    place = OneLine("Where is it?", [InputRequired("Enter where it is")], subject="The place")
    since = DatePartsField("Since when?", [InputRequired("Enter since when")], subject="The first day")
    justification = LongText(
        "If it is secure, what makes it necessary?",
        description="The grounds, and who decided them.",
        longest=4000,
    )
    alternatives = LongText("If it is secure, what was tried or considered before?", longest=4000)
    young_person_view = LongText("What does the young person say about it?", longest=4000)

    def entry(self) -> Placement:
        """Give the placement."""
        return Placement(
            code=self.code.data,
            provider=self.provider.data or "",
            place=self.place.data,
            since=self.since.data or NO_DAY,
            justification=self.justification.data,
            alternatives=self.alternatives.data,
            young_person_view=self.young_person_view.data,
        )


class LegalForm(EntryForm):
    """Under which part of the law a young person is helped."""

    heading = "Record a legal frame"
    code = SelectField(
        "Which legal frame?",
        [InputRequired("Select a legal frame")],
        choices=options([("", "Select a legal frame"), *FRAMES.items()]),
    )
    since = DatePartsField("Since when?", [InputRequired("Enter since when")], subject="The first day")
    text = LongText("What else should be known of it?", longest=4000)

    def entry(self) -> LegalFrame:
        """Give the legal frame."""
        return LegalFrame(code=self.code.data, since=self.since.data or NO_DAY, text=self.text.data)


class WarningForm(EntryForm):
    """What everybody must know before they visit or call."""

    heading = "Record a warning"
    text = LongText(
        "What must everybody know before they visit or call?",
        [InputRequired("Enter what must be known")],
        description="What to do, not what somebody is like. For example: do not telephone the home.",
        longest=2000,
    )
    told = RadioField("Was the young person told of this warning?", [InputRequired("Select yes or no")], choices=YES_NO)
    reason_not_told = LongText("If not, why not?", longest=2000)
    review_on = DatePartsField("When is it reviewed?", [InputRequired("Enter when it is reviewed")])

    def entry(self) -> Warning:
        """Give the warning."""
        return Warning(
            text=self.text.data,
            told=self.told.data == "yes",
            reason_not_told=self.reason_not_told.data,
            review_on=self.review_on.data or NO_DAY,
        )


class RelationForm(EntryForm):
    """A sibling, friend or other person who matters."""

    heading = "Record a brother, sister, friend or other person"
    relation = RadioField(
        "Who are they to the young person?",
        [InputRequired("Select who they are")],
        choices=options(list(RELATIONS.items())),
    )
    name = OneLine("What is their name?", [InputRequired("Enter their name")], subject="Name")
    case_reference = OneLine("If they have a case here, its reference", [Optional()], subject="Reference")
    text = LongText("What should be known of them?", longest=4000)

    def entry(self) -> Relation:
        """Give the relation."""
        return Relation(
            relation=self.relation.data,
            name=self.name.data,
            text=self.text.data,
            case_reference=self.case_reference.data.upper(),
        )


FORMS: Final[dict[Kind, type[EntryForm]]] = {
    Kind.CONTACT: ContactForm,
    Kind.PLACEMENT: PlacementForm,
    Kind.LEGAL: LegalForm,
    Kind.WARNING: WarningForm,
    Kind.RELATION: RelationForm,
}


class EndForm(RevisionForm):
    """When something ended."""

    until = DatePartsField("On which day did it end?", [InputRequired("Enter the day it ended")])


class MistakeForm(RevisionForm):
    """Why an entry was a mistake."""

    reason = LongText("Why was this a mistake?", [InputRequired("Enter why this was a mistake")], longest=2000)
