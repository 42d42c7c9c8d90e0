"""The forms for calling a meeting and for recording what happened at it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, StopValidation, ValidationError
from wtforms.widgets import HiddenInput

from cse_tracker.meetings.model import Attendance
from cse_tracker.rulebook.calendar import LONDON, holiday_name, is_working_day
from cse_tracker.rulebook.terms import AgencyKind, MeetingFormat
from cse_tracker.web.forms.answering import OnceForm, RevisionForm
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options
from cse_tracker.web.forms.referrals import Ticks

LENGTHS: Final = ((30, "30 minutes"), (60, "1 hour"), (90, "1 hour 30 minutes"), (120, "2 hours"), (180, "3 hours"))
MOST_ACTIONS: Final = 12
EARLIEST: Final = 7
ATTENDANCE: Final = (
    (Attendance.ATTENDED.value, "Attended"),
    (Attendance.DEPUTY.value, "Sent a deputy"),
    (Attendance.APOLOGIES.value, "Sent apologies"),
    (Attendance.ABSENT.value, "Absent without word"),
)
AGENCY_KINDS: Final[Mapping[AgencyKind, str]] = {
    AgencyKind.SOCIAL_CARE: "children’s social care",
    AgencyKind.POLICE: "the police",
    AgencyKind.HEALTH: "health",
    AgencyKind.SEXUAL_HEALTH: "sexual health",
    AgencyKind.CAMHS: "child and adolescent mental health",
    AgencyKind.EDUCATION: "education",
    AgencyKind.YOT: "youth justice",
    AgencyKind.SPECIALIST_CSE: "a specialist service",
    AgencyKind.MISSING_HOMELESS: "a service for missing or homeless young people",
    AgencyKind.ADULT_SEX_WORK: "a service for adults",
    AgencyKind.DRUGS_ALCOHOL: "drugs and alcohol",
    AgencyKind.HOUSING: "housing",
    AgencyKind.ASYLUM: "asylum",
    AgencyKind.SECURE_UNIT: "a secure unit",
    AgencyKind.VOLUNTARY: "a voluntary organisation",
    AgencyKind.OTHER: "another agency",
}
FORMATS: Final = (
    (MeetingFormat.IN_PERSON.value, "In person"),
    (MeetingFormat.VIDEO.value, "By video"),
    (MeetingFormat.BOTH.value, "In person and by video"),
    (MeetingFormat.TELEPHONE.value, "By telephone"),
)
CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)


def time_of_day(text: str) -> time:
    """Read a time such as 2:30pm, 2pm, 14:30 or midday; raises ValueError with the sentence for the page."""
    message = "Enter a time, like 2:30pm or 14:30"
    if text.strip().casefold() in {"midday", "noon"}:
        return time(12)
    found = CLOCK.fullmatch(text.strip())
    if found is None or not text.isascii():
        raise ValueError(message)
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    if hour > 23 or minute > 59:
        raise ValueError(message)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(message)
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif found[2] is None:
        # "9" alone could be either half of the day.
        raise ValueError(message)
    elif 1 <= hour < EARLIEST and len(found[1]) == 1:
        # Nobody means two in the morning by 2:30; 02:30 is taken at its word.
        unclear = f"Say whether {hour}:{minute:02} is am or pm, like {hour}:{minute:02}pm or {hour + 12}:{minute:02}"
        raise ValueError(unclear)
    return time(hour, minute)


def london_moment(day: date, at: time) -> datetime:
    """Put a day and a time on London's clock; raises ValueError where the clocks skip that time.

    A time that comes twice, in the night when the clocks go back, is taken as the first of the two.
    """
    moment = datetime.combine(day, at, tzinfo=LONDON)
    if moment.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != moment.replace(tzinfo=None):
        message = "That time does not exist: the clocks go forward that night"
        raise ValueError(message)
    return moment


class PlaceNeeded:
    """Where people come together in a room, the room is named."""

    def __call__(self, form: Any, field: OneLine) -> None:
        """Ask for the place where the way of holding it has one."""
        if form.format.data not in {MeetingFormat.VIDEO.value, MeetingFormat.TELEPHONE.value} and not _said(field):
            message = "Enter the place"
            raise StopValidation(message)


class LinkNeeded:
    """Where people come together by video, the link is named."""

    def __call__(self, form: Any, field: OneLine) -> None:
        """Ask for the link where the way of holding it has one."""
        if form.format.data in {MeetingFormat.VIDEO.value, MeetingFormat.BOTH.value} and not _said(field):
            message = "Enter the video link"
            raise StopValidation(message)


def _said(field: OneLine) -> bool:
    return bool((field.data or "").strip())


class CallForm(OnceForm):
    """When, where and with whom."""

    type_key = RadioField("What kind of meeting?", [InputRequired("Select the kind of meeting")])
    starts_on = DatePartsField("Date", [InputRequired("Enter the date")], subject="Date of the meeting")
    starts_at = OneLine(
        "Start time", [InputRequired("Enter the start time")], longest=20, description="For example, 2:30pm or 14:30."
    )
    minutes = SelectField("How long?", choices=options(LENGTHS), coerce=int, default=60)
    format = RadioField("How is it held?", choices=options(FORMATS), default="in_person", validate_choice=False)
    place = OneLine(
        "Place",
        [PlaceNeeded()],
        description="This goes into the invitation. Do not put the name of a young person here.",
    )
    link = OneLine(
        "Video link or telephone number", [LinkNeeded()], longest=500, description="Also goes into the invitation."
    )
    purpose = LongText(
        "What is the meeting to decide?", longest=4000, description="Seen in the tracker only, never in an invitation."
    )
    agencies = Ticks("Which agencies do you invite?")
    chair = SelectField("Who chairs?", validate_choice=False)
    any_day = BooleanField("Hold it although it is not a working day")
    another = BooleanField("Call it besides the one that is called already")

    def validate_chair(self, field: SelectField) -> None:
        """One of those who may."""
        if field.data and field.data not in {str(choice[0]) for choice in field.iter_choices()}:
            message = "Select who chairs"
            raise ValidationError(message)

    def validate_format(self, field: RadioField) -> None:
        """One of the ways; in person where an older page did not ask."""
        if field.data and field.data not in dict(FORMATS):
            message = "Select how it is held"
            raise ValidationError(message)

    def way(self) -> MeetingFormat:
        """Give how it is held."""
        return MeetingFormat(self.format.data or MeetingFormat.IN_PERSON)

    def validate_starts_at(self, field: OneLine) -> None:
        """A time of day in one of the usual forms."""
        try:
            time_of_day(field.data or "")
        except ValueError as problem:
            raise ValidationError(str(problem)) from None

    def validate_starts_on(self, field: DatePartsField) -> None:
        """A day on which people can be expected, unless it is confirmed."""
        if field.data is None or not self.on_a_day_off or self.any_day.data:
            return
        name = holiday_name(field.data) or f"{field.data:%A}"
        message = f"{name} is not a working day. Choose another date, or confirm it below"
        raise ValidationError(message)

    @property
    def on_a_day_off(self) -> bool:
        """Whether the date is one on which people are not expected at work."""
        return self.starts_on.data is not None and not is_working_day(self.starts_on.data)

    def validate_agencies(self, field: Ticks) -> None:
        """Somebody must be invited."""
        if not field.data:
            message = "Select at least one agency to invite"
            raise ValidationError(message)

    def starts(self) -> datetime:
        """Give the start on London's clock; raises ValueError where the clocks skip it."""
        day = self.starts_on.data
        if day is None:
            message = "Enter the date"
            raise ValueError(message)
        return london_moment(day, time_of_day(self.starts_at.data or ""))


class RecordForm(RevisionForm):
    """What happened; made for the invitations of one meeting by `record_form`."""

    decisions: LongText
    chair: SelectField
    chair_note: OneLine
    rows = IntegerField(widget=HiddenInput(), default=1)

    def row_count(self) -> int:
        """How many rows for actions the page has."""
        return max(1, min(int(self.rows.data or 1), MOST_ACTIONS))


def record_form(
    invitations: list[tuple[str, str]],
    owners: list[tuple[str, str]],
    rows: int,
    *,
    chairs: list[tuple[str, str]] | None = None,
    about: list[tuple[str, str]] | None = None,
) -> type[RecordForm]:
    """Make the form for these invitations (field suffix, agency name), action owners (id, name) and action rows.

    `about` are the cases of a panel (id, words), one of which an action may concern.
    """
    fields: dict[str, Any] = {}
    for key, agency in invitations:
        fields[f"attendance_{key}"] = RadioField(
            agency, [InputRequired(f"Select whether {agency} attended")], choices=options(ATTENDANCE)
        )
        fields[f"reason_{key}"] = OneLine(f"Reason or name of the deputy, {agency}")
    fields["chair"] = SelectField("Who chaired?", choices=options([("", "As planned"), *(chairs or [])]), default="")
    fields["chair_note"] = OneLine("If somebody else chaired than was planned, why?")
    # Made between the two, because errors are listed in the order in which fields are made.
    fields["decisions"] = LongText(
        "What was decided, and who did not agree?",
        [DataRequired("Enter what was decided")],
        description="Decisions and reasons. Put what somebody is to do under actions.",
    )
    for row in range(1, rows + 1):
        fields[f"action_{row}"] = LongText(f"Action {row}: what is to be done?", longest=1000)
        fields[f"owner_{row}"] = SelectField(
            f"Action {row}: which agency does it?", choices=options([("", "Choose an agency"), *owners])
        )
        if about:
            fields[f"about_{row}"] = SelectField(
                f"Action {row}: which case does it concern?", choices=options([("", "None of them"), *about])
            )
        fields[f"unsure_{row}"] = BooleanField(f"Action {row}: its agency has not agreed to it yet")
        fields[f"due_{row}"] = DatePartsField(f"Action {row}: by when?", subject=f"The date for action {row}")
    return type("RecordFormFor", (RecordForm,), fields)


def complete_actions(form: RecordForm, today: date) -> bool:
    """Mark action rows that are begun but not whole; gives whether all are right."""
    right = True
    for row in range(1, form.row_count() + 1):
        text, owner, due = form[f"action_{row}"], form[f"owner_{row}"], form[f"due_{row}"]
        if not (text.data or "").strip() and not owner.data and not due.raw_data:
            continue
        if not (text.data or "").strip():
            text.errors = [*text.errors, "Enter what is to be done"]
            right = False
        if not owner.data:
            owner.errors = [*owner.errors, "Select which agency does it"]
            right = False
        if due.data is None:
            due.errors = [*due.errors, *([] if due.errors else ["Enter by when it is to be done"])]
            right = False
        elif due.data < today:
            due.errors = [*due.errors, "The date by which it is to be done must be today or later"]
            right = False
    return right
