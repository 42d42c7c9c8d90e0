"""Levels follow the protocol; more concern never lowers one; a floor is never gone under."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.rulebook.coherence import REQUIRED_DEADLINES
from cse_tracker.rulebook.decisions import Certainty, Suggestion, quorum_met, responses_for, suggest_level
from cse_tracker.rulebook.document import AgencyKind, MeetingType, ProtocolDocument, template

# The shipped levels and meetings, with two groups of indicators, so that many protocols can be drawn quickly.
BASE: dict[str, Any] = template().model_dump(mode="json", exclude_none=True)
BASE["indicator_groups"] = BASE["indicator_groups"][:2]
BASE["deadlines"] = [each for each in BASE["deadlines"] if each["key"] in REQUIRED_DEADLINES]
# Without the deadlines that some meetings follow by.
BASE["meeting_types"] = [{key: value for key, value in each.items() if key != "then"} for each in BASE["meeting_types"]]
INDICATORS = [indicator for group in BASE["indicator_groups"] for indicator in group["indicators"]]
KEYS = tuple(indicator["key"] for indicator in INDICATORS)
STRONG = sum(indicator["strong"] for indicator in INDICATORS)


def some_keys() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True)


@st.composite
def at_least(draw: st.DrawFn) -> dict[str, Any]:
    of = draw(st.none() | some_keys())
    return {"count": draw(st.integers(1, len(of) if of else 5)), "of": of}


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "any_of": some_keys(),
        "all_of": some_keys(),
        "at_least": at_least(),
        "strong_at_least": st.integers(1, STRONG),
        "certainty": st.sampled_from(Certainty),
        "age_under": st.integers(1, 25),
    },
).filter(bool)


@st.composite
def protocols(draw: st.DrawFn) -> ProtocolDocument:
    """Draw a protocol with rules of any kind."""
    rules = st.lists(st.tuples(st.integers(1, 3), CONDITIONS), min_size=1, max_size=3)
    contents = dict(BASE)
    for chapter in ("level_rules", "floor_rules"):
        contents[chapter] = [
            {"key": f"rule_{position}", "level": level, "reason": f"Reason {position}.", "when": when}
            for position, (level, when) in enumerate(draw(rules))
        ]
    return ProtocolDocument.model_validate(contents)


OBSERVED = st.frozensets(st.sampled_from((*KEYS, "not_in_this_protocol")), max_size=6)
CERTAINTIES = st.none() | st.sampled_from(Certainty)
AGES = st.none() | st.integers(0, 25)
STRENGTH: dict[Certainty | None, int] = {None: 0, Certainty.INDICATED: 1, Certainty.KNOWN: 2}


def suggest(
    *observed: str, certainty: Certainty | None = None, age: int | None = None, document: ProtocolDocument | None = None
) -> Suggestion:
    return suggest_level(document or template(), observed=frozenset(observed), certainty=certainty, age=age)


def height(suggestion: Suggestion) -> int:
    return suggestion.level or 0


@pytest.mark.parametrize(
    ("observed", "certainty", "age", "level"),
    [
        ((), None, None, None),
        ((), Certainty.INDICATED, 15, None),
        (("infection",), None, 15, 1),
        (("infection",), Certainty.INDICATED, 15, 1),
        (("infection", "alcohol_drugs"), None, 15, 1),
        (("infection", "alcohol_drugs"), Certainty.INDICATED, 15, 2),
        (("infection", "alcohol_drugs", "older_company", "missing_once"), None, 15, 2),
        (("older_boyfriend",), None, 15, 2),
        (("older_boyfriend",), Certainty.KNOWN, 15, 3),
        (("infection",), Certainty.KNOWN, 15, 2),
        (("infection",), None, 12, 2),
        (("older_boyfriend", "known_address", "missing_often"), None, 17, 3),
        ((), Certainty.KNOWN, None, 2),
        ((), None, 12, 2),
    ],
)
def test_the_shipped_protocol_suggests_the_level_its_rules_give(
    observed: tuple[str, ...], certainty: Certainty | None, age: int | None, level: int | None
) -> None:
    assert suggest(*observed, certainty=certainty, age=age).level == level


def test_the_report_s_thirteen_year_old_is_at_level_three_though_called_only_possible() -> None:
    found = suggest("older_boyfriend", "made_to_have_sex", "given_substances", certainty=Certainty.INDICATED, age=13)
    assert found.level == 3


def test_a_suggestion_says_what_it_rests_on() -> None:
    found = suggest("older_boyfriend", "infection", age=15)
    assert found == Suggestion(
        level=2,
        reasons=(
            (
                "Level two: At least one strong indicator has been observed. "
                "Observed: A much older person is spoken of as boyfriend, girlfriend or friend."
            ),
        ),
        floor=None,
        floor_reason=None,
    )


def test_a_suggestion_raised_to_a_floor_says_so() -> None:
    found = suggest("infection", age=12)
    assert (found.level, found.floor) == (2, 2)
    assert found.floor_reason == "A young person under 13 is never below level two."
    assert found.reasons == (
        "Level one: At least one indicator has been observed. Observed: Treated for a sexually transmitted infection.",
        "Raised to Level two: A young person under 13 is never below level two.",
    )


def test_a_floor_that_is_already_passed_raises_nothing() -> None:
    found = suggest("made_to_have_sex", age=12)
    assert (found.level, found.floor) == (3, 2)
    assert not any(reason.startswith("Raised") for reason in found.reasons)


def test_a_floor_that_the_rules_reach_by_themselves_raises_nothing() -> None:
    found = suggest("older_boyfriend", age=12)
    assert (found.level, found.floor) == (2, 2)
    assert not any(reason.startswith("Raised") for reason in found.reasons)


def test_nothing_observed_suggests_no_level_and_says_so() -> None:
    assert suggest(age=15) == Suggestion(
        None, ("Nothing has been observed that this protocol has a level for.",), None, None
    )


def test_an_indicator_of_another_protocol_is_not_counted_and_is_named() -> None:
    found = suggest("other_sign", "another_sign")
    assert found.level is None
    assert found.reasons[-1] == ("Not counted, because this protocol has no such indicator: another_sign, other_sign.")


def test_an_indicator_that_no_rule_heeds_suggests_the_lowest_level() -> None:
    contents = template().model_dump(mode="json", exclude_none=True)
    contents["level_rules"] = [{"key": "only", "level": 3, "reason": "Both.", "when": {"strong_at_least": 2}}]
    found = suggest("infection", document=ProtocolDocument.model_validate(contents))
    assert found.level == 1
    assert found.reasons == (
        "Level one: something has been observed. Observed: Treated for a sexually transmitted infection.",
    )


@settings(max_examples=40)
@given(protocols(), OBSERVED, st.sampled_from(KEYS), CERTAINTIES, AGES)
def test_one_indicator_more_never_lowers_the_level(
    document: ProtocolDocument, observed: frozenset[str], more: str, certainty: Certainty | None, age: int | None
) -> None:
    before = suggest(*observed, certainty=certainty, age=age, document=document)
    after = suggest(*observed, more, certainty=certainty, age=age, document=document)
    assert height(after) >= height(before)


@settings(max_examples=40)
@given(protocols(), OBSERVED, CERTAINTIES, CERTAINTIES, AGES)
def test_more_certainty_never_lowers_the_level(
    document: ProtocolDocument,
    observed: frozenset[str],
    one: Certainty | None,
    other: Certainty | None,
    age: int | None,
) -> None:
    less, more = sorted((one, other), key=STRENGTH.__getitem__)
    before = suggest(*observed, certainty=less, age=age, document=document)
    after = suggest(*observed, certainty=more, age=age, document=document)
    assert height(after) >= height(before)


@settings(max_examples=40)
@given(protocols(), OBSERVED, CERTAINTIES, st.integers(0, 25))
def test_learning_an_age_never_lowers_the_level(
    document: ProtocolDocument, observed: frozenset[str], certainty: Certainty | None, age: int
) -> None:
    unknown = suggest(*observed, certainty=certainty, document=document)
    known = suggest(*observed, certainty=certainty, age=age, document=document)
    assert height(known) >= height(unknown)


@given(st.frozensets(st.sampled_from(KEYS)), CERTAINTIES, st.integers(13, 25))
def test_under_the_shipped_protocol_no_birthday_from_13_on_changes_the_level(
    observed: frozenset[str], certainty: Certainty | None, age: int
) -> None:
    assert suggest(*observed, certainty=certainty, age=age) == suggest(*observed, certainty=certainty, age=13)


@settings(max_examples=40)
@given(protocols(), OBSERVED, CERTAINTIES, AGES)
def test_no_suggestion_is_below_its_floor(
    document: ProtocolDocument, observed: frozenset[str], certainty: Certainty | None, age: int | None
) -> None:
    found = suggest(*observed, certainty=certainty, age=age, document=document)
    assert (found.floor is None) == (found.floor_reason is None)
    if found.floor is not None:
        assert found.level is not None
        assert found.level >= found.floor
    assert found.reasons


@settings(max_examples=40)
@given(protocols(), OBSERVED, CERTAINTIES, AGES)
def test_whatever_is_observed_has_a_level(
    document: ProtocolDocument, observed: frozenset[str], certainty: Certainty | None, age: int | None
) -> None:
    if observed & set(KEYS):
        assert suggest(*observed, certainty=certainty, age=age, document=document).level in {1, 2, 3}


@pytest.mark.parametrize("level", [-1, 0, 4])
def test_a_number_that_is_no_level_requires_nothing(level: int) -> None:
    assert responses_for(template(), level) == ()


def test_the_responses_of_a_level_are_its_own() -> None:
    assert [each.key for each in responses_for(template(), 3)] == ["strategy_discussion", "urgent_planning_meeting"]


@pytest.mark.parametrize(
    ("present", "met"),
    [
        (("social_care", "police", "health"), True),
        (("social_care", "police", "health", "education"), True),
        (("social_care", "police"), False),
        (("social_care", "police", "police"), False),
        (("social_care", "police", "housing", "voluntary"), False),
        ((), False),
        ((AgencyKind.POLICE, AgencyKind.HEALTH, AgencyKind.EDUCATION), True),
    ],
)
def test_a_quorum_counts_each_required_kind_of_agency_once(*, present: tuple[str, ...], met: bool) -> None:
    assert quorum_met(template().meeting_type("multi_agency_planning"), present) is met


@given(
    st.frozensets(st.sampled_from(AgencyKind), min_size=1),
    st.lists(st.sampled_from(AgencyKind)),
    st.sampled_from(AgencyKind),
    st.integers(1, 16),
)
def test_one_more_agency_never_breaks_a_quorum(
    required: frozenset[AgencyKind], present: list[AgencyKind], more: AgencyKind, quorum: int
) -> None:
    meeting = MeetingType(
        key="meeting",
        label="Meeting",
        required_agencies=tuple(required),
        quorum=quorum,
        chair=next(iter(required)),
        invite_lead_working_days=0,
    )
    assert quorum_met(meeting, [*present, more]) >= quorum_met(meeting, present)
    assert quorum_met(meeting, list(required)) is (quorum <= len(required))
