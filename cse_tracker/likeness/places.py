"""Postcodes in one way of writing."""

import re
import unicodedata
from typing import Final

WHOLE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][ABD-HJLNP-UW-Z]{2})")
OUTWARD: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")


def postcode(typed: str) -> str:
    """Give a whole postcode with its space, or its first half; empty for anything else."""
    compact = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", typed).upper())
    whole = WHOLE.fullmatch(compact)
    if whole:
        return f"{whole[1]} {whole[2]}"
    return compact if OUTWARD.fullmatch(compact) else ""
