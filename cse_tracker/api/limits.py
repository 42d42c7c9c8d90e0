"""How many requests a system may make: a bucket for each that fills by the minute, in this process."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

MINUTE: Final = 60.0
# Buckets that are full again need not be remembered; they are looked through when there are this many.
MANY: Final = 10_000


@dataclass
class Limits:
    """So many requests a minute for each caller, at most that many at once. `seconds` tells seconds that only grow."""

    per_minute: int
    seconds: Callable[[], float]
    _left: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, who: Hashable) -> int:
        """Count a request; gives 0, or how many seconds to wait before the next where there were too many."""
        at = self.seconds()
        with self._lock:
            left, before = self._left.get(who, (float(self.per_minute), at))
            left = min(float(self.per_minute), left + (at - before) * self.per_minute / MINUTE)
            allowed = left >= 1
            self._left[who] = (left - 1 if allowed else left, at)
            if len(self._left) > MANY:
                self._forget(at)
        return 0 if allowed else max(1, ceil((1 - left) * MINUTE / self.per_minute))

    def _forget(self, at: float) -> None:
        self._left = {who: kept for who, kept in self._left.items() if at - kept[1] < MINUTE}
