"""Where there is no browser, journeys are skipped with a sentence; continuous integration fails instead."""

import pytest

from tests.journeys.chromium import Without, choose


@pytest.mark.parametrize(
    ("environment", "without"),
    [
        ({}, Without.SKIP),
        ({"CSE_TRACKER_SKIP_JOURNEYS": "1"}, Without.SKIP),
        ({"CI": "true"}, Without.FAIL),
        ({"CI": "true", "CSE_TRACKER_SKIP_JOURNEYS": "1"}, Without.FAIL),
    ],
)
def test_without_a_browser_it_is_said_how_to_get_one(environment: dict[str, str], without: Without) -> None:
    sentence, decision = choose(environment, lambda _: None)
    assert decision is without
    assert "apt-get install chromium" in sentence


def test_with_a_browser_only_an_express_wish_skips_journeys() -> None:
    assert choose({}, lambda _: "/somewhere/chromium") == ("/somewhere/chromium", None)
    assert choose({"CI": "true"}, lambda _: "/somewhere/chromium") == ("/somewhere/chromium", None)
    assert choose({"CSE_TRACKER_SKIP_JOURNEYS": "1"}, lambda _: "/somewhere/chromium")[1] is Without.SKIP


def test_a_browser_that_is_named_but_not_there_is_missing() -> None:
    assert choose({"CHROMIUM": "/nowhere/chromium", "CI": "true"})[1] is Without.FAIL
