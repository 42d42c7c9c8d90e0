"""Files that a command writes: whole or not at all, never over another, and for the operator alone."""

import os
from pathlib import Path

from cse_tracker.work.errors import RuleBroken


def write_new(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600; raises RuleBroken, and leaves nothing behind, where that cannot be done."""
    part = path.with_name(f"{path.name}.part")
    code = "command.file"
    if path.exists():
        raise RuleBroken(code, f"{path} is there already, and nothing is written over it")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RuleBroken(code, f"{path} cannot be written: {error.strerror}") from None
