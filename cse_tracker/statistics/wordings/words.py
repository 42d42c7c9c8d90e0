"""What a wording consists of: every word that goes into the files of a release and is not kept in its tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from cse_tracker.statistics.designs import Design, version_of


@dataclass(frozen=True)
class Meaning:
    """A design in words: its title, what is counted, and the heading of its numbers."""

    title: str
    counts: str
    unit: str = "Number"


@dataclass(frozen=True)
class Wording:
    """The words of a release. What stands in braces is filled in.

    `headings` go by dimension, `shorthand` are pairs of a sign and its meaning. `meanings` are those of the newest
    definitions that the wording knows; `earlier` pairs the version with which a meaning changed with what was before,
    the oldest first.
    """

    title: str
    cover: str
    edition: str
    definitions: str
    protected: str
    revised: str
    left_out: str
    digest: str
    contents: str
    contents_columns: tuple[str, str]
    one_table: str
    some_shorthand: str
    notes: str
    notes_title: str
    notes_columns: tuple[str, str]
    table: str
    of_the_quarter: str
    headings: Mapping[str, str]
    shorthand: tuple[tuple[str, str], ...]
    not_held: str
    meanings: Mapping[Design, Meaning]
    earlier: tuple[tuple[int, Mapping[Design, Meaning]], ...]

    def meaning(self, design: Design, definitions: int) -> Meaning:
        """Give what a design meant in a version of the definitions, so that a frozen release keeps what it counted."""
        for until, meanings in self.earlier:
            if definitions < until and design in meanings:
                return meanings[design]
        return self.meanings[design]

    def meaning_of(self, design: Design, table: str) -> Meaning:
        """Give what a design meant when the table of this name was counted."""
        return self.meaning(design, version_of(table))
