"""How alike two names are: folded, misspelt, in another order, or sounding alike in more languages than English."""

import re
import unicodedata
from typing import Final

from jellyfish import metaphone, nysiis
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

ALIKE_IN_SOUND: Final = 0.9
"""What a name is worth whose every part sounds like a part of the other."""
LEAST_IN_SPELLING: Final = 0.6
"""Short names share their sounds with many others (Keira, Gary), so the spelling must be somewhat alike too."""

# Letters that no decomposition turns into plain ones.
PLAIN_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŋ": "ng"}
)
# BGN/PCGN romanisation of Russian and Ukrainian, shortened to what people write on British forms.
CYRILLIC: Final = str.maketrans(
    dict(
        zip(
            "абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюя",
            (
                *("a", "b", "v", "g", "g", "d", "e", "ye", "zh", "z", "i", "i", "yi", "y", "k", "l", "m", "n", "o"),
                *("p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"),
            ),
            strict=True,
        )
    )
)
# Spellings of one sound in names from Arabic, Urdu, Bengali, Polish, Irish, Yoruba and Turkish as written in English.
# Our own list, from pairs that are often taken for two names; each pair is in the tests.
RESPELT: Final = (
    ("shch", "sh"),
    ("tch", "ch"),
    ("sch", "sh"),
    ("sz", "sh"),
    ("cz", "ch"),
    ("dzh", "j"),
    ("dj", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("dh", "d"),
    ("th", "t"),
    ("bh", "v"),
    ("mh", "v"),
    ("ph", "f"),
    ("ck", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("w", "v"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("y", "i"),
)


def normal_name(text: str) -> str:
    """Fold case, accents, punctuation and Cyrillic away, so that 'Zoë O’Brien' and 'Zoe OBrien' are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(CYRILLIC))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(PLAIN_LETTERS)
    return " ".join(re.sub(r"[^\w\s-]", "", bare.casefold()).replace("-", " ").split())


def sounds(part: str) -> frozenset[str]:
    """Give the keys of one folded part of a name: parts that share one sound alike. Other scripts stand as written."""
    if not (part.isascii() and part.isalpha()):
        return frozenset({part} if part else ())
    respelt = part
    for written, said in RESPELT:
        respelt = respelt.replace(written, said)
    respelt = re.sub(r"(.)\1", r"\1", respelt.removesuffix("h") or respelt)
    return frozenset({f"m:{metaphone(respelt)}", f"n:{nysiis(respelt)}"})


def sound_alike(one: str, other: str) -> bool:
    """Whether two folded parts of names sound alike and are spelt somewhat alike."""
    if one == other:
        return True
    return bool(sounds(one) & sounds(other)) and JaroWinkler.similarity(one, other) >= LEAST_IN_SPELLING


def misspelt(one: str, other: str) -> bool:
    """Whether one is the other with a slip: one in four to seven letters, two in longer ones.

    Two neighbours swapped are one slip (optimal string alignment).
    """
    shorter = min(len(one), len(other))
    if shorter < 4:
        return False
    slips = 1 if shorter < 8 else 2
    return OSA.distance(one, other, score_cutoff=slips) <= slips


def name_likeness(one: str, other: str) -> float:
    """Score two folded names from 0 to 1, the same both ways."""
    mine, theirs = one.split(), other.split()
    straight = JaroWinkler.similarity(one, other)
    turned = token_sort_ratio(one, other) / 100
    first = max((JaroWinkler.similarity(part, mate) for part in mine for mate in theirs), default=0.0)
    partial = 0.8 * first if len(mine) == 1 or len(theirs) == 1 else 0.0
    heard = ALIKE_IN_SOUND if _all_sound_alike(mine, theirs) else 0.0
    return max(straight if straight > 0.8 else straight * 0.8, turned, partial, heard)


def _all_sound_alike(mine: list[str], theirs: list[str]) -> bool:
    if len(mine) < 2 or len(mine) != len(theirs):
        return False
    there = all(any(sound_alike(part, mate) for mate in theirs) for part in mine)
    return there and all(any(sound_alike(mate, part) for part in mine) for mate in theirs)
