"""Rotates one borough's key over and over in child processes, to be killed: `python -m tests.soak.rotating GSS`.

For each line that it reads it forks a child, says the child's number, and after the child's end how it ended. Forking
keeps the time between two kills for rotation; starting Python anew would take most of it.
"""

import os
import signal
import sys

from cse_tracker import config
from cse_tracker.app import Service, build
from cse_tracker.records import rotation
from cse_tracker.records.rotation import Progress


def rotate_without_end(service: Service, gss: str) -> None:
    with service.app.app_context():
        while True:
            with service.tools.running.work() as work:
                target = rotation.begin(work.session, service.store.root, "borough", gss, work.now)
            progress = Progress()
            while not progress.finished:
                with service.tools.running.work() as work:
                    rotation.rewrap(work.session, target, progress, batch=7)
            with service.tools.running.work() as work:
                rotation.close(work.session, target)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    service = build(config.from_environment(os.environ))
    service.store.keyring()
    # No connection may be shared between parent and child.
    service.store.engine.dispose()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                rotate_without_end(service, sys.argv[1])
            finally:
                os._exit(1)
        say(child)
        _, status = os.waitpid(child, 0)
        say("killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else "failed")


if __name__ == "__main__":
    main()
