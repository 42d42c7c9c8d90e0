"""What a verification finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

Progress = Callable[[int], None]


class Kind(StrEnum):
    """What was done to the record."""

    EDIT = "edit"
    DELETE = "delete"
    INSERT = "insert"
    REORDER = "reorder"
    FORK = "fork"
    TRUNCATION = "truncation"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Verdict:
    """How many entries and rows were read, and the first that is wrong with its kind and the reason."""

    entries: int
    writers: int
    problem: str | None = None
    kind: Kind | None = None
    writer: UUID | None = None
    sequence: int | None = None
    table: str | None = None
    row_id: UUID | None = None
    rows: int = 0
    checkpoint: int | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong."""
        return self.problem is None

    @property
    def where(self) -> str:
        """Where the first thing that is wrong stands."""
        if self.table is not None:
            return f"table {self.table}, row {self.row_id}"
        return f"chain {self.writer}, entry {self.sequence}"
