"""Every wording by its number, and which one is of today.

To change a word, add a wording: a file beside `first` that takes over what stays, a number here, its hash in the test.
"""

from typing import Final

from cse_tracker.statistics.wordings.first import FIRST
from cse_tracker.statistics.wordings.words import Wording

WORDINGS: Final[dict[int, Wording]] = {1: FIRST}


def newest() -> int:
    """Give the number of the wording in which releases are made now."""
    return max(WORDINGS)


def today() -> Wording:
    """Give the words in which releases are made now."""
    return WORDINGS[newest()]
