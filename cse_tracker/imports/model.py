"""An import: the file's cells sealed, what its columns are, what is wrong, how far it has come, and what it made."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.imports.rules import DateOrder, Field
from cse_tracker.records.base import Record
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class ImportState(Enum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DISCARDED = "discarded"


TRANSITIONS: Final = {
    ImportState.UPLOADED: frozenset({ImportState.UPLOADED, ImportState.CHECKED, ImportState.DISCARDED}),
    ImportState.CHECKED: frozenset(
        {ImportState.UPLOADED, ImportState.CHECKED, ImportState.APPLYING, ImportState.DISCARDED}
    ),
    ImportState.APPLYING: frozenset({ImportState.APPLIED, ImportState.UNDOING}),
    ImportState.APPLIED: frozenset({ImportState.UNDOING}),
    # Again, by another lead officer, where whoever began has left meanwhile.
    ImportState.UNDOING: frozenset({ImportState.UNDOING, ImportState.UNDONE}),
    ImportState.UNDONE: frozenset[ImportState](),
    ImportState.DISCARDED: frozenset[ImportState](),
}


@dataclass(frozen=True, repr=False)
class Doubt(Payload):
    """What is wrong with one cell, by row and column counted from 1; column 0 is the whole row."""

    row: int
    column: int
    message: str


@dataclass(frozen=True, repr=False)
class ImportHead(Payload):
    """What the list and the page of an import show; `looked_to` is how far taking back has come."""

    schema: ClassVar[int] = 2

    file_name: str
    uploaded_at: datetime
    uploaded_by: UUID | None
    headings: tuple[str, ...]
    note: str = ""
    columns: dict[Field, int] | None = None
    order: DateOrder = DateOrder.NOT_SAID
    problems: tuple[Doubt, ...] = ()
    problem_count: int = 0
    new: int = 0
    known: int = 0
    looked_to: UUID | None = None
    message: str = ""

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Read a head from before the cases that stay were told from the rows that speak of them."""
        if schema == 1:
            return {name: value for name, value in data.items() if name != "kept"}
        return super().upgrade(data, schema)


@dataclass(frozen=True, repr=False)
class ImportBody(Payload):
    """The cells of the file, headings first, and what reading it doubted. Emptied when the import is over."""

    rows: tuple[tuple[str | date, ...], ...]
    doubts: tuple[Doubt, ...]


class Import(SealedRecord):
    """One spreadsheet brought in, in a compartment of its own."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checked', 'applying', 'applied', 'undoing', 'undone', 'discarded')", name="state"
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"), default=None)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(ImportHead)
    body = SealedPayload(ImportBody)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("S", self.id)

    @property
    def access_subject(self) -> Subject:
        """An import is seen and run by the lead officers of its borough."""
        return Subject(borough_gss=self.borough_gss)

    def move(self, state: ImportState) -> None:
        """Go on to another state; raises RuleBroken for one that does not follow."""
        if state not in TRANSITIONS[self.state]:
            raise RuleBroken("import.transition", "This cannot follow: the import has moved on meanwhile")
        self.state = state


class ImportedCase(Record):
    """A case that an import made, and how the import left it, so that it can be told whether it was touched."""

    __tablename__ = "imported_case"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_batch.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    case_revision: Mapped[int]
    person_revision: Mapped[int]
    facts: Mapped[int]
