"""A protocol document is read whole or refused with every problem; what is read is written back the same."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cse_tracker.rulebook.document import (
    AgencyKind,
    InvalidProtocol,
    ProtocolDocument,
    ResponseKind,
    TagColour,
    digest,
    parse,
    template,
    to_yaml,
)
from cse_tracker.rulebook.terms import Unit

MINIMAL: dict[str, Any] = {
    "key": "borough",
    "title": "Borough protocol",
    "source": "Agreed by the board.",
    "unverified": True,
    "levels": [
        {
            "number": 1,
            "key": "low",
            "label": "Low",
            "meaning": "There are signs of risk.",
            "colour": "yellow",
            "review": {"amount": 6, "unit": "calendar_days"},
            "responses": [
                {
                    "key": "meet",
                    "label": "Meeting",
                    "rule": "Social care calls a meeting.",
                    "kind": "meeting",
                    "meeting_type": "planning",
                    "owner": "social_care",
                    "amount": 5,
                    "unit": "working_days",
                }
            ],
        }
    ],
    "indicator_groups": [
        {
            "key": "signs",
            "label": "Signs",
            "indicators": [{"key": "missing", "text": "Has been missing", "strong": True}],
        }
    ],
    "level_rules": [{"key": "any", "level": 1, "reason": "Something was seen.", "when": {"any_of": ["missing"]}}],
    "floor_rules": [{"key": "young", "level": 1, "reason": "Under 13 is never below low.", "when": {"age_under": 13}}],
    "meeting_types": [
        {
            "key": "planning",
            "label": "Planning meeting",
            "required_agencies": ["social_care", "police"],
            "quorum": 2,
            "chair": "social_care",
            "invite_lead_working_days": 3,
        }
    ],
    "deadlines": [
        {"key": key, "label": key, "trigger": "the start", "amount": 1, "unit": "working_days"}
        for key in ("REF_DECIDE", "ALLOCATE", "ACTION_DEFAULT", "MINUTES")
    ],
    "decline_reasons": [
        {"key": "threshold_not_met", "label": "Threshold not met"},
        {"key": "no_capacity", "label": "No capacity"},
    ],
}


def changed(*path: str | int, to: object) -> str:
    """Write the minimal protocol as YAML with one value changed."""
    contents: Any = deepcopy(MINIMAL)
    place = contents
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    # Through JSON, so that a part used twice is written twice and not as a reference.
    return yaml.safe_dump(json.loads(json.dumps(contents)), sort_keys=False)


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidProtocol) as refusal:
        parse(text)
    return refusal.value.problems


def test_a_minimal_protocol_is_read_with_its_types() -> None:
    document = parse(yaml.safe_dump(MINIMAL))
    response = document.level(1).responses[0]
    assert (response.kind, response.owner) == (ResponseKind.MEETING, AgencyKind.SOCIAL_CARE)
    assert (response.amount, response.unit) == (5, Unit.WORKING_DAYS)
    assert document.level(1).colour is TagColour.YELLOW
    assert document.unverified is True
    assert document.indicators[0].strong is True
    assert document.deadline("MINUTES").amount == 1
    assert document.meeting_type("planning").quorum == 2


def test_asking_for_what_a_protocol_does_not_have_is_a_lookup_error() -> None:
    document = template()
    for number in (0, 4):
        with pytest.raises(LookupError, match="no level"):
            document.level(number)
    with pytest.raises(LookupError, match="no deadline"):
        document.deadline("NO_SUCH")
    with pytest.raises(LookupError, match="no meeting type"):
        document.meeting_type("no_such")


def test_a_document_cannot_be_changed() -> None:
    document = template()
    for entry in ("title", "levels"):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(document, entry, "Another")


@pytest.mark.parametrize(
    ("path", "value", "where", "sentence"),
    [
        (("key",), "Two words", "key", "Keys use"),
        (("title",), "  ", "title", "This is empty."),
        (("title",), "x" * 201, "title", "longer than 200 characters"),
        (("title",), "two\nlines", "title", "single line"),
        (("unverified",), "perhaps", "unverified", "true or false"),
        (("levels",), [], "levels", "at least 1"),
        (("levels",), "none", "levels", "must be a list"),
        (("levels", 0), "none", "levels 1", "set of named entries"),
        (("levels", 0, "number"), 2, "levels", "Number the levels 1 to 1"),
        (("levels", 0, "colour"), "turquoise", "levels 1, colour", "Choose one of"),
        (("levels", 0, "colours"), "red", "levels 1, colours", "no such entry"),
        (("levels", 0, "review"), {"amount": 0, "unit": "months"}, "levels 1, review, amount", "1 or more"),
        (("levels", 0, "review"), {"amount": 9999, "unit": "months"}, "levels 1, review, amount", "3660 or less"),
        (("levels", 0, "review"), {"amount": "six", "unit": "months"}, "levels 1, review, amount", "whole number"),
        (("levels", 0, "review"), {"amount": 6}, "levels 1, review, unit", "missing"),
        (("levels", 0, "responses"), [], "levels 1, responses", "at least 1"),
        (("levels", 0, "responses", 0, "meeting_type"), "tea", "levels 1, responses 1", "no meeting type tea"),
        (("levels", 0, "responses", 0, "kind"), "task", "levels 1, responses 1", "A task has no meeting type."),
        (("levels", 0, "responses", 0, "amount"), 2, "levels 1, responses 1", "sooner than its invitations"),
        (("level_rules", 0, "level"), 2, "level_rules 1, level", "no level 2"),
        (("floor_rules", 0, "level"), 0, "floor_rules 1, level", "no level 0"),
        (("level_rules", 0, "when"), {}, "level_rules 1, when", "empty condition"),
        (("level_rules", 0, "when"), {"any_of": ["m"]}, "level_rules 1, when", "no indicator m"),
        (("level_rules", 0, "when"), {"all_of": ["m"]}, "level_rules 1, when", "no indicator m"),
        (("level_rules", 0, "when"), {"any_of": []}, "level_rules 1, when, any_of", "at least 1"),
        (("level_rules", 0, "when"), {"at_least": {"count": 1, "of": ["m"]}}, "level_rules 1, when", "no indicator m"),
        (("level_rules", 0, "when"), {"at_least": {"count": 2}}, "level_rules 1, when", "At least 2 of 1 indicators"),
        (
            ("level_rules", 0, "when"),
            {"at_least": {"count": 2, "of": ["missing", "missing"]}},
            "level_rules 1, when",
            "At least 2 of 1 indicators",
        ),
        (("level_rules", 0, "when"), {"strong_at_least": 2}, "level_rules 1, when", "At least 2 of 1 strong"),
        (("level_rules", 0, "when"), {"certainty": "refuted"}, "level_rules 1, when, certainty", "Choose one of"),
        (("level_rules", 0, "when"), {"age_over": 15}, "level_rules 1, when, age_over", "no such entry"),
        (("meeting_types", 0, "quorum"), 3, "meeting_types 1, quorum", "larger than"),
        (("meeting_types", 0, "chair"), "health", "meeting_types 1, chair", "one of the required"),
        (("meeting_types", 0, "required_agencies", 1), "army", "meeting_types 1, required_agencies 2", "Choose one of"),
        (("deadlines", 0, "key"), "REF_OTHER", "deadlines", "The deadline REF_DECIDE is missing."),
        (("decline_reasons", 1, "key"), "other", "decline_reasons", "The reason no_capacity is missing."),
    ],
)
def test_one_fault_is_named_by_its_place_and_a_sentence(
    path: tuple[str | int, ...], value: object, where: str, sentence: str
) -> None:
    found = problems(changed(*path, to=value))
    assert [place for place, _ in found] == [where]
    assert sentence in found[0][1]


def test_a_meeting_without_its_type_is_refused() -> None:
    contents = deepcopy(MINIMAL)
    del contents["levels"][0]["responses"][0]["meeting_type"]
    assert problems(yaml.safe_dump(contents)) == [("levels 1, responses 1", "Say which type of meeting this is.")]


@pytest.mark.parametrize(
    ("chapter", "where"),
    [
        ("indicator_groups", "indicator_groups"),
        ("level_rules", "level_rules"),
        ("floor_rules", "floor_rules"),
        ("meeting_types", "meeting_types"),
        ("deadlines", "deadlines"),
        ("decline_reasons", "decline_reasons"),
        ("levels", "levels"),
    ],
)
def test_a_key_used_twice_is_refused(chapter: str, where: str) -> None:
    found = problems(changed(chapter, to=[*MINIMAL[chapter], MINIMAL[chapter][0]]))
    assert any(place == where and "is used 2 times" in sentence for place, sentence in found)


def test_an_indicator_key_used_in_two_groups_is_refused() -> None:
    group = MINIMAL["indicator_groups"][0]
    found = problems(changed("indicator_groups", to=[group, {**group, "key": "more"}]))
    assert found == [
        ("indicator_groups, indicators", "The key missing is used 2 times; each must be different."),
    ]


def test_a_response_key_used_in_two_levels_is_refused() -> None:
    level = MINIMAL["levels"][0]
    found = problems(changed("levels", to=[level, {**level, "number": 2, "key": "high"}]))
    assert found == [("levels, responses", "The key meet is used 2 times; each must be different.")]


def test_an_agency_required_twice_is_refused() -> None:
    found = problems(changed("meeting_types", 0, "required_agencies", to=["social_care", "police", "police"]))
    assert found == [
        ("meeting_types 1, required_agencies", "The key police is used 2 times; each must be different."),
    ]


def test_every_fault_is_named_at_once() -> None:
    contents = {**deepcopy(MINIMAL), "title": "", "key": "?", "more": 1}
    assert {where for where, _ in problems(yaml.safe_dump(contents))} == {"title", "key", "more"}
    contents = deepcopy(MINIMAL)
    contents["meeting_types"][0]["quorum"] = 9
    contents["deadlines"] = []
    assert len(problems(yaml.safe_dump(contents))) == 5


def test_the_message_of_a_refusal_shows_all_its_problems() -> None:
    with pytest.raises(InvalidProtocol, match=r"key: Keys use.*; title: This is empty\."):
        parse(yaml.safe_dump({**MINIMAL, "key": "?", "title": ""}))


def test_a_document_built_without_yaml_is_held_to_the_same_rules() -> None:
    with pytest.raises(ValidationError, match="do not fit together"):
        ProtocolDocument.model_validate({**MINIMAL, "deadlines": []})


def test_a_written_document_reads_back_equal() -> None:
    for document in (template(), parse(yaml.safe_dump(MINIMAL))):
        assert parse(to_yaml(document)) == document


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)


@settings(max_examples=30)
@given(TEXTS.filter(str.strip), st.booleans())
def test_any_title_survives_writing_and_reading(title: str, unverified: bool) -> None:  # noqa: FBT001
    document = ProtocolDocument.model_validate({**MINIMAL, "title": title, "unverified": unverified})
    again = parse(to_yaml(document))
    assert again == document
    assert digest(again) == digest(document)


def test_a_part_used_twice_is_written_without_references() -> None:
    document = parse(yaml.safe_dump(MINIMAL))
    rule = document.level_rules[0]
    twice = document.model_copy(update={"level_rules": (rule, rule.model_copy(update={"key": "again"}))})
    assert twice.level_rules[0].when is twice.level_rules[1].when
    assert parse(to_yaml(twice)) == twice


def test_a_word_that_yaml_takes_for_a_value_stays_a_word() -> None:
    for word in ("No", "2026-01-01", "1.0", "null", "~"):
        assert parse(yaml.safe_dump(MINIMAL).replace("Borough protocol", word)).title == word


def test_the_digest_is_64_hexadecimal_digits_and_depends_on_content_alone() -> None:
    document = parse(yaml.safe_dump(MINIMAL))
    assert re.fullmatch("[0-9a-f]{64}", digest(document))
    assert digest(parse(yaml.safe_dump(MINIMAL, sort_keys=True))) == digest(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), "Other"),
        (("unverified",), False),
        (("deadlines", 3, "amount"), 2),
        (("level_rules", 0, "when"), {"all_of": ["missing"]}),
        (("indicator_groups", 0, "indicators", 0, "strong"), False),
    ],
)
def test_any_change_of_content_changes_the_digest(path: tuple[str | int, ...], value: object) -> None:
    assert digest(parse(changed(*path, to=value))) != digest(parse(yaml.safe_dump(MINIMAL)))
