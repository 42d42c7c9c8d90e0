"""The steps of the referral form, and the forms by which a borough decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, RadioField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cse_tracker.people.rules import Sex
from cse_tracker.referrals.model import Answer, HowTold
from cse_tracker.referrals.rules import ADULT, ETHNICITIES, FEWEST_DIGITS, NONE_OF_THESE, WHO_KNOWS, YOUNGEST
from cse_tracker.rulebook.document import DeclineReason, ProtocolDocument
from cse_tracker.web.forms.fields import DatePartsField, LongText, NhsNumberField, OneLine, PostcodeField, options

YES_NO_NOT_KNOWN: Final = (
    (Answer.YES.value, "Yes"),
    (Answer.NO.value, "No"),
    (Answer.NOT_KNOWN.value, "Not known"),
)
SEXES: Final = ((Sex.FEMALE.value, "Female"), (Sex.MALE.value, "Male"), (Sex.UNKNOWN.value, "Not known"))


class Ticks(SelectMultipleField):
    """Several choices as ticks."""

    def __init__(self, label: str, validators: Any = (), **more: Any) -> None:
        super().__init__(
            label, list(validators), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), **more
        )


class StepForm(Form):
    """One step; built from what was typed, whether just now or in the draft."""

    title = ""

    def prepare(self, document: ProtocolDocument, today: date) -> None:
        """Take what the step needs from the borough's protocol and the day."""
        self.document, self.today = document, today


class YoungPersonStep(StepForm):
    """Who the young person is."""

    title = "The young person"
    first_name = OneLine("First name", [DataRequired("Enter their first name")], longest=80)
    last_name = OneLine(
        "Last name",
        [DataRequired("Enter their last name")],
        longest=80,
        description="If you do not know it, write ‘not known’.",
    )
    also_known_as = OneLine("Other names", description="Nicknames, other surnames or online names, if you know any.")
    born = DatePartsField(
        "Date of birth",
        subject="Date of birth",
        description="For example, 3 3 2012. Leave it empty if you do not know.",
    )
    age_reason = LongText(
        "If they are 18 or over, or under 4, why are you referring them?",
        longest=1000,
        description="Ages may be disputed or wrongly recorded. Leave this empty otherwise.",
    )
    sex = RadioField("Sex", [InputRequired("Select their sex, or ‘Not known’")], choices=options(SEXES))
    ethnicity = SelectField("Ethnic group", choices=options(ETHNICITIES), default="NOBT")
    nhs_number = NhsNumberField("NHS number", description="10 numbers, if you know it, like 999 000 0018.")
    address = LongText("Home address", longest=500)
    postcode = PostcodeField("Postcode", description="Or the first half of one, or ‘no fixed abode’.")
    school = OneLine("School or college")
    looked_after = RadioField(
        "Are they looked after by a local authority?",
        [InputRequired("Select yes if they are looked after")],
        choices=options(YES_NO_NOT_KNOWN),
    )
    disability = SelectField(
        "Do they have a disability or learning needs?", choices=options(YES_NO_NOT_KNOWN), default="not_known"
    )
    from_abroad = SelectField("Did they come here from abroad?", choices=options(YES_NO_NOT_KNOWN), default="not_known")
    contact = LongText("How can they be contacted safely?", longest=500)

    def validate_born(self, field: DatePartsField) -> None:
        """The future is refused; an age outside childhood needs a reason, because ages may be disputed."""
        if field.data is None:
            return
        if field.data > self.today:
            message = "Date of birth must be in the past"
            raise ValidationError(message)
        age = self.today.year - field.data.year
        age -= (self.today.month, self.today.day) < (field.data.month, field.data.day)
        if (age >= ADULT or age < YOUNGEST) and not (self.age_reason.data or "").strip():
            message = f"This date of birth makes them {age}. Check it, or say below why you are referring them"
            raise ValidationError(message)


class WorriesStep(StepForm):
    """Why the referrer is worried."""

    title = "Why you are worried"
    immediate_danger = RadioField(
        "Is the young person in immediate danger now?",
        [InputRequired("Select yes if the young person is in immediate danger now")],
        choices=options((("yes", "Yes"), ("no", "No"))),
        description="If they are, call 999 first and then go on.",
    )
    why_worried = LongText(
        "Why are you worried?",
        [DataRequired("Enter why you are worried")],
        description="What you know, and how you know it. Use the young person’s own words where you can.",
    )
    first_worried_on = DatePartsField(
        "When were you first worried?",
        [Optional()],
        subject="When you were first worried",
        description="An estimate is fine. Leave it empty if you cannot say.",
    )

    def validate_first_worried_on(self, field: DatePartsField) -> None:
        """It cannot lie ahead."""
        if field.data is not None and field.data > self.today:
            message = "When you were first worried must be in the past"
            raise ValidationError(message)


class SeenStep(StepForm):
    """What was seen or told."""

    title = "What has been seen"
    seen = Ticks("Which of these have you seen or been told about?")
    seen_details = LongText("What did you see or hear, when and where?")
    missing = RadioField(
        "Have they been missing from home or care in the last 12 months?",
        [InputRequired("Select yes if they have been missing in the last 12 months")],
        choices=options(YES_NO_NOT_KNOWN),
    )

    def prepare(self, document: ProtocolDocument, today: date) -> None:
        """Offer the indicators of the borough's protocol."""
        super().prepare(document, today)
        offered = [(indicator.key, indicator.text) for indicator in document.indicators]
        self.seen.choices = options([*offered, (NONE_OF_THESE, "None of these")])

    def validate_seen(self, field: Ticks) -> None:
        """Something must be ticked, and ‘None of these’ only alone: there may be no script to see to it."""
        _ticked_alone(field, "Select what you have seen or been told about, or select ‘None of these’")


class OthersStep(StepForm):
    """Who else knows."""

    title = "Who else knows"
    who_knows = Ticks("Who else knows about these worries?", choices=options(WHO_KNOWS))
    who_knows_details = LongText("Who are they, and what do they know?")
    carer_aware = RadioField(
        "Does a parent or carer know?",
        [InputRequired("Select yes if a parent or carer knows")],
        choices=options(YES_NO_NOT_KNOWN),
    )

    def validate_who_knows(self, field: Ticks) -> None:
        """Something must be ticked, and ‘Nobody else’ only alone."""
        _ticked_alone(field, "Select who else knows, or select ‘Nobody else that I know of’")


class AwareStep(StepForm):
    """What the young person knows and wants."""

    title = "What the young person knows"
    young_person_aware = RadioField(
        "Does the young person know that you are making this referral?",
        [InputRequired("Select yes if the young person knows about this referral")],
        choices=options(YES_NO_NOT_KNOWN),
        description="You can make a referral without telling them if telling them would put them at risk.",
    )
    not_aware_reason = LongText("If they do not know, why not?", longest=2000)
    young_person_view = LongText("What do they say or want, in their own words?")

    def validate_not_aware_reason(self, field: LongText) -> None:
        """Not telling a young person is sometimes right, and then somebody can say why."""
        if self.young_person_aware.data == Answer.NO.value and not (field.data or "").strip():
            message = "Enter why the young person has not been told"
            raise ValidationError(message)


class AboutYouStep(StepForm):
    """Who is referring."""

    title = "About you"
    referrer_name = OneLine("Your name", [DataRequired("Enter your name")])
    referrer_role = OneLine("Your role", [DataRequired("Enter your role")])
    referrer_phone = OneLine(
        "Your telephone number",
        [DataRequired("Enter a telephone number")],
        longest=40,
        description="In case the lead officer needs to speak to you today.",
    )

    def validate_referrer_phone(self, field: OneLine) -> None:
        """Enough digits to ring; everything else about it is kept as typed."""
        if sum(character.isdigit() for character in field.data or "") < FEWEST_DIGITS:
            message = "Enter a telephone number, like 020 7946 0000"
            raise ValidationError(message)


STEPS: Final[Mapping[str, type[StepForm]]] = {
    "young-person": YoungPersonStep,
    "worries": WorriesStep,
    "seen": SeenStep,
    "others": OthersStep,
    "aware": AwareStep,
    "about-you": AboutYouStep,
}


def _ticked_alone(field: Ticks, nothing: str) -> None:
    ticked = field.data or []
    if not ticked:
        raise ValidationError(nothing)
    if NONE_OF_THESE in ticked and len(ticked) > 1:
        message = "Select either the others or the last one, not both"
        raise ValidationError(message)


class StartForm(FlaskForm):  # type: ignore[misc]
    """Which borough."""

    borough = SelectField(
        "Borough",
        [InputRequired("Select a borough")],
        description="The borough in which the young person lives, or which looks after them.",
    )


class SaveForm(FlaskForm):  # type: ignore[misc]
    """A form of nothing but its token."""


class ChoiceForm(FlaskForm):  # type: ignore[misc]
    """Who the young person is: one of those already known, or somebody new; or no further action."""

    choice = RadioField("What do you decide?", [InputRequired("Select what you decide")])
    unsure = Ticks("Are you not sure about somebody?", description="Your comparison is kept for whoever looks next.")


class AcceptForm(FlaskForm):  # type: ignore[misc]
    """What the referrer is told with an acceptance."""

    note = LongText(
        "What do you want to tell the referrer?",
        longest=2000,
        description="They are told that the referral is accepted. Do not put details of the case here.",
    )
    onward = BooleanField(
        "Another agency should act on this: refer to one of its services next",
        description="You stay responsible until a service takes the young person on. The case has that duty till then.",
    )
    sure = BooleanField("I have compared this referral with the young people already known")

    def validate_sure(self, field: BooleanField) -> None:
        """Matching is done by a person."""
        if not field.data:
            message = "Confirm that you have compared this referral with the young people already known"
            raise ValidationError(message)


class DeclineForm(FlaskForm):  # type: ignore[misc]
    """Why a referral is declined, in a code and in words."""

    reason = RadioField("Why is it declined?", [InputRequired("Select why the referral is declined")])
    note = LongText(
        "What do you want to tell the referrer?",
        [DataRequired("Enter what you want to tell the referrer")],
        longest=2000,
        description="Say what they can do instead, and when to refer again.",
    )

    def offer(self, reasons: tuple[DeclineReason, ...]) -> None:
        """Offer the reasons of the borough's protocol."""
        self.reason.choices = options([(reason.key, reason.label) for reason in reasons])


class ToldForm(FlaskForm):  # type: ignore[misc]
    """How a referrer was told who has not said so."""

    how = RadioField(
        "How was the referrer told?",
        [InputRequired("Select how the referrer was told")],
        choices=options(
            [
                (HowTold.TELEPHONE.value, "By telephone"),
                (HowTold.IN_PERSON.value, "In person"),
                (HowTold.LETTER.value, "By letter"),
                (HowTold.NOBODY_LEFT.value, "Nobody is left to be told: the referrer has gone or their agency closed"),
            ]
        ),
    )
