"""How long something that failed waits before it is tried again: twice as long each time, up to a limit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# What was taken for sending is due again after it: whoever took it has died.
CLAIM: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Patience:
    """How long the first wait is, and the longest."""

    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """Give the wait after so many failures, of which there was at least one."""
        # Beyond sixteen doublings every wait is the longest one, and the number would only grow.
        wait: timedelta = self.first * 2 ** min(failures - 1, 16)
        return min(self.longest, wait)


# A mail server that is away for a night must lose no letter.
MAIL: Final = Patience(timedelta(minutes=1), timedelta(hours=6))
MOST_LETTER_ATTEMPTS: Final = 12
# How often one letter is handed over without word of what became of it: it may have come each time, so never more.
MOST_UNSETTLED: Final = 2
