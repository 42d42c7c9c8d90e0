"""The shipped protocol says what the report says, in words that blame nobody."""

import pytest

from cse_tracker.rulebook.decisions import responses_for
from cse_tracker.rulebook.document import AgencyKind, ResponseKind, digest, template, template_names, to_yaml
from cse_tracker.rulebook.terms import Unit

BLAMING = ("promiscuous", "prostitut", "victim", "offender", "lifestyle", "choice", "themselves at risk", "refuses")


def test_the_report_is_the_template_that_is_shipped() -> None:
    assert template_names() == ("croydon-2016", "london-2015", "london-2021", "need-tiers", "report-2005")
    assert [name for name in template_names() if not template(name).unverified] == ["report-2005"]
    assert template() == template("report-2005")
    assert template().key == "report-2005"


@pytest.mark.parametrize("name", ["report-2006", "", "../templates/report-2005", "report-2005.yaml"])
def test_a_template_that_is_not_shipped_is_a_lookup_error(name: str) -> None:
    with pytest.raises(LookupError, match="no protocol template"):
        template(name)


def test_the_levels_are_the_three_of_the_report() -> None:
    assert [(level.number, level.label) for level in template().levels] == [
        (1, "Level one"),
        (2, "Level two"),
        (3, "Level three"),
    ]


def test_each_level_requires_what_the_report_describes() -> None:
    required = {
        number: [(each.kind, each.owner, each.amount, each.unit) for each in responses_for(template(), number)]
        for number in (1, 2, 3)
    }
    meeting, care, days = ResponseKind.MEETING, AgencyKind.SOCIAL_CARE, Unit.WORKING_DAYS
    assert required == {
        1: [(ResponseKind.TASK, care, 5, days)],
        2: [(meeting, care, 10, days)],
        3: [(meeting, care, 1, days), (meeting, care, 5, days)],
    }


def test_level_three_brings_the_specialist_service_to_the_planning_meeting() -> None:
    planning = template().meeting_type(responses_for(template(), 2)[0].meeting_type or "")
    urgent = template().meeting_type(responses_for(template(), 3)[1].meeting_type or "")
    assert planning.quorum == 3
    assert set(urgent.required_agencies) - set(planning.required_agencies) == {AgencyKind.SPECIALIST_CSE}
    assert set(planning.required_agencies) == {"social_care", "police", "health", "education"}


@pytest.mark.parametrize(
    ("key", "amount", "unit"),
    [
        ("REF_DECIDE", 1, Unit.WORKING_DAYS),
        ("ALLOCATE", 1, Unit.WORKING_DAYS),
        ("ALLOCATE_TOP_LEVEL", 3, Unit.CLOCK_HOURS),
        ("ASSESS", 45, Unit.WORKING_DAYS),
        ("RHI", 72, Unit.CLOCK_HOURS),
        ("MAP_HOLD", 10, Unit.WORKING_DAYS),
        ("RCPC_N", 6, Unit.MONTHS),
        ("NRM_RG", 45, Unit.CALENDAR_DAYS),
        ("ACTION_DEFAULT", 10, Unit.WORKING_DAYS),
        ("MINUTES", 5, Unit.WORKING_DAYS),
        ("INV_RESPONSE", 2, Unit.WORKING_DAYS),
        ("EXT_REF_ACK", 5, Unit.WORKING_DAYS),
    ],
)
def test_the_default_deadlines_are_those_of_the_design(key: str, amount: int, unit: Unit) -> None:
    deadline = template().deadline(key)
    assert (deadline.amount, deadline.unit) == (amount, unit)


def test_want_of_capacity_is_a_reason_of_its_own() -> None:
    keys = [reason.key for reason in template().decline_reasons]
    assert keys == [
        "threshold_not_met",
        "no_capacity",
        "duplicate",
        "needs_met_elsewhere",
        "moved_out_of_area",
        "mistaken_identity",
        "outside_age_range",
        "another_reason",
    ]


@pytest.mark.parametrize("word", BLAMING)
def test_no_text_blames_the_young_person(word: str) -> None:
    assert word not in to_yaml(template()).lower()


def test_the_digest_is_the_same_in_every_process() -> None:
    # A case pins the digest it was decided under; a changed template is a new protocol and must be meant.
    assert digest(template()) == "8a2fa91f2f7cf07ecc78bb54493777818cd76297da2b761f7f2cc8d71a6b7e64"
