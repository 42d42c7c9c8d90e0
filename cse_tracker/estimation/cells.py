"""How one cell of a statistical table is read: numbers, the symbols that stand for a missing number, yes and no."""

import math
import re

_PLAIN = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
# A comma, a space or one of the spaces that do not break: the same one throughout.
_SEPARATORS = ", \u00a0\u2009\u202f"
_GROUPED = rf"[0-9]{{1,3}}(?P<by>[{_SEPARATORS}])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*(?:\.[0-9]*)?"
_WITHOUT = str.maketrans("", "", _SEPARATORS)
_NUMBER = re.compile(rf"[+-]?(?:{_GROUPED}|{_PLAIN})(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(.*)\]|\((.*)\)", re.DOTALL)

# The report's words for an unreliable answer (Appendix I, step 3), then the symbols of official statistics.
_MISSING = frozenset({"", "some", "numerous", "c", "x", "z", ":", "-", "..", "low"})

_LONGEST_QUOTE = 40


def is_missing(text: str) -> bool:
    """Whether the cell stands for a number that was not given or not released; such a cell is never 0."""
    word = text.strip().casefold()
    bracketed = _BRACKETED.fullmatch(word)
    if bracketed is not None:
        word = next(inside for inside in bracketed.groups() if inside is not None).strip()
    return word in _MISSING


def number(text: str) -> float:
    """The finite number in a cell, with or without thousands separators and exponent.

    Raises ValueError, worded for the reader of the file, for anything else. The pattern is narrower than `float`,
    which would take `1_000`, digits of other scripts and `12,34` with its comma removed. Thousands may
    stand apart by commas or by spaces.
    """
    word = text.strip()
    if _NOT_FINITE.fullmatch(word):
        raise ValueError(f"{quoted(word)} is not a finite number")
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{quoted(word)} is not a number")
    value = float(word.translate(_WITHOUT))
    if not math.isfinite(value):
        raise ValueError(f"{quoted(word)} is too large to be a finite number")
    return value


def yes_or_no(text: str) -> bool:
    """True for yes, False for no and for a blank cell; raises ValueError for any other word."""
    word = text.strip().casefold()
    if word not in {"yes", "no", ""}:
        raise ValueError(f"{quoted(text.strip())} is neither yes nor no")
    return word == "yes"


def quoted(text: str) -> str:
    """A cell's text short enough for an error message."""
    return repr(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")
