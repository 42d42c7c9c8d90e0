"""The forms on which borough is responsible: a claim, the answers to it, and taking a case over."""

from collections.abc import Iterable

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, ValidationError

from cse_tracker.identity.model import Borough
from cse_tracker.people.queries import Candidate
from cse_tracker.responsibility.rules import FOOTINGS
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options

WHY_NEEDED = frozenset({"accept", "dispute", "withdraw"})


class ClaimForm(RevisionForm):
    """Why another borough is responsible."""

    to_gss = SelectField("Which borough is responsible?", [InputRequired("Select a borough")])
    footing = RadioField(
        "Why that borough?",
        [InputRequired("Select why that borough")],
        choices=options([(footing.value, words) for footing, words in FOOTINGS.items()]),
    )
    since = DatePartsField("Since when?", description="Leave empty if it is not known.")
    evidence = LongText("What shows it?", [InputRequired("Enter what shows it")], longest=4000)
    is_there_now = RadioField(
        "Where is the young person now?",
        [InputRequired("Select where the young person is now")],
        choices=options([("yes", "In that borough"), ("no", "In this borough")]),
        description="The borough they are in acts in an emergency until this is settled.",
    )
    summary = LongText(
        "What does that borough need to know now?",
        [InputRequired("Enter what that borough needs to know now")],
        description="The lead officers there see this, who the young person is and where they live, and no more "
        "until they have taken the case over.",
    )

    def offer(self, boroughs: Iterable[Borough]) -> None:
        """Offer the other boroughs."""
        self.to_gss.choices = options([("", "Select a borough"), *((each.gss, each.name) for each in boroughs)])


class AnswerForm(RevisionForm):
    """One step of a claim: words, and for a step upstairs to whom, for a decision whose and for which borough."""

    act = ""
    for_gss = RadioField("For which borough do you act?")
    to_whom = OneLine("To whom does this go?", description="A person above both boroughs, with their post.")
    decided_by = OneLine("Who decided?", description="The person above both boroughs, with their post.")
    responsible_gss = RadioField("Which borough is responsible?")
    note = LongText("What do you want to say?", longest=4000)

    def offer(self, act: str, sides: list[Borough], both: list[Borough]) -> None:
        """Ask for what this step needs and for nothing else."""
        self.act = act
        if act != "escalate":
            del self.to_whom
        if act != "decide":
            del self.decided_by
            del self.responsible_gss
        else:
            del self.note
            self.responsible_gss.choices = options([(each.gss, each.name) for each in both])
        if len(sides) < 2:
            del self.for_gss
        else:
            self.for_gss.choices = options([(each.gss, each.name) for each in sides])

    def validate_note(self, field: LongText) -> None:
        """An answer that changes something says why."""
        if self.act in WHY_NEEDED and not field.data.strip():
            message = "Enter why"
            raise ValidationError(message)

    def validate_decided_by(self, field: OneLine) -> None:
        """A decision is somebody's."""
        if not field.data:
            message = "Enter who decided"
            raise ValidationError(message)


class TakeOverForm(RevisionForm):
    """Who the young person is here, and the written acceptance."""

    person = RadioField("Is this somebody you already know?", [InputRequired("Select whether you know them already")])
    note = LongText(
        "Your acceptance in writing",
        [InputRequired("Enter your acceptance in writing")],
        description="For example the day of the transfer-in meeting, and who leads here from now on.",
        longest=4000,
    )

    def offer(self, candidates: Iterable[Candidate]) -> None:
        """Offer the young people known here who may be the one concerned, and none of them."""
        known = [
            (str(each.person.id), f"{each.person.head.full_name}: {', '.join(each.likeness.reasons).lower()}")
            for each in candidates
        ]
        self.person.choices = options([*known, ("new", "No: this young person is new to this borough")])
