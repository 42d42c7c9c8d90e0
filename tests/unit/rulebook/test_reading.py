"""No text, however made, does more than be read or be refused with a sentence."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cse_tracker.rulebook.document import InvalidProtocol, parse
from cse_tracker.rulebook.reading import LONGEST_TEXT, read


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidProtocol) as refusal:
        read(text)
    return refusal.value.problems


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "# only a comment"])
def test_a_text_that_is_no_set_of_entries_is_refused(text: str) -> None:
    assert problems(text) == [("document", "A protocol is a set of named entries such as key, title and levels.")]


def test_a_fault_of_writing_is_named_by_its_line() -> None:
    ((where, sentence),) = problems("key: a\ntitle: [open\nsource: b: c")
    assert where == "line 3"
    assert "cannot be read as YAML" in sentence


def test_an_entry_given_twice_is_refused_where_it_is_given_again() -> None:
    assert problems("key: a\ntitle: b\nkey: c") == [
        ("line 3", "This cannot be read as YAML: the entry key is given twice."),
    ]


def test_references_are_refused() -> None:
    assert problems("a: &x [1]\nb: *x") == [("line 2", "This cannot be read as YAML: references are not allowed.")]


def test_a_tag_that_asks_for_code_is_read_as_plain_text() -> None:
    assert read("a: !!python/object/apply:os.getcwd []") == {"a": []}


def test_a_text_too_long_is_refused_before_it_is_read() -> None:
    assert problems("a" * (LONGEST_TEXT + 1)) == [("document", "The text is longer than 200000 characters.")]


def test_a_text_nested_too_deeply_is_refused() -> None:
    assert problems("{a: " * 2_000) == [("document", "This cannot be read as YAML.")]


YAML_LIKE = st.text(st.sampled_from("ab:-[]{}&*!|>?,#'\"% \n\t1<=~\x00\ud800"), max_size=40)


@given(st.one_of(st.text(max_size=60), YAML_LIKE))
@example("? [a, b]\n: c")
@example("? {a: b}\n: c")
@example("a: !!binary é")
@example("a: !!timestamp x")
@example("a: !!bool perhaps")
@example('title: "\\ud800"')
@example("levels: [[[]]]")
@example("<<: {key: a}")
def test_any_text_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(InvalidProtocol) as refusal:
        parse(text)
    assert refusal.value.problems
    assert all(where and sentence.endswith(".") for where, sentence in refusal.value.problems)
