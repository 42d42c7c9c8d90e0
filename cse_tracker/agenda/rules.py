"""How far information given at a meeting may go, and text as it comes out of office programs."""

import re
import unicodedata
from enum import StrEnum
from typing import Final

LONGEST_NOTES: Final = 200_000
# Bullets that office programs write as letters of their own symbol fonts.
_SYMBOLS: Final = {0xF0B7: "•", 0xF0A7: "•", 0xF0D8: "•", 0xF0FC: "✓", 0x2022: "•", 0xF02D: "–"}
_GONE: Final = dict.fromkeys([0xFEFF, 0xFFFC, 0x00AD, 0x200B, 0x2060, 0x0007, 0x0013, 0x0014, 0x0015])
_LINES: Final = {0x0B: "\n", 0x0C: "\n\n", 0x2028: "\n", 0x2029: "\n\n", 0x85: "\n", 0xA0: " ", 0x202F: " ", 0x1E: "-"}


class Handling(StrEnum):
    """How far information given at a meeting may go."""

    EVERYBODY = "everybody"
    STATUTORY = "statutory"
    GIVER_AND_LEAD = "giver_and_lead"


HANDLING: Final = {
    Handling.EVERYBODY: "Everybody invited to the meeting",
    Handling.STATUTORY: "Social care, police and health alone",
    Handling.GIVER_AND_LEAD: "The agency that gave it and the lead officer alone",
}
STATUTORY_KINDS: Final = frozenset({"social_care", "police", "health"})


def may_see(handling: Handling, *, giver: bool, kind: str) -> bool:
    """Whether an agency may see information under a handling code; whoever gave it always may."""
    if giver or handling is Handling.EVERYBODY:
        return True
    return handling is Handling.STATUTORY and kind in STATUTORY_KINDS


def plain(text: str) -> str:
    """Text without what office programs leave in it: symbols as letters, soft breaks, marks that cannot be seen.

    Everything that can be read is kept, in its order. Doing it twice changes nothing more.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINES).translate(_SYMBOLS).translate(_GONE)
    text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Co", "Cs"})
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{4,}", "\n\n\n", text)
