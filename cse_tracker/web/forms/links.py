"""The forms on links: what a case has in common with others, on whose word, and who may be told."""

from typing import Final
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from cse_tracker.intelligence.commands import LinkForm
from cse_tracker.intelligence.model import Relation
from cse_tracker.intelligence.rules import Assessment, Grade, Handling, Kind, Platform, Sighting, Source
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options

KINDS: Final = {
    Kind.PERSON: "A person of concern",
    Kind.VEHICLE: "A vehicle",
    Kind.ADDRESS: "An address",
    Kind.VENUE: "A venue, such as a shop, a park or a station",
    Kind.PHONE: "A telephone number",
    Kind.ONLINE: "An online name",
}
LABELS: Final = {
    Kind.PERSON: ("Name", "First and last name, or the name that is used."),
    Kind.VEHICLE: ("Registration mark", "All of it, or the part that was seen."),
    Kind.ADDRESS: ("House number or name, and street", ""),
    Kind.VENUE: ("Name of the venue", ""),
    Kind.PHONE: ("Telephone number", "Written in any way."),
    Kind.ONLINE: ("Online name", "The name itself, or the address of its page."),
}
RELATIONS: Final = {
    Relation.NAMED: "named",
    Relation.SEEN_WITH: "seen with",
    Relation.TRAVELLED_IN: "travelled in",
    Relation.FOUND_AT: "found at",
    Relation.GOES_TO: "goes to",
    Relation.CALLED_BY: "called by",
    Relation.IN_TOUCH: "in touch with",
    Relation.USES: "uses",
    Relation.KEEPS: "keeper of",
    Relation.LIVES_AT: "lives at",
    Relation.WORKS_AT: "works at",
    Relation.KNOWS: "knows",
}
OF_A_CASE: Final = {
    Kind.PERSON: (Relation.SEEN_WITH, Relation.NAMED, Relation.IN_TOUCH),
    Kind.VEHICLE: (Relation.TRAVELLED_IN, Relation.SEEN_WITH, Relation.NAMED),
    Kind.ADDRESS: (Relation.FOUND_AT, Relation.GOES_TO, Relation.NAMED),
    Kind.VENUE: (Relation.GOES_TO, Relation.FOUND_AT, Relation.NAMED),
    Kind.PHONE: (Relation.CALLED_BY, Relation.IN_TOUCH, Relation.NAMED),
    Kind.ONLINE: (Relation.IN_TOUCH, Relation.CALLED_BY, Relation.NAMED),
}
OF_A_THING: Final = {
    Kind.PERSON: (Relation.KNOWS, Relation.SEEN_WITH),
    Kind.VEHICLE: (Relation.KEEPS, Relation.USES, Relation.SEEN_WITH),
    Kind.ADDRESS: (Relation.LIVES_AT, Relation.WORKS_AT, Relation.GOES_TO),
    Kind.VENUE: (Relation.WORKS_AT, Relation.GOES_TO),
    Kind.PHONE: (Relation.USES, Relation.IN_TOUCH),
    Kind.ONLINE: (Relation.USES, Relation.IN_TOUCH),
}
PLATFORMS: Final = {
    Platform.INSTAGRAM: "Instagram",
    Platform.SNAPCHAT: "Snapchat",
    Platform.TIKTOK: "TikTok",
    Platform.FACEBOOK: "Facebook",
    Platform.X: "X",
    Platform.TELEGRAM: "Telegram",
    Platform.DISCORD: "Discord",
    Platform.ROBLOX: "Roblox",
    Platform.OTHER: "Somewhere else",
}
SOURCES: Final = {
    Source.RELIABLE: "1: reliable",
    Source.UNTESTED: "2: untested",
    Source.NOT_RELIABLE: "3: not reliable",
}
ASSESSMENTS: Final = {
    Assessment.KNOWN_DIRECTLY: "A: the source knows it at first hand",
    Assessment.INDIRECTLY_CORROBORATED: "B: not at first hand, and something else bears it out",
    Assessment.INDIRECTLY: "C: not at first hand",
    Assessment.NOT_KNOWN: "D: it is not known how the source knows it",
    Assessment.SUSPECTED_FALSE: "E: it is thought to be untrue",
}
HANDLINGS: Final = {
    Handling.SHARED: "P: it may be shared where that is lawful",
    Handling.CONDITIONS: "C: it may be shared only under conditions",
}
NEW: Final = "new"


class KindForm(FlaskForm):  # type: ignore[misc]
    """What it is: the questions that follow depend on it."""

    kind = RadioField(
        "What is it?", [InputRequired("Select what it is")], choices=options([(k.value, v) for k, v in KINDS.items()])
    )


class ThingForm(FlaskForm):  # type: ignore[misc]
    """One thing and what joins it; made for a kind by `thing_form`."""

    kind = HiddenField()
    learnt_in = HiddenField()
    label = OneLine("What is it?", [DataRequired("Enter what it is")])
    postcode = OneLine("Postcode", longest=12, description="All of it where it is known, or the first half.")
    platform = SelectField(
        "Where is it used?", validators=[Optional()], choices=options([("", "Choose where"), *PLATFORMS.items()])
    )
    born = DatePartsField(
        "Date of birth, if known", [Optional()], subject="Date of birth", description="Only with it can others tell."
    )
    description = LongText("What else is known of it?", longest=2000)
    same_as = RadioField("Is this somebody who is recorded already?", validators=[Optional()])
    relation = RadioField("What joins them?", [InputRequired("Select what joins them")])
    source = OneLine("Who says so?", [DataRequired("Enter who says so")], description="A person and their agency.")
    reliability = RadioField(
        "How reliable is the source?", [InputRequired("Select how reliable the source is")],
        choices=options([(k.value, v) for k, v in SOURCES.items()]),
    )  # fmt: skip
    assessment = RadioField(
        "How does the source know it?", [InputRequired("Select how the source knows it")],
        choices=options([(k.value, v) for k, v in ASSESSMENTS.items()]),
    )  # fmt: skip
    handling = RadioField(
        "Who may be told?", [InputRequired("Select who may be told")],
        choices=options([(k.value, v) for k, v in HANDLINGS.items()]),
        description="Under conditions, other boroughs are not told of it and the picture leaves it out.",
    )  # fmt: skip
    conditions = LongText("Under which conditions?", longest=1000)
    narrative = LongText("What happened, when and where?", longest=4000)

    def suit(self, kind: Kind, relations: tuple[Relation, ...]) -> None:
        """Ask what suits a kind, and nothing else."""
        self.kind.data = kind.value
        self.label.label.text, self.label.description = LABELS[kind]
        asked = LABELS[kind][0]
        missing = DataRequired(f"Enter the {asked[0].lower()}{asked[1:]}")
        self.label.validators = [missing if isinstance(each, DataRequired) else each for each in self.label.validators]
        self.relation.choices = options([(each.value, RELATIONS[each].capitalize()) for each in relations])
        self.same_as.choices = []
        gone = {
            "postcode": kind in {Kind.ADDRESS, Kind.VENUE},
            "platform": kind is Kind.ONLINE,
            "born": kind is Kind.PERSON,
        }
        for name, wanted in gone.items():
            if not wanted:
                del self[name]

    def ask_whether_same(self, held: list[tuple[UUID, str]]) -> None:
        """Ask whether it is one of these people of the same name."""
        self.same_as.choices = options([*((str(key), words) for key, words in held), (NEW, "Somebody else")])

    def answers(self) -> LinkForm:
        """What was answered, as the paper form."""
        chosen = self.same_as.data or ""
        fields = self._fields
        platform = fields["platform"].data if "platform" in fields else ""
        return LinkForm(
            thing=Sighting(
                kind=Kind(self.kind.data or ""),
                label=self.label.data,
                postcode=(fields["postcode"].data or "") if "postcode" in fields else "",
                platform=Platform(platform) if platform else None,
                born=fields["born"].data if "born" in fields else None,
            ),
            relation=Relation(self.relation.data),
            grade=Grade(Source(self.reliability.data), Assessment(self.assessment.data), Handling(self.handling.data)),
            source=self.source.data,
            narrative=self.narrative.data or "",
            description=self.description.data or "",
            conditions=self.conditions.data or "",
            learnt_in=UUID(self.learnt_in.data) if self.learnt_in.data else None,
            same_as=UUID(chosen) if chosen and chosen != NEW else None,
            new_for_sure=chosen == NEW,
        )


class WithdrawLinkForm(FlaskForm):  # type: ignore[misc]
    """Why a link is taken back."""

    reason = LongText("Why is it taken back?", [DataRequired("Enter why it is taken back")], longest=2000)
