"""The closed word lists and text shapes in which a protocol document is written."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import StringConstraints


class Unit(StrEnum):
    """What a deadline is counted in; `calendar` says how each is counted."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    CLOCK_HOURS = "clock_hours"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class Certainty(StrEnum):
    """How sure professionals are that exploitation is taking place (report s.511, s.772-782); known is the surer."""

    INDICATED = "indicated"
    KNOWN = "known"


class ResponseKind(StrEnum):
    """Whether a level's required response is a meeting to hold or a piece of work to do."""

    MEETING = "meeting"
    TASK = "task"


class MeetingScope(StrEnum):
    """What a kind of meeting is about: one young person, a group of them, or whatever is on a panel's agenda."""

    ONE = "one"
    GROUP = "group"
    PANEL = "panel"


class MeetingFormat(StrEnum):
    """How people come together."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    BOTH = "both"
    TELEPHONE = "telephone"


class PackSection(StrEnum):
    """A part of what is told about a young person before a meeting."""

    IDENTITY = "identity"
    LEVEL = "level"
    INDICATORS = "indicators"
    VIEW = "view"
    MISSING = "missing"
    ACTIONS = "actions"


class TagColour(StrEnum):
    """The colours of the GOV.UK tag component, as GOV.UK Frontend 6 names them."""

    GREY = "grey"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"
    MAGENTA = "magenta"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"


class AgencyKind(StrEnum):
    """The kinds of agency the report's informants came from (s.540-640); a protocol speaks of kinds."""

    SOCIAL_CARE = "social_care"
    POLICE = "police"
    HEALTH = "health"
    SEXUAL_HEALTH = "sexual_health"
    CAMHS = "camhs"
    EDUCATION = "education"
    YOT = "yot"
    SPECIALIST_CSE = "specialist_cse"
    MISSING_HOMELESS = "missing_homeless"
    ADULT_SEX_WORK = "adult_sex_work"
    DRUGS_ALCOHOL = "drugs_alcohol"
    HOUSING = "housing"
    ASYLUM = "asylum"
    SECURE_UNIT = "secure_unit"
    VOLUNTARY = "voluntary"
    OTHER = "other"


class EscalationPost(StrEnum):
    """The named posts to which a late duty is taken, from the nearest to the farthest."""

    LEAD_OFFICER = "lead_officer"
    SERVICE_MANAGER = "service_manager"
    HEAD_OF_SAFEGUARDING = "head_of_safeguarding"
    DIRECTOR = "director"


Key: TypeAlias = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$")]
DeadlineKey: TypeAlias = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")]
# Labels reach calendar entries and mail subjects, where a line break or control character would do harm.
Line: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\p{Cc}\u2028\u2029]+$")
]
Prose: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
