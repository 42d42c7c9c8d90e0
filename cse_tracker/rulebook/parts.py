"""The parts of a protocol document, each valid in itself."""

from typing import Annotated

from pydantic import Field

from cse_tracker.rulebook.conditions import Condition, Part
from cse_tracker.rulebook.terms import (
    AgencyKind,
    DeadlineKey,
    EscalationPost,
    Key,
    Line,
    MeetingFormat,
    MeetingScope,
    PackSection,
    Prose,
    ResponseKind,
    TagColour,
    Unit,
)

LONGEST_AMOUNT = 3660


class Span(Part):
    """A length of time: a whole amount of at least one of a unit."""

    amount: Annotated[int, Field(ge=1, le=LONGEST_AMOUNT)]
    unit: Unit


class Indicator(Part):
    """A sign of risk, in words about what is seen and done to a young person, never about blame."""

    key: Key
    text: Line
    strong: bool = False


class IndicatorGroup(Part):
    """Indicators shown together under one heading."""

    key: Key
    label: Line
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]


class Response(Span):
    """What a level requires of one kind of agency, and how soon after the level decision."""

    key: Key
    label: Line
    rule: Prose
    kind: ResponseKind
    meeting_type: Key | None = None
    owner: AgencyKind
    escalate: Key | None = None


class Level(Part):
    """One level of concern, what it means, how often it is reviewed and what it requires."""

    number: Annotated[int, Field(ge=1, le=9)]
    key: Key
    label: Line
    meaning: Prose
    colour: TagColour
    review: Span
    responses: Annotated[tuple[Response, ...], Field(min_length=1)]


class LevelRule(Part):
    """When the condition holds, at least this level is suggested; `reason` is the sentence shown for it."""

    key: Key
    level: int
    reason: Prose
    when: Condition


class FloorRule(LevelRule):
    """When the condition holds, nothing below this level is suggested; `reason` says why."""


class NextMeeting(Part):
    """What follows a meeting of a kind: another kind, within the time that a deadline of the protocol gives."""

    meeting_type: Key
    deadline: DeadlineKey


class PackRule(Part):
    """Which parts of a case a kind of agency is told before a meeting; one that is not named gets the usual ones."""

    agency: AgencyKind
    sections: tuple[PackSection, ...]


# D: what everybody at the table needs. Social care and police answer for safety, and see what was observed.
USUAL_SECTIONS = (PackSection.IDENTITY, PackSection.LEVEL, PackSection.ACTIONS)
SAFETY_SECTIONS = tuple(PackSection)
ANSWER_FOR_SAFETY = frozenset({AgencyKind.SOCIAL_CARE, AgencyKind.POLICE})


class MeetingType(Part):
    """A kind of meeting: who must be there, how many of them make it quorate, who chairs, how early to invite.

    Absent entries stay out of the digest: about one young person, held in any way, deputies count, and without a
    quorum nothing is met.
    """

    key: Key
    label: Line
    required_agencies: Annotated[tuple[AgencyKind, ...], Field(min_length=1)]
    quorum: Annotated[int, Field(ge=1)]
    chair: AgencyKind
    invite_lead_working_days: Annotated[int, Field(ge=0, le=60)]
    scope: MeetingScope | None = None
    formats: Annotated[tuple[MeetingFormat, ...], Field(min_length=1)] | None = None
    deputies_count: bool | None = None
    inquorate_counts: bool | None = None
    then: NextMeeting | None = None
    pack: tuple[PackRule, ...] | None = None

    @property
    def about(self) -> MeetingScope:
        """What it is about; one young person where nothing else is said."""
        return self.scope or MeetingScope.ONE

    @property
    def ways(self) -> tuple[MeetingFormat, ...]:
        """How it may be held."""
        return self.formats or tuple(MeetingFormat)

    @property
    def takes_deputies(self) -> bool:
        """Whether a deputy counts towards the quorum."""
        return self.deputies_count is not False

    def sections_for(self, agency: AgencyKind) -> tuple[PackSection, ...]:
        """Give the parts of a case that a kind of agency is told before such a meeting."""
        for rule in self.pack or ():
            if rule.agency is agency:
                return rule.sections
        return SAFETY_SECTIONS if agency in ANSWER_FOR_SAFETY else USUAL_SECTIONS


class Deadline(Span):
    """A time limit that does not depend on level; `trigger` completes "within 1 working day of …"."""

    key: DeadlineKey
    label: Line
    trigger: Line
    escalate: Key | None = None


class Escalation(Part):
    """A step in taking a late duty higher: to the holder of `post`, so long `after` it became late; `then` the next."""

    key: Key
    post: EscalationPost
    after: Span
    then: Key | None = None


class ClosingReason(Part):
    """A reason for closing a case; one that is not `enough` must be given together with another."""

    key: Key
    label: Line
    enough: bool = True


class Closure(Part):
    """What must be so before a case is closed, in words, and the reasons that may be given."""

    requires: Annotated[tuple[Prose, ...], Field(min_length=1)]
    reasons: Annotated[tuple[ClosingReason, ...], Field(min_length=1)]


class Retention(Part):
    """How long records of a kind are kept: whole years from an event that `counted_from` names."""

    key: Key
    label: Line
    years: Annotated[int, Field(ge=1, le=120)]
    counted_from: Line


class Wording(Part):
    """A phrase that may be read as blame, and what to write in its place."""

    phrase: Line
    instead: Line


class DeclineReason(Part):
    """A reason for which a referral may be declined."""

    key: Key
    label: Line


class Contents(Part):
    """Everything a protocol document holds, before its parts have been held against each other."""

    key: Key
    title: Line
    source: Prose
    unverified: bool
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    indicator_groups: Annotated[tuple[IndicatorGroup, ...], Field(min_length=1)]
    level_rules: Annotated[tuple[LevelRule, ...], Field(min_length=1)]
    floor_rules: tuple[FloorRule, ...] = ()
    meeting_types: tuple[MeetingType, ...] = ()
    deadlines: tuple[Deadline, ...]
    decline_reasons: tuple[DeclineReason, ...]
    # Absent entries stay out of the digest, so that protocols adopted before these chapters keep theirs.
    escalations: tuple[Escalation, ...] | None = None
    escalate_from: Key | None = None
    closure: Closure | None = None
    retention: tuple[Retention, ...] | None = None
    wording: tuple[Wording, ...] | None = None

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Give the indicators of all groups, in the document's order."""
        return tuple(indicator for group in self.indicator_groups for indicator in group.indicators)
