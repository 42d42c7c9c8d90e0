"""The forms on an episode of going missing and on the return interview."""

from datetime import datetime
from typing import Final
from uuid import UUID

from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from cse_tracker.missing.commands import Residence
from cse_tracker.missing.model import Asked, Care, Grading, Manner, Obstacle
from cse_tracker.missing.rules import Kind
from cse_tracker.web.forms.answering import OnceForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options
from cse_tracker.web.forms.meetings import london_moment, time_of_day
from cse_tracker.work.errors import RuleBroken

KINDS: Final = (
    (Kind.MISSING.value, "Missing: nobody knows where they are"),
    (Kind.AWAY.value, "Away without leave: it is known where they are"),
)
CARES: Final = (
    (Care.HOME.value, "At home with family"),
    (Care.CHILDRENS_HOME.value, "In a children’s home"),
    (Care.FOSTER.value, "With foster carers"),
    (Care.SUPPORTED.value, "In supported accommodation"),
    (Care.OTHER.value, "Somewhere else"),
)
GRADINGS: Final = (
    (Grading.NOT_GRADED.value, "Not graded yet"),
    (Grading.NO_APPARENT_RISK.value, "No apparent risk"),
    (Grading.LOW.value, "Low"),
    (Grading.MEDIUM.value, "Medium"),
    (Grading.HIGH.value, "High"),
)
ASKED: Final = (
    (Asked.YOUNG_PERSON.value, "The young person"),
    (Asked.CARER.value, "A parent or carer"),
    (Asked.BOTH.value, "Both"),
)
MANNERS: Final = (
    (Manner.IN_PERSON.value, "In person"),
    (Manner.PHONE.value, "By telephone"),
    (Manner.MESSAGE.value, "By message"),
    (Manner.LETTER.value, "By letter"),
)
OBSTACLES: Final = (
    (Obstacle.MISSING_AGAIN.value, "They are missing again"),
    (Obstacle.NO_CONTACT.value, "Nobody could be reached"),
    (Obstacle.NOT_PRESENT.value, "It was agreed, but they were not there"),
    (Obstacle.PLACED_AWAY.value, "They live too far away now"),
    (Obstacle.OTHER.value, "Another reason"),
)
INDEPENDENT: Final = (("yes", "Yes"), ("no", "No"))
EXAMPLE: Final = "For example, 11:15pm or 23:15."


class EpisodeForm(OnceForm):
    """A form with moments asked for as a day and a time of day."""

    def moment(self, name: str) -> datetime:
        """Give the moment asked for in `<name>_on` and `<name>_at`; raises RuleBroken for one that there is not."""
        day, typed = self[f"{name}_on"].data, self[f"{name}_at"].data or ""
        try:
            at = time_of_day(typed)
        except ValueError as problem:
            raise RuleBroken("missing.time", str(problem), field=f"{name}_at") from None
        try:
            return london_moment(day, at)
        except ValueError as problem:
            raise RuleBroken("missing.time", str(problem), field=f"{name}_at") from None

    def residence(self) -> Residence:
        """Give where they lived, from the three fields that ask for it."""
        chosen = self["home"].data
        return Residence(
            care=Care(self["care"].data),
            home_id=UUID(chosen) if chosen else None,
            new_home=self["new_home"].data or "",
        )


def _day(label: str, subject: str) -> DatePartsField:
    return DatePartsField(label, [InputRequired(f"Enter the day: {subject.lower()}")], subject=subject)


def _time(label: str, subject: str) -> OneLine:
    return OneLine(label, [DataRequired(f"Enter the time: {subject.lower()}")], longest=20, description=EXAMPLE)


class ReportForm(EpisodeForm):
    """Who is missing since when, and from where."""

    kind = RadioField("Which is it?", [InputRequired("Select which it is")], choices=options(KINDS))
    started_on = _day("On which day did it begin?", "When it began")
    started_at = OneLine(
        "At what time?",
        [DataRequired("Enter the time at which it began")],
        longest=20,
        description=f"When they left, or were last seen by a responsible adult, whichever was later. {EXAMPLE}",
    )
    care = RadioField("Where did they live?", [InputRequired("Select where they lived")], choices=options(CARES))
    home = SelectField("Which children’s home?", validators=[Optional()], default="")
    new_home = OneLine("A children’s home that is not in the list", description="Only if you could not select it.")
    reported_by = OneLine("Who reported it?", [DataRequired("Enter who reported it")], description="Name and role.")
    circumstances = LongText(
        "What is known?",
        [DataRequired("Enter what is known")],
        description="How they left, with whom they may be, and what makes you worried.",
    )
    police_reference = OneLine("Police reference", longest=60)
    grading = RadioField(
        "How did the police grade the risk?", choices=options(GRADINGS), default=Grading.NOT_GRADED.value
    )
    ended_on = DatePartsField(
        "If they are back: on which day?",
        [Optional()],
        subject="When they were back",
        description="Leave this empty while they are still missing.",
    )
    ended_at = OneLine("If they are back: at what time?", longest=20, description=EXAMPLE)

    def offer(self, homes: list[tuple[UUID, str]]) -> None:
        """Offer the children's homes that are listed."""
        self.home.choices = options([("", "Choose a children’s home"), *((str(key), name) for key, name in homes)])

    def ended(self) -> datetime | None:
        """Give when they were back, where that was said; raises RuleBroken where only half of it was."""
        if self.ended_on.data is None and not (self.ended_at.data or "").strip():
            return None
        if self.ended_on.data is None:
            raise RuleBroken("missing.time", "Enter the day on which they were back", field="ended_on")
        return self.moment("ended")


class ReturnForm(EpisodeForm):
    """When they were back, and how."""

    ended_on = _day("On which day were they found, or did they return?", "When they were back")
    ended_at = _time("At what time?", "when they were back")
    found = LongText("Where were they, and how did they come back?", [DataRequired("Enter what is known of that")])
    harm = LongText("Were they harmed or unwell?", description="What was seen or said. Leave it empty if not.")


class ReclassifyForm(EpisodeForm):
    """Missing becomes away, or the other way round."""

    kind = RadioField("What is it from then on?", [InputRequired("Select what it is")], choices=options(KINDS))
    changed_on = _day("On which day did that change?", "When it changed")
    changed_at = _time("At what time?", "when it changed")


class PlacementForm(EpisodeForm):
    """Where they live from a moment on although they are missing."""

    ended_on = _day("On which day did the placement change?", "When the placement changed")
    ended_at = _time("At what time?", "when the placement changed")
    care = RadioField("Where do they live now?", [InputRequired("Select where they live")], choices=options(CARES))
    home = SelectField("Which children’s home?", validators=[Optional()], default="")
    new_home = OneLine("A children’s home that is not in the list", description="Only if you could not select it.")
    offer = ReportForm.offer


class CheckForm(EpisodeForm):
    """The police's check that they are safe and well."""

    checked_on = _day("On which day?", "The check")
    checked_at = _time("At what time?", "the check was")
    by = OneLine("Who carried it out?", [DataRequired("Enter who carried it out")])
    note = LongText("What was found?", [DataRequired("Enter what was found")])


class WithdrawForm(EpisodeForm):
    """An episode that was recorded in error."""

    reason = LongText("Why was it an error?", [DataRequired("Enter why it was an error")], longest=2000)


class OfferForm(EpisodeForm):
    """An offer of the return interview."""

    offered_on = _day("On which day was it offered?", "The offer")
    offered_at = _time("At what time?", "it was offered")
    offered_by = OneLine("Who offered it?", [DataRequired("Enter who offered it")], description="Name and agency.")
    asked = RadioField("Who was asked?", [InputRequired("Select who was asked")], choices=options(ASKED))
    manner = RadioField("How?", [InputRequired("Select how it was offered")], choices=options(MANNERS))
    interviewer = OneLine("Who would hold it?", [DataRequired("Enter who would hold it")])
    independent = RadioField(
        "Is the interviewer independent?",
        [InputRequired("Select yes if the interviewer is independent")],
        choices=options(INDEPENDENT),
        description="Somebody who is neither from where they live nor among those who care for them.",
    )
    not_independent_reason = LongText("If not, why not?", longest=1000)


class AnswerForm(EpisodeForm):
    """What was said to an offer."""

    accepted = RadioField(
        "Is the interview accepted?",
        [InputRequired("Select whether the interview is accepted")],
        choices=options((("yes", "Yes"), ("no", "No, not now"))),
    )
    by = RadioField("Who answered?", [InputRequired("Select who answered")], choices=options(ASKED[:2]))
    note = LongText("What did they say?", description="In their own words. What would make it easier?")


class SetbackForm(EpisodeForm):
    """Why no interview could be offered or held for now."""

    reason = RadioField("Why not?", [InputRequired("Select why not")], choices=options(OBSTACLES))
    note = LongText("What was tried?", [DataRequired("Enter what was tried")])


class AccountForm(EpisodeForm):
    """The interview that was held."""

    held_on = _day("On which day was it held?", "The interview")
    held_at = _time("At what time?", "it was held")
    interviewer = OneLine("Who held it?", [DataRequired("Enter who held it")])
    independent = RadioField(
        "Was the interviewer independent?",
        [InputRequired("Select yes if the interviewer was independent")],
        choices=options(INDEPENDENT),
    )
    not_independent_reason = LongText("If not, why not?", longest=1000)
    present = OneLine("Who else was there?", description="Leave it empty if they were seen alone.")
    told = LongText(
        "What did they tell?",
        [DataRequired("Enter what they told")],
        description="In their own words. People, places, vehicles and numbers are recorded as links on the next page.",
    )
    young_person_view = LongText("What do they want to happen?", [DataRequired("Enter what they want to happen")])
    safety = LongText("What will make them safer?")


class ConcludeForm(EpisodeForm):
    """Why the interview is given up."""

    reason = LongText(
        "Why can no interview be held?",
        [DataRequired("Enter why no interview can be held")],
        longest=2000,
        description="What was offered, how often, and what they said. Offering again is better.",
    )
