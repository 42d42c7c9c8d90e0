"""A workbook as plain values, from which every kind of file is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Value = str | float | int | None


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its title and lines before the table, where there are any, and the table, where there is one.

    `figures` says that the last column holds numbers, or shorthand in the place of one. `hints` explain headings, by
    their place from 0.
    """

    name: str
    title: str = ""
    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Value]] = ()
    figures: bool = False
    hints: Mapping[int, str] = field(default_factory=dict)

    @property
    def top(self) -> int:
        """The row of the headings, counted from 0."""
        return len(self.lines) + bool(self.title)

    @property
    def word(self) -> str:
        """The table's name in one word, as files name tables."""
        return self.name.lower().replace(" ", "_")


@dataclass(frozen=True)
class Book:
    """A workbook: its title, who made it, and its worksheets."""

    title: str
    maker: str
    sheets: Sequence[Sheet]
