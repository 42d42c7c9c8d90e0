"""What people read never blames a young person, nor names them by what was done to them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT, modules, named

# The report's own title of 2000 guidance may be quoted in documents; templates and the program say none of these.
NEVER = re.compile(
    r"\bvictim|\boffenders?\b|\bpromiscu|prostitut|\brent boys?\b|\blifestyle choice|\bunderage sex|\bunder-age sex|"
    r"\bchild sex worker|\bgirlfriend experience|\battention[- ]seeking|\bwill not engage|\bnon-?compliant|"
    r"\bmaking choices|\bputting (?:her|him|them)sel(?:f|ves) at risk|\bchild pornography|\bjuveniles?\b",
    re.IGNORECASE,
)
TEXTS = [
    *sorted((ROOT / "templates").rglob("*.*")),
    *sorted((PACKAGE / "rulebook" / "templates").glob("*.yaml")),
    ROOT / "static" / "app.js",
]


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_a_text_that_people_read_uses_no_word_of_blame(path: Path) -> None:
    assert NEVER.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_module_says_no_word_of_blame(path: Path) -> None:
    assert [text for text in _strings(path) if NEVER.search(text)] == []


@pytest.mark.parametrize(
    "text", ["The victim was seen", "a child prostitute", "promiscuous", "young offender", "It is a lifestyle choice"]
)
def test_the_list_knows_the_words_it_is_meant_for(text: str) -> None:
    assert NEVER.search(text)


def test_a_team_s_own_name_is_not_refused() -> None:
    assert not NEVER.search("Youth Offending Team")
