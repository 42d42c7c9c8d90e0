"""The forms on who a young person is: correcting what is held, and two cases that turn out to be one person's."""

from dataclasses import fields
from datetime import date

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.referrals.rules import ETHNICITIES
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, NhsNumberField, OneLine, PostcodeField, options
from cse_tracker.web.forms.referrals import SEXES, YES_NO_NOT_KNOWN


class OtherCaseForm(RevisionForm):
    """The reference of another case."""

    reference = OneLine(
        "Reference of the other case", [DataRequired("Enter the reference of the other case")], longest=20,
        description="Like C-7K3Q-X4MP.",
    )  # fmt: skip


class JoinForm(RevisionForm):
    """Which of two cases goes on, and how it is known that they are one young person's."""

    going_on = RadioField("Which case goes on?", [InputRequired("Select which case goes on")])
    reason = LongText(
        "How do you know that they are one young person?",
        [InputRequired("Enter how you know that they are one young person")],
    )


class JoinAnswerForm(RevisionForm):
    """What the other lead officer answers."""

    answer = RadioField("Are they one young person?", [InputRequired("Select what you decide")])
    note = LongText("Why?", description="Needed when the cases stay apart.")

    def offer(self, *, own: bool) -> None:
        """Offer to agree or refuse, or to whoever proposed it, to withdraw."""
        pairs = [("refuse", "Withdraw my proposal: the cases stay apart")] if own else [
            ("agree", "Yes: join the cases"),
            ("refuse", "No, or not certain: the cases stay apart"),
        ]  # fmt: skip
        self.answer.choices = options(pairs)

    def validate_note(self, field: LongText) -> None:
        """Who said that they are one should hear why they are not."""
        if self.answer.data == "refuse" and not field.data.strip():
            message = "Enter why the cases stay apart"
            raise ValidationError(message)


class TakeApartForm(RevisionForm):
    """Why two cases that were joined are two young people's."""

    reason = LongText("Why are they two young people?", [InputRequired("Enter why they are two young people")])


class IdentityForm(RevisionForm):
    """Who a young person is held to be, and how it is known that this is right."""

    first_name = OneLine("First name", [DataRequired("Enter their first name")], longest=80)
    last_name = OneLine("Last name", [DataRequired("Enter their last name")], longest=80)
    also_known_as = OneLine("Other names", longest=400, description="With commas between them.")
    born = DatePartsField("Date of birth", subject="Date of birth", description="Leave it empty if it is not known.")
    age_disputed = BooleanField("Their age is disputed")
    sex = RadioField("Sex", [InputRequired("Select their sex, or ‘Not known’")], choices=options(SEXES))
    ethnicity = SelectField("Ethnic group", choices=options(ETHNICITIES))
    nhs_number = NhsNumberField("NHS number", description="10 numbers, like 999 000 0018.")
    address = LongText("Home address", longest=500)
    postcode = PostcodeField("Postcode", description="Or the first half of one, or ‘no fixed abode’.")
    school = OneLine("School or college")
    looked_after = RadioField("Are they looked after by a local authority?", choices=options(YES_NO_NOT_KNOWN))
    disability = SelectField(
        "Do they have a disability or learning needs?", choices=options(YES_NO_NOT_KNOWN), default="not_known"
    )
    from_abroad = SelectField("Did they come here from abroad?", choices=options(YES_NO_NOT_KNOWN), default="not_known")
    carer = LongText("Parent or carer", longest=500)
    contact = LongText("How can they be contacted safely?", longest=500)
    reason = LongText(
        "How do you know?",
        [InputRequired("Enter how you know")],
        longest=1000,
        description="What stood here before is kept, with your reason and today’s date.",
    )

    def fill(self, head: Identity, body: PersonDetails) -> None:
        """Begin with what is held."""
        for name in ("first_name", "last_name", "also_known_as", "age_disputed", "nhs_number", "postcode"):
            self[name].data = getattr(head, name)
        for each in fields(body):
            self[each.name].data = getattr(body, each.name)
        self.sex.data = head.sex.value
        if head.date_of_birth is not None:
            self.born.suggest(head.date_of_birth)

    def take_today(self, today: date) -> None:
        """Take what a date of birth is held against."""
        self.today = today

    def validate_born(self, field: DatePartsField) -> None:
        """Nobody is born tomorrow."""
        if field.data is not None and field.data > self.today:
            message = "Date of birth must be in the past"
            raise ValidationError(message)

    def identity(self) -> Identity:
        """Give the identity as it was typed."""
        return Identity(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            also_known_as=self.also_known_as.data or "",
            date_of_birth=self.born.data,
            age_disputed=bool(self.age_disputed.data),
            sex=Sex(self.sex.data),
            nhs_number=self.nhs_number.data or "",
            postcode=self.postcode.data or "",
        )

    def details(self) -> PersonDetails:
        """Give the circumstances as they were typed."""
        # By name, so that nothing that is held can be left out of the form and lost with the next correction.
        return PersonDetails(**{each.name: self[each.name].data or "" for each in fields(PersonDetails)})
