"""The documents that come out of the code say what the code says."""

from pathlib import Path

import pytest

from cse_tracker.access.matrix import MATRIX, Permission, Subject
from cse_tracker.access.predicates import is_the_system
from cse_tracker.work.actor import Actor
from tests.house.generated import documents, event_classes, events_markdown, permissions_markdown, words_of


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_a_generated_document_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == documents()[path], "run: python -m tests.house.generated"


def test_every_permission_is_in_the_matrix_and_on_the_page() -> None:
    assert set(MATRIX) == set(Permission)
    page = permissions_markdown()
    assert all(f"**`{permission}`**" in page for permission in Permission)


def test_every_predicate_of_the_matrix_reads_after_the_word_if() -> None:
    used = {holds for rules in MATRIX.values() for rule in rules for holds in rule}
    assert used
    assert all(words_of(holds) in permissions_markdown() for holds in used)
    assert words_of(is_the_system) == "is the service itself"


def test_a_predicate_that_does_not_read_after_if_is_refused() -> None:
    def sees_all(actor: Actor, thing: object) -> bool:
        """Whether anything goes."""
        return isinstance(thing, Subject) and actor.is_system

    with pytest.raises(ValueError, match="must read"):
        words_of(sees_all)


def test_event_names_are_unique_and_read_thing_dot_happened() -> None:
    names = [kind.name for kind in event_classes()]
    assert len(names) == len(set(names)) > 20
    for kind in event_classes():
        thing, _, happened = kind.name.partition(".")
        assert thing
        assert happened
        assert f"| `{kind.name}` |" in events_markdown()
