"""How a bundle names the values that it hands out."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from cse_tracker.cases.model import CaseStatus
from cse_tracker.people.rules import Sex
from cse_tracker.web.bundle_words import label_of, text_of


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (("borough_gss",), "Borough"),
        (("from_gss",), "From borough"),
        (("other_borough_gss",), "Other borough"),
        (("head", "nhs_number"), "NHS number"),
        (("body", "observations", "1", "evidence"), "Observations 1: evidence"),
        (("owner_agency_id",), "Owner agency"),
        (("id",), "Id"),
        (("head", "ethnicity"), "Ethnic group"),
    ],
)
def test_a_value_is_named_in_words_of_a_reader(path: tuple[str, ...], label: str) -> None:
    assert label_of(path) == label


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("head", "sex"), Sex.FEMALE, "Female"),
        (("head", "ethnicity"), "WBRI", "White British"),
        (("status",), CaseStatus.ACTIVE, "Active"),
        (("body", "observations", "1", "indicator"), "older_boyfriend", "Older boyfriend"),
        (("body", "required_kinds", "1"), "social_care", "Children’s social care"),
        (("body", "from_abroad"), "not_known", "Not known"),
        (("body", "repeat"), False, "No"),
        (("body", "born"), date(2009, 3, 27), "27 March 2009"),
        (("opened_at",), datetime(2026, 6, 1, 8, 30, tzinfo=UTC), "1 June 2026 at 9:30am"),
    ],
)
def test_a_value_is_said_in_words_of_a_reader(path: tuple[str, ...], value: object, text: str) -> None:
    assert text_of(path, value) == text


@pytest.mark.parametrize("words", ["dark_angel", "she said: she_is_fine", "WBRI", "older_boyfriend"])
def test_what_somebody_wrote_is_not_put_in_other_words(words: str) -> None:
    assert text_of(("body", "narrative"), words) == words
    assert text_of(("body", "handle"), words) == words


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("person_id",), UUID(int=1)),
        (("body", "rule_key"), "REF_DECIDE"),
        (("body", "narrative"), ""),
        (("body", "narrative"), None),
    ],
)
def test_what_only_a_machine_reads_is_not_read_to_anybody(path: tuple[str, ...], value: object) -> None:
    assert text_of(path, value) == ""
