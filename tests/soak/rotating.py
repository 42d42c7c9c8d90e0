"""Changes keys over and over in child processes, to be killed: `python -m tests.soak.rotating GSS`.

Each child runs the operators' own command, for one kind of key after the other, in an order of its own. For each line
that it reads this process forks a child, says the child's number, and after the child's end how it ended and which
change was under way. Forking keeps the time between two kills for rotation; starting Python anew would take most of it.
"""

import contextlib
import io
import mmap
import os
import random
import signal
import sys

from cse_tracker import config
from cse_tracker.app import Service, build, start_clock
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening

UNFINISHED = 2
"""The exit status that asks an operator to run the command again."""


def changes(gss: str) -> list[tuple[str, ...]]:
    """Give the changes of keys there are, each as an operator asks for it."""
    borough = ("--borough", gss)
    return [
        borough,
        (*borough, "--data-keys"),
        ("--staff",),
        ("--staff", "--data-keys"),
        ("--matching",),
        ("--audit",),
        ("--statistics",),
    ]


def change_without_end(service: Service, gss: str, at: mmap.mmap) -> None:
    """Run one change after the other, the first at random, and leave its number where the parent can read it."""
    wanted, opening = changes(gss), Opening(lambda: service, start_clock)
    # The killed have no random state of their own: each child goes on from another place.
    dice = random.Random(os.getpid())
    # Nothing of an epoch of these two is ever closed, so each child begins one at most.
    lasting = {"--audit", "--statistics"}
    while wanted:
        number = dice.randrange(len(wanted))
        at[0] = changes(gss).index(wanted[number])
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                cli(("keys", "rotate", *wanted[number]), obj=opening, standalone_mode=False)
            except SystemExit as ended:
                if ended.code != UNFINISHED:
                    raise
        if lasting & set(wanted[number]):
            wanted.pop(number)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    service = build(config.from_environment(os.environ))
    service.store.keyring()
    # No connection may be shared between parent and child.
    service.store.engine.dispose()
    gss, at = sys.argv[1], mmap.mmap(-1, 1)
    say("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                change_without_end(service, gss, at)
            finally:
                os._exit(1)
        say(child)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        say(f"killed {' '.join(changes(gss)[at[0]])}" if killed else "failed")


if __name__ == "__main__":
    main()
