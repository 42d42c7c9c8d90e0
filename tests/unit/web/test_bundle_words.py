"""How a bundle names the values that it hands out."""

import pytest

from cse_tracker.web.bundles import label_of


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (("borough_gss",), "Borough"),
        (("from_gss",), "From borough"),
        (("other_borough_gss",), "Other borough"),
        (("head", "nhs_number"), "NHS number"),
        (("body", "observations", "1", "evidence"), "Observations 1: evidence"),
    ],
)
def test_a_value_is_named_in_words_of_a_reader(path: tuple[str, ...], label: str) -> None:
    assert label_of(path) == label
