"""The service as it runs, in a process of its own that can be killed: its API on a port, and its outbox delivered."""

import os
import sys
import time
from datetime import UTC, datetime

from cse_tracker import config
from cse_tracker.app import build
from cse_tracker.jobs.delivery import deliver_outbox
from tests.journeys.live import serving
from tests.store import CHEAP, Clock

# A working day, so that no letter waits for a morning that the test will not see.
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


def main() -> None:
    """Serve until killed; the first line of output is the address."""
    service = build(config.from_environment(dict(os.environ)), now=Clock(NOW), passwords=CHEAP)
    with serving(service.web) as url:
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        while True:
            with service.app.app_context():
                deliver_outbox(service.tools)
            time.sleep(0.1)


if __name__ == "__main__":
    main()
