"""The forms of a referral to a service: what goes, what the service answers, how it ends, where a link goes."""

from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import Form, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from cse_tracker.directory.rules import Search
from cse_tracker.onetime.rules import CodeWay
from cse_tracker.outbound.model import Plan
from cse_tracker.outbound.rules import AGREEMENTS, DECLINES, OUTCOMES, SECTIONS, Agreement, OutboundState, Section
from cse_tracker.sharing.model import FOOTINGS, Footing
from cse_tracker.web.forms.answering import OnceForm, RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, WholeNumber, options

MOST_NEEDS: Final = 6


class SearchForm(Form):
    """What is asked of the directory; sent by GET, so that it can be gone back to."""

    words = OneLine("Words", description="For example counselling, or the name of a service.")
    age = WholeNumber("Age", [Optional(), NumberRange(0, 25, "Age must be between 0 and 25")], widget=TextInput())
    sex = SelectField("Sex", default="", choices=options([("", "Any"), ("F", "Female"), ("M", "Male")]))
    borough = SelectField("Borough", default="")
    room = SelectField("Places", default="", choices=options([("", "Any"), ("yes", "Only services with places")]))

    def search(self) -> Search:
        """Give what is asked."""
        return Search(
            words=self.words.data or "",
            borough_gss=self.borough.data or "",
            age=self.age.data,
            sex=self.sex.data or "",
            with_room=self.room.data == "yes",
        )


def _enough_said(form: Any, field: LongText) -> None:
    if form.agreement.data in {Agreement.REFUSED.value, Agreement.NOT_SOUGHT.value} and not (field.data or "").strip():
        message = "Enter why you share it all the same"
        raise ValidationError(message)


class PlanForm(OnceForm):
    """What is asked of a service, what it is told, and on what telling it rests."""

    asked_for = LongText(
        "What do you ask of the service?",
        [InputRequired("Enter what you ask of the service")],
        description="This is shared with the service as you write it.",
        longest=3000,
    )
    needs = LongText(
        "Which needs is it to meet?",
        [InputRequired("Enter at least one need")],
        description="One on each line, six at most. The service says for each, at the end, how far it was met.",
        longest=600,
    )
    sections = SelectMultipleField(
        "What does this service need to know?",
        [InputRequired("Select what the service needs to know")],
        choices=options([(section.value, words) for section, words in SECTIONS.items()]),
        description="Nothing else of the case is shared.",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    footing = RadioField(
        "What does sharing it rest on?",
        [InputRequired("Select what sharing it rests on")],
        choices=options([(footing.value, words) for footing, words in FOOTINGS.items()]),
    )
    agreement = RadioField(
        "Was agreement sought from the young person, or their parent or carer?",
        [InputRequired("Select whether agreement was sought")],
        choices=options([(each.value, words) for each, words in AGREEMENTS.items()]),
    )
    why_not = LongText(
        "If it was not sought or not given: why do you share it all the same?", [_enough_said], longest=2000
    )
    said = LongText("What did they say?", longest=2000)

    def validate_needs(self, _field: LongText) -> None:
        """Raise ValidationError for more needs than a service can answer for."""
        if len(self.listed_needs()) > MOST_NEEDS:
            message = f"Enter {MOST_NEEDS} needs at most"
            raise ValidationError(message)

    def listed_needs(self) -> tuple[str, ...]:
        """Give the needs, one for each line, none twice."""
        lines = [line.strip()[:120] for line in (self.needs.data or "").splitlines()]
        return tuple(dict.fromkeys(line for line in lines if line))

    def plan(self) -> Plan:
        """Give what was entered."""
        return Plan(
            asked_for=self.asked_for.data,
            needs=self.listed_needs(),
            sections=frozenset(Section(value) for value in self.sections.data or ()),
            footing=Footing(self.footing.data),
            agreement=Agreement(self.agreement.data),
            why_not=self.why_not.data or "",
            said=self.said.data or "",
        )

    def fill(self, plan: Plan) -> None:
        """Show what a draft says."""
        self.asked_for.data, self.needs.data = plan.asked_for, "\n".join(plan.needs)
        self.sections.data = [section.value for section in plan.sections]
        self.footing.data, self.agreement.data = plan.footing.value, plan.agreement.value
        self.why_not.data, self.said.data = plan.why_not, plan.said


ACTS: Final = {
    "acknowledge": "It has arrived. We will answer",
    "accept": "We take the young person on",
    "wait": "We put them on our waiting list, or their place has changed",
    "decline": "We cannot take them on",
    "begin": "Support has begun",
    "report": "We want to tell you how it goes",
    "ask": "We want to ask you something",
    "end": "Support is over",
}
_FROM: Final = {
    OutboundState.SENT: ("acknowledge", "accept", "wait", "decline", "ask"),
    OutboundState.NO_RESPONSE: ("acknowledge", "accept", "wait", "decline", "ask"),
    OutboundState.ACKNOWLEDGED: ("accept", "wait", "decline", "ask"),
    OutboundState.WAITING_LIST: ("accept", "wait", "decline", "ask"),
    OutboundState.ACCEPTED: ("begin", "report", "ask", "end"),
    OutboundState.ACTIVE: ("report", "ask", "end"),
}


def acts_from(state: OutboundState) -> tuple[str, ...]:
    """Give what a service can say while a referral stands like this; nothing once it is over."""
    return _FROM.get(state, ())


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What a service answers."""

    act = RadioField("What do you want to say?", [InputRequired("Select what you want to say")])
    reason = SelectField(
        "If you cannot take them on: why?",
        # Not asked once the young person was taken on; left out, it is still an answer.
        default="",
        choices=options([("", "Select a reason"), *((each.value, words) for each, words in DECLINES.items())]),
    )
    position = WholeNumber(
        "If they wait: which place on your list?",
        [Optional(), NumberRange(1, 999, "The place must be a number from 1 to 999")],
        widget=TextInput(),
        description="Leave empty if you do not say.",
    )
    expected_on = DatePartsField("If they wait: when do you expect to begin?", [Optional()])
    words = LongText("In your words", longest=3000, description="The borough reads this.", subject="What you say")

    def offer(self, state: OutboundState) -> None:
        """Offer what can be said while the referral stands like this."""
        self.act.choices = options([(act, ACTS[act]) for act in acts_from(state)])

    def validate_reason(self, field: SelectField) -> None:
        """Raise ValidationError for a refusal without its reason."""
        if self.act.data == "decline" and not field.data:
            message = "Select why you cannot take them on"
            raise ValidationError(message)

    def validate_words(self, field: LongText) -> None:
        """Raise ValidationError for a message that says nothing."""
        if self.act.data in {"report", "ask"} and not (field.data or "").strip():
            message = "Enter what you want to say"
            raise ValidationError(message)


class ExpectedForm(AnswerForm):
    """The same, once a wait was chosen: then its day must be named."""

    expected_on = DatePartsField(
        "If they wait: when do you expect to begin?", [InputRequired("Enter the day on which you expect to begin")]
    )


class EndForm(FlaskForm):  # type: ignore[misc]
    """How support ended. One field for each need is added by `end_form`."""

    early = RadioField(
        "How did it end?",
        [InputRequired("Select how it ended")],
        choices=options([("no", "As planned"), ("yes", "Early")]),
    )
    words = LongText("In your words", description="If it ended early, say why.", longest=3000)


def end_form(needs: tuple[str, ...]) -> EndForm:
    """Make a form that asks for the outcome of each need."""
    fields = {
        f"need_{number}": RadioField(
            need,
            [InputRequired(f"Select how far this was met: {need}")],
            choices=options([(each.value, words) for each, words in OUTCOMES.items()]),
        )
        for number, need in enumerate(needs)
    }
    made: EndForm = type("EndOfNeeds", (EndForm,), fields)()
    return made


class WordsForm(FlaskForm):  # type: ignore[misc]
    """Something to write to the service."""

    words = LongText("What do you want to say?", [InputRequired("Enter what you want to say")], longest=3000)


class RevokeForm(RevisionForm):
    """Why a referral is revoked."""

    reason = LongText("Why is it revoked?", [InputRequired("Enter why it is revoked")], longest=2000)


class LinkForm(FlaskForm):  # type: ignore[misc]
    """Where the link goes, and how the code goes."""

    address = OneLine(
        "Email address of the team, for the link",
        [InputRequired("Enter the email address of the team")],
        description="The address of a team that more than one person reads.",
    )
    code_way = RadioField(
        "How does the code reach them?",
        [InputRequired("Select how the code reaches them")],
        choices=options(
            [
                (CodeWay.PHONE.value, "I tell it by telephone, after making sure whom I speak to"),
                (CodeWay.SECOND_ADDRESS.value, "It is sent to a second email address"),
            ]
        ),
    )
    second_address = OneLine("Second email address, for the code")


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code that opens a link."""

    code = OneLine(
        "Code", [InputRequired("Enter the code")], description="Eight letters and digits, such as 7K3Q-X4MP."
    )
