"""The commands ``python3 -m cse_tracker.setup setup|run|test|soak|bench``, run from the root of a checkout."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("Python 3.11 or newer is needed: this is " + sys.version.split()[0] + "\n")
    raise SystemExit(1)

from cse_tracker.setup.verbs import main

raise SystemExit(main(sys.argv[1:]))
