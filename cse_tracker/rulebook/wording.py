"""Finds phrases that may be read as blaming a young person. It warns; it never stops anybody from writing."""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import yaml

from cse_tracker.rulebook.document import ProtocolDocument, Wording

# Hyphens and apostrophes as word processors write them.
QUOTES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2019": "'"})


@lru_cache
def shipped() -> tuple[Wording, ...]:
    """Give the phrases that come with the product."""
    text = (files("cse_tracker.rulebook") / "wording.yaml").read_text(encoding="utf-8")
    return tuple(Wording.model_validate(each) for each in yaml.safe_load(text))


def blaming(document: ProtocolDocument, texts: Iterable[str]) -> tuple[Wording, ...]:
    """Give the phrases of the protocol's list (the shipped one where it has none) that stand in any of the texts.

    Whole words only, in any case, with any white space or hyphen between the words.
    """
    wanted = shipped() if document.wording is None else document.wording
    plain = [text.translate(QUOTES) for text in texts]
    return tuple(each for each in wanted if any(_pattern(each.phrase).search(text) for text in plain))


@lru_cache(maxsize=1024)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = re.split(r"[\s-]+", phrase.translate(QUOTES).strip())
    return re.compile(r"(?<!\w)" + r"[\s-]+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
