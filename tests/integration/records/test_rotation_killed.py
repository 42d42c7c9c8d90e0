"""Rotation killed with SIGKILL beside live writes: the soak's loop (tests/soak/test_keys.py), small."""

from pathlib import Path

from cse_tracker.app import Service
from tests.soak.test_keys import assert_nothing_lost, kill_rotations


def test_a_rotation_killed_at_any_moment_loses_nothing(service: Service, tmp_path: Path) -> None:
    outcome = kill_rotations(service, tmp_path, 3)
    assert outcome.killed == 3
    assert outcome.written >= 24
    assert outcome.epochs > 1
    assert_nothing_lost(outcome)
