"""A protocol in words, chapter by chapter: what its page shows and what is printed for training."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cse_tracker.rulebook.calendar import in_words
from cse_tracker.rulebook.conditions import Condition
from cse_tracker.rulebook.document import Deadline, MeetingType, ProtocolDocument, Response, Span
from cse_tracker.rulebook.terms import AgencyKind, Certainty, EscalationPost, MeetingScope, PackSection
from cse_tracker.web.forms.meetings import AGENCY_KINDS, FORMATS

POSTS: Final = {
    EscalationPost.LEAD_OFFICER: "the lead officer",
    EscalationPost.SERVICE_MANAGER: "the service manager",
    EscalationPost.HEAD_OF_SAFEGUARDING: "the head of safeguarding",
    EscalationPost.DIRECTOR: "the director",
}
SCOPES: Final = {
    MeetingScope.ONE: "About one young person",
    MeetingScope.GROUP: "About a group of young people",
    MeetingScope.PANEL: "About the cases on its agenda",
}
SECTIONS: Final = {
    PackSection.IDENTITY: "who the young person is",
    PackSection.LEVEL: "certainty and level",
    PackSection.INDICATORS: "what was observed",
    PackSection.VIEW: "what the young person says",
    PackSection.MISSING: "missing episodes",
    PackSection.ACTIONS: "actions",
}
# Indicated holds of what is known, too.
CERTAINTIES: Final = {
    Certainty.INDICATED: "exploitation indicated or known",
    Certainty.KNOWN: "exploitation known",
}
WAYS: Final = {value: words.lower() for value, words in FORMATS}


@dataclass(frozen=True)
class Passage:
    """A few words under a heading of their own, which may be empty, and points below them."""

    title: str
    text: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One chapter of a protocol."""

    title: str
    passages: tuple[Passage, ...]


def chapters(document: ProtocolDocument) -> list[Chapter]:
    """Give everything that a protocol says, in the order in which somebody would be taught it; no chapter is empty."""
    found = [
        Chapter("Levels", tuple(_levels(document))),
        Chapter("What leads to a level", tuple(_rules(document))),
        Chapter("Indicators", tuple(_indicators(document))),
        Chapter("Meetings", tuple(_meeting(document, each) for each in document.meeting_types)),
        Chapter("Time limits", tuple(_points(_limit(document, each) for each in document.deadlines))),
        Chapter("When something is late", tuple(_lateness(document))),
        Chapter("Declining a referral", tuple(_points(each.label for each in document.decline_reasons))),
        Chapter("Closing a case", tuple(_closing(document))),
        Chapter("How long records are kept", tuple(_retention(document))),
        Chapter("Words to avoid", tuple(_wording(document))),
    ]
    return [each for each in found if each.passages]


def _span(span: Span) -> str:
    return in_words(span.amount, span.unit)


def _points(words: Iterable[str], title: str = "", text: str = "") -> Iterator[Passage]:
    points = tuple(words)
    if points:
        yield Passage(title, text, points)


def _levels(document: ProtocolDocument) -> Iterator[Passage]:
    for level in reversed(document.levels):
        text = f"{level.meaning} Reviewed after {_span(level.review)}."
        yield Passage(f"{level.number}. {level.label}", text, tuple(_response(each) for each in level.responses))


def _response(each: Response) -> str:
    return f"{each.label} within {_span(each)}, by {AGENCY_KINDS[each.owner]}: {each.rule}"


def _rules(document: ProtocolDocument) -> Iterator[Passage]:
    for title, rules in (("Suggested", document.level_rules), ("Never below", document.floor_rules)):
        told = (
            f"{document.level(rule.level).label}: {rule.reason} Holds with {_condition(document, rule.when)}."
            for rule in rules
        )
        yield from _points(told, title)


def _condition(document: ProtocolDocument, when: Condition) -> str:
    texts = {each.key: each.text for each in document.indicators}

    def of(keys: Iterable[str]) -> str:
        return "; ".join(f"“{texts[key]}”" for key in keys)

    parts = []
    if when.any_of:
        parts.append(of(when.any_of) if len(when.any_of) == 1 else f"any of these: {of(when.any_of)}")
    if when.all_of:
        parts.append(of(when.all_of) if len(when.all_of) == 1 else f"all of these: {of(when.all_of)}")
    if when.at_least:
        number = f"at least {when.at_least.count}"
        whole = f"{number} indicator{'' if when.at_least.count == 1 else 's'}, whichever they are"
        parts.append(f"{number} of these: {of(when.at_least.of)}" if when.at_least.of else whole)
    if when.strong_at_least:
        parts.append(f"at least {when.strong_at_least} strong indicator{'' if when.strong_at_least == 1 else 's'}")
    if when.certainty:
        parts.append(CERTAINTIES[when.certainty])
    if when.age_under:
        parts.append(f"an age under {when.age_under}")
    return ", and ".join(parts)


def _indicators(document: ProtocolDocument) -> Iterator[Passage]:
    for group in document.indicator_groups:
        points = (f"{each.text}{' (strong)' if each.strong else ''}" for each in group.indicators)
        yield from _points(points, group.label)


def _meeting(document: ProtocolDocument, meeting: MeetingType) -> Passage:
    needed = "; ".join(AGENCY_KINDS[kind] for kind in meeting.required_agencies)
    days = meeting.invite_lead_working_days
    held = " or ".join(WAYS[way.value] for way in meeting.ways) if meeting.formats else "in any way"
    text = f"{SCOPES[meeting.about]}, {held}."
    points = [
        f"Required: {needed}.",
        f"Quorate with {meeting.quorum} of them.{'' if meeting.takes_deputies else ' Deputies do not count.'}"
        + (" Without a quorum it still meets the duty to hold it." if meeting.inquorate_counts else ""),
        f"Chaired by {AGENCY_KINDS[meeting.chair]}.",
        f"Invitations {days} working day{'' if days == 1 else 's'} before." if days else "Invitations at once.",
    ]
    if meeting.then:
        following = document.meeting_type(meeting.then.meeting_type).label
        points.append(f"Then: {following}, within {_span(document.deadline(meeting.then.deadline))}.")
    told = {kind: meeting.sections_for(kind) for kind in AgencyKind}
    # Most kinds are told alike, and are not named one by one.
    usual = Counter(told.values()).most_common(1)[0][0]
    for sections in [*(each for each in dict.fromkeys(told.values()) if each != usual), usual]:
        named = "; ".join(AGENCY_KINDS[kind] for kind in told if told[kind] == sections)
        who = "everybody else" if sections == usual else named
        points.append(f"Told before it to {who}: {', '.join(SECTIONS[each] for each in sections) or 'nothing'}.")
    return Passage(meeting.label, text, tuple(points))


def _limit(document: ProtocolDocument, deadline: Deadline) -> str:
    words = f"{deadline.label}: within {_span(deadline)} of {deadline.trigger}"
    return f"{words}. When late: {_chain(document, deadline.key)}" if deadline.escalate else words


def _chain(document: ProtocolDocument, rule_key: str) -> str:
    return ", ".join(f"{POSTS[step.post]} after {_span(step.after)}" for step in document.escalation_of(rule_key))


def _lateness(document: ProtocolDocument) -> Iterator[Passage]:
    if document.escalate_from:
        text = "The lead officer sees it at once. Then it is taken to:"
        steps = document.escalation_of("")
        yield from _points((f"{POSTS[step.post]}, after {_span(step.after)}" for step in steps), text=text)
    own = [
        f"{response.label} ({level.label}): {_chain(document, response.key)}"
        for level in document.levels
        for response in level.responses
        if response.escalate
    ]
    yield from _points(own, "Otherwise for")


def _closing(document: ProtocolDocument) -> Iterator[Passage]:
    if document.closure:
        yield from _points(document.closure.requires, "Before a case is closed")
        reasons = document.closure.reasons
        yield from _points((f"{each.label}{'' if each.enough else ' (not by itself)'}" for each in reasons), "Reasons")


def _retention(document: ProtocolDocument) -> Iterator[Passage]:
    rules = document.retention or ()
    yield from _points(
        f"{each.label}: {each.years} year{'' if each.years == 1 else 's'} from {each.counted_from}" for each in rules
    )


def _wording(document: ProtocolDocument) -> Iterator[Passage]:
    yield from _points(f"“{each.phrase}”: {each.instead}" for each in document.wording or ())
