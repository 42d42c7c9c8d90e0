"""A printed protocol says the whole of each rule and of what each agency is told: what differs reads differently."""

import pytest

from cse_tracker.rulebook.conditions import AtLeast, Condition
from cse_tracker.rulebook.document import MeetingType, ProtocolDocument, template
from cse_tracker.rulebook.parts import PackRule
from cse_tracker.rulebook.terms import AgencyKind, Certainty, PackSection
from cse_tracker.web.protocol_words import chapters

DOCUMENT = template()
ONE, TWO = DOCUMENT.indicators[0], DOCUMENT.indicators[1]
CONDITIONS = {
    "“{one}”": Condition(any_of=(ONE.key,)),
    "any of these: “{one}”; “{two}”": Condition(any_of=(ONE.key, TWO.key)),
    "all of these: “{one}”; “{two}”": Condition(all_of=(ONE.key, TWO.key)),
    "at least 2 of these: “{one}”; “{two}”": Condition(at_least=AtLeast(count=2, of=(ONE.key, TWO.key))),
    "at least 1 indicator, whichever they are": Condition(at_least=AtLeast(count=1)),
    "at least 2 indicators, whichever they are": Condition(at_least=AtLeast(count=2)),
    "at least 1 strong indicator": Condition(strong_at_least=1),
    "at least 3 strong indicators": Condition(strong_at_least=3),
    "exploitation indicated or known": Condition(certainty=Certainty.INDICATED),
    "exploitation known": Condition(certainty=Certainty.KNOWN),
    "an age under 13": Condition(age_under=13),
    "“{one}”, and at least 2 strong indicators, and exploitation known, and an age under 16": Condition(
        all_of=(ONE.key,), strong_at_least=2, certainty=Certainty.KNOWN, age_under=16
    ),
}


def points(document: ProtocolDocument, chapter: str) -> list[str]:
    found = next(each for each in chapters(document) if each.title == chapter)
    return [point for passage in found.passages for point in passage.points]


@pytest.mark.parametrize("words", CONDITIONS)
def test_a_rule_says_when_it_holds(words: str) -> None:
    rule = DOCUMENT.level_rules[0].model_copy(update={"when": CONDITIONS[words]})
    told = points(DOCUMENT.model_copy(update={"level_rules": (rule,)}), "What leads to a level")
    assert told[0].endswith(f"{rule.reason} Holds with {words.format(one=ONE.text, two=TWO.text)}.")


def told_before(meeting: MeetingType) -> list[str]:
    document = DOCUMENT.model_copy(update={"meeting_types": (meeting, *DOCUMENT.meeting_types[1:])})
    first = next(each for each in chapters(document) if each.title == "Meetings").passages[0]
    return [point for point in first.points if point.startswith("Told before it")]


def test_what_an_agency_is_told_is_said_of_those_that_need_not_come_too() -> None:
    meeting = DOCUMENT.meeting_types[0]
    usual = "who the young person is, certainty and level, actions."
    assert told_before(meeting)[-1] == f"Told before it to everybody else: {usual}"
    rules = (
        PackRule(agency=AgencyKind.HOUSING, sections=(PackSection.ACTIONS,)),
        PackRule(agency=AgencyKind.YOT, sections=(PackSection.ACTIONS,)),
        PackRule(agency=AgencyKind.VOLUNTARY, sections=()),
    )
    told = told_before(meeting.model_copy(update={"pack": rules}))
    assert "Told before it to youth justice; housing: actions." in told
    assert "Told before it to a voluntary organisation: nothing." in told
    assert told[-1] == f"Told before it to everybody else: {usual}"
