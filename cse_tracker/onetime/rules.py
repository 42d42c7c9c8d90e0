"""How long a link and a visit last, what a code looks like, and how guessing is slowed and ended."""

import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Final

from cse_tracker.records.reference import ALPHABET

# Our own choices (no source): long enough for a team that meets weekly, short enough that a mailbox is no archive.
LINK_LASTS: Final = timedelta(days=7)
VISIT_LASTS: Final = timedelta(minutes=60)
# Eight of thirty characters are 39 bits; with eight tries a guess succeeds once in 80 thousand million.
CODE_LENGTH: Final = 8
FREE_TRIES: Final = 3
MOST_TRIES: Final = 8


class CodeWay(StrEnum):
    """How the code reaches the service: never the way of the link."""

    PHONE = "phone"
    SECOND_ADDRESS = "second_address"


def new_code() -> str:
    """Make a code that can be read out: no letter or digit in it is mistaken for another."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def shown(code: str) -> str:
    """Give a code as it is shown and told, in two groups."""
    return f"{code[:4]}-{code[4:]}"


def as_typed(text: str) -> str:
    """Give what somebody typed without spaces and hyphens, in capitals."""
    return "".join(each for each in text.upper() if each.isalnum())


def rest_after(failures: int) -> timedelta:
    """How long a link rests after so many wrong codes: nothing for three, then one, two, four … minutes."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return timedelta(minutes=2 ** (failures - FREE_TRIES))
