"""The forms on protocols: the words and times of one chapter at a time, the whole as text, and the day it begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, NumberRange

from cse_tracker.rulebook.document import AgencyKind, ProtocolDocument
from cse_tracker.rulebook.terms import Unit
from cse_tracker.web.forms.answering import RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, WholeNumber, options
from cse_tracker.web.forms.meetings import AGENCY_KINDS
from cse_tracker.web.forms.referrals import Ticks

UNITS: Final = tuple((unit.value, unit.value.replace("_", " ")) for unit in Unit)
KINDS: Final = tuple((kind.value, AGENCY_KINDS[kind]) for kind in AgencyKind)
CHAPTERS: Final = {
    "levels": "Levels and what they demand",
    "deadlines": "Time limits",
    "meetings": "Meetings",
    "indicators": "Indicators",
}
LONGEST_TEXT: Final = 200_000
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Knob:
    """One entry of a protocol that a form asks for: where it stands, under which heading, and its field."""

    path: Path
    heading: str
    field: Any

    @property
    def name(self) -> str:
        """The name of the field."""
        return "__".join(map(str, self.path))


def knobs(document: ProtocolDocument, chapter: str) -> Iterator[Knob]:
    """Give what the form of a chapter asks for, in the order of the page."""
    yield from {"levels": _levels, "deadlines": _deadlines, "meetings": _meetings, "indicators": _indicators}[chapter](
        document
    )


def _levels(document: ProtocolDocument) -> Iterator[Knob]:
    for place, level in enumerate(document.levels):
        at: Path = ("levels", place)
        yield Knob((*at, "label"), level.label, OneLine("Name"))
        yield Knob((*at, "meaning"), level.label, LongText("What it means", longest=2000))
        yield from _span((*at, "review"), level.label, "Reviewed after")
        for number, response in enumerate(level.responses):
            heading = f"{level.label}: {response.label}"
            yield Knob((*at, "responses", number, "label"), heading, OneLine("What is demanded"))
            yield Knob((*at, "responses", number, "rule"), heading, LongText("In words", longest=2000))
            yield from _span((*at, "responses", number), heading, "Within")


def _deadlines(document: ProtocolDocument) -> Iterator[Knob]:
    for place, deadline in enumerate(document.deadlines):
        yield from _span(("deadlines", place), f"{deadline.label}, after {deadline.trigger}", "Within")


def _meetings(document: ProtocolDocument) -> Iterator[Knob]:
    for place, meeting in enumerate(document.meeting_types):
        at: Path = ("meeting_types", place)
        yield Knob((*at, "label"), meeting.label, OneLine("Name"))
        yield Knob((*at, "required_agencies"), meeting.label, Ticks("Who must be invited", choices=options(KINDS)))
        yield Knob(
            (*at, "quorum"),
            meeting.label,
            WholeNumber("How many of them make it quorate", [InputRequired("Enter the quorum")]),
        )
        lead = WholeNumber("Invitations go out so many working days before", [InputRequired("Enter a number")])
        yield Knob((*at, "invite_lead_working_days"), meeting.label, lead)


def _indicators(document: ProtocolDocument) -> Iterator[Knob]:
    for group, each in enumerate(document.indicator_groups):
        for place, _ in enumerate(each.indicators):
            at: Path = ("indicator_groups", group, "indicators", place)
            yield Knob((*at, "text"), each.label, OneLine("Indicator"))
            yield Knob((*at, "strong"), each.label, BooleanField("This is a strong indicator"))


def _span(at: Path, heading: str, label: str) -> Iterator[Knob]:
    amount = WholeNumber(label, [InputRequired("Enter a number"), NumberRange(1, 3660, "Enter a number from 1")])
    yield Knob((*at, "amount"), heading, amount)
    yield Knob((*at, "unit"), heading, SelectField("Counted in", choices=options(UNITS)))


def chapter_form(document: ProtocolDocument, chapter: str) -> tuple[type[RevisionForm], list[Knob]]:
    """Make the form of a chapter for this document."""
    asked = list(knobs(document, chapter))
    return type("ChapterForm", (RevisionForm,), {knob.name: knob.field for knob in asked}), asked


def value_at(contents: Mapping[str, Any], path: Path) -> Any:
    """Give the value at a path of a document's plain contents; None where it is absent."""
    found: Any = contents
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else found[step]
        if found is None:
            return None
    return found


def set_at(contents: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path of a document's plain contents."""
    place: Any = contents
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value


class TextForm(RevisionForm):
    """The whole protocol as YAML."""

    text = LongText("Protocol as text", longest=LONGEST_TEXT)


class StartForm(RevisionForm):
    """From what a draft begins."""

    source = SelectField("Start from", validate_choice=False)
    file = FileField("Or a file in YAML")


class SubmitForm(RevisionForm):
    """From which day the protocol is to be in force."""

    in_force_from = DatePartsField(
        "From which day is it to be in force?",
        [InputRequired("Enter the day from which it is in force")],
        subject="The day from which it is in force",
    )


class PressForm(RevisionForm):
    """A button."""
