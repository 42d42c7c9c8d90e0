"""What happens to imports."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.imports.model import ImportState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ImportUploaded(Event):
    """A spreadsheet was uploaded to be brought in."""

    name: ClassVar = "import.uploaded"
    subject: ClassVar = "import"
    rows: int


@dataclass(frozen=True, kw_only=True)
class ImportChecked(Event):
    """An import was tried out without keeping anything of it."""

    name: ClassVar = "import.checked"
    subject: ClassVar = "import"
    problems: int
    new: int
    known: int


@dataclass(frozen=True, kw_only=True)
class ImportMoved(Event):
    """An import was begun, finished, taken back or thrown away."""

    name: ClassVar = "import.moved_on"
    subject: ClassVar = "import"
    state: ImportState
    done: int


@dataclass(frozen=True, kw_only=True)
class ImportViewed(Event):
    """Somebody opened an import."""

    name: ClassVar = "import.viewed"
    subject: ClassVar = "import"


@dataclass(frozen=True, kw_only=True)
class ImportedCaseRemoved(Event):
    """A case that an import had made was taken back with everything the import had put into it."""

    name: ClassVar = "import.case_removed"
    subject: ClassVar = "case"
