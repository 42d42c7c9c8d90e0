"""What a column may hold, how its cells are read, and what is wrong with them; nothing is guessed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cse_tracker.likeness.dates import month_number
from cse_tracker.likeness.names import normal_name
from cse_tracker.likeness.numbers import nhs_number_checks
from cse_tracker.likeness.places import postcode
from cse_tracker.people.rules import Sex
from cse_tracker.rulebook.terms import Certainty

Cell = str | date
FIRST_YEAR: Final = 1980


class Field(StrEnum):
    """What a column of the spreadsheet can be."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ALSO_KNOWN_AS = "also_known_as"
    BORN = "date_of_birth"
    SEX = "sex"
    NHS_NUMBER = "nhs_number"
    ADDRESS = "address"
    POSTCODE = "postcode"
    SCHOOL = "school"
    CONTACT = "contact"
    CERTAINTY = "certainty"
    CONCERN = "concern"
    RECORDED_ON = "recorded_on"
    SAME_AS = "same_as"


@dataclass(frozen=True)
class Column:
    """How a field is headed in the template, what else it may be headed, and what goes into it."""

    heading: str
    hint: str
    others: tuple[str, ...] = ()
    needed: bool = False


COLUMNS: Final[Mapping[Field, Column]] = {
    Field.FIRST_NAME: Column("First name", "", ("forename", "given name", "firstname"), needed=True),
    Field.LAST_NAME: Column("Last name", "", ("surname", "family name", "lastname"), needed=True),
    Field.ALSO_KNOWN_AS: Column("Also known as", "Other names, with commas", ("aka", "alias", "aliases")),
    Field.BORN: Column("Date of birth", "Like 2012-03-31 or 31/03/2012", ("dob", "birth date", "born")),
    Field.SEX: Column("Sex", "F, M or U", ("gender",)),
    Field.NHS_NUMBER: Column("NHS number", "10 figures", ("nhs", "nhs no")),
    Field.ADDRESS: Column("Address", "", ("home address",)),
    Field.POSTCODE: Column("Postcode", "", ("post code",)),
    Field.SCHOOL: Column("School", "", ("education",)),
    Field.CONTACT: Column("How to make contact safely", "", ("contact", "phone", "telephone")),
    Field.CERTAINTY: Column("Certainty", "indicated or known", ("status", "indicated or known"), needed=True),
    Field.CONCERN: Column("Concern", "What is known, in words", ("concerns", "notes", "summary"), needed=True),
    Field.RECORDED_ON: Column("Recorded on", "When the concern was first recorded", ("date", "date recorded")),
    Field.SAME_AS: Column("Same as", "A case reference of this service, or: new", ("case reference",)),
}
SEXES: Final = {
    "f": Sex.FEMALE, "female": Sex.FEMALE, "girl": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE, "boy": Sex.MALE,
    "": Sex.UNKNOWN, "u": Sex.UNKNOWN, "unknown": Sex.UNKNOWN, "not known": Sex.UNKNOWN,
}  # fmt: skip
CERTAINTIES: Final = {"indicated": Certainty.INDICATED, "suspected": Certainty.INDICATED, "known": Certainty.KNOWN}
LONGEST: Final = {Field.CONCERN: 10_000, Field.ADDRESS: 500}
LONGEST_OTHER: Final = 200


class DateOrder(StrEnum):
    """How dates such as 3/4/2012 are meant; nobody guesses where that is not said and the column does not tell."""

    NOT_SAID = "not_said"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with one cell, by row and column counted from 1 (column 0 is the whole row)."""

    row: int
    column: int
    message: str


@dataclass(frozen=True, repr=False)
class Entry:
    """One row, read."""

    row: int
    first_name: str
    last_name: str
    also_known_as: str
    born: date | None
    sex: Sex
    nhs_number: str
    address: str
    postcode: str
    school: str
    contact: str
    certainty: Certainty
    concern: str
    recorded_on: date | None
    same_as: str

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """By what it is certain that two rows, or a row and a record, are one young person."""
        return identity_keys(self.first_name, self.last_name, self.born, self.nhs_number)


def identity_keys(first: str, last: str, born: date | None, nhs_number: str) -> tuple[tuple[str, ...], ...]:
    """Give the keys of an identity: its NHS number, and its folded name with the date of birth."""
    keys: list[tuple[str, ...]] = []
    if nhs_number:
        keys.append(("nhs", nhs_number))
    if born is not None:
        keys.append(("name", normal_name(f"{first} {last}"), born.isoformat()))
    return tuple(keys)


def guessed(headings: Sequence[Cell]) -> dict[Field, int]:
    """Give for each field the column whose heading names it, counted from 1, where one does; people confirm it."""
    folded = [normal_name(str(heading)) for heading in headings]
    out: dict[Field, int] = {}
    for field, column in COLUMNS.items():
        for words in (column.heading, *column.others, field.value.replace("_", " ")):
            if normal_name(words) in folded and field not in out:
                out[field] = folded.index(normal_name(words)) + 1
    return out


DATE: Final = re.compile(r"(\d{1,4})[./\- ](\d{1,2}|[A-Za-z]{3,9})[./\- ](\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")


def date_order(cells: Iterable[Cell], said: DateOrder) -> DateOrder:
    """Give how a column's dates are meant: as was said, or as its own cells prove beyond doubt."""
    if said is not DateOrder.NOT_SAID:
        return said
    firsts, seconds = False, False
    for cell in cells:
        parts = _numbers(cell)
        if parts is not None:
            firsts |= parts[0] > 12
            seconds |= parts[1] > 12
    if firsts == seconds:
        return DateOrder.NOT_SAID
    return DateOrder.DAY_FIRST if firsts else DateOrder.MONTH_FIRST


def _numbers(cell: Cell) -> tuple[int, int, int] | None:
    found = DATE.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None or not found[2].isdigit() or len(found[1]) > 2:
        return None
    return int(found[1]), int(found[2]), int(found[3])


def read_date(cell: Cell, order: DateOrder, today: date) -> date | None:
    """Read a date; None for an empty cell. Raises ValueError with the sentence for people."""
    if isinstance(cell, date):
        return _within(cell, today)
    typed = cell.strip()
    if not typed:
        return None
    found = DATE.fullmatch(typed)
    if found is None:
        raise ValueError("This is no date. Write it like 2012-03-31 or 31/03/2012")
    first, second, third = found[1], found[2], found[3]
    if not second.isdigit():
        return _made(third, month_number(second.casefold()), first, today)
    if len(first) == 4:
        return _made(first, int(second), third, today)
    one, two = int(first), int(second)
    if one <= 12 and two <= 12 and one != two and order is DateOrder.NOT_SAID:
        message = "This may be either of two dates. Say how dates are written, day or month first"
        raise ValueError(message)
    if order is DateOrder.MONTH_FIRST or (order is DateOrder.NOT_SAID and two > 12):
        one, two = two, one
    return _made(third, two, str(one), today)


def _made(year: str, month: int | None, day: str, today: date) -> date:
    if len(year) != 4:
        raise ValueError("Write the year with four figures")
    try:
        return _within(date(int(year), month or 0, int(day)), today)
    except (ValueError, OverflowError) as problem:
        if "There" in str(problem) or "lies" in str(problem):
            raise
        raise ValueError("There is no such day. Are day and month the other way round?") from None


def _within(day: date, today: date) -> date:
    if day > today:
        raise ValueError("This date lies ahead")
    if day.year < FIRST_YEAR:
        raise ValueError(f"This date lies before {FIRST_YEAR}")
    return day


@dataclass(frozen=True, repr=False)
class Reading:
    """What came of reading rows: those that are whole, and everything that is wrong."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def read_rows(rows: Sequence[Sequence[Cell]], columns: Mapping[Field, int], said: DateOrder, *, today: date) -> Reading:
    """Read the rows below the headings. A row with a problem is no entry; a row without anything is passed over."""
    missing = [column.heading for field, column in COLUMNS.items() if column.needed and field not in columns]
    if missing:
        return Reading((), tuple(Problem(1, 0, f"Say which column is: {heading}") for heading in missing))
    orders = {
        field: date_order((_at(row, columns.get(field)) for row in rows[1:]), said)
        for field in (Field.BORN, Field.RECORDED_ON)
    }
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        reader = _Row(number, row, columns, orders, today)
        entry = reader.entry()
        problems += reader.problems
        if not reader.problems:
            entries.append(entry)
    problems += _contradictions(entries)
    return Reading(tuple(entries), tuple(sorted(problems)))


def _at(row: Sequence[Cell], column: int | None) -> Cell:
    return row[column - 1] if column is not None and column <= len(row) else ""


class _Row:
    """Reads one row, noting what is wrong with each of its cells."""

    def __init__(
        self,
        number: int,
        row: Sequence[Cell],
        columns: Mapping[Field, int],
        orders: Mapping[Field, DateOrder],
        today: date,
    ) -> None:
        self.number, self.row, self.columns, self.orders, self.today = number, row, columns, orders, today
        self.problems: list[Problem] = []

    def wrong(self, field: Field, message: str) -> None:
        """Note a problem of a field's cell."""
        self.problems.append(Problem(self.number, self.columns.get(field, 0), message))

    def text(self, field: Field) -> str:
        """Give a cell as text, noting one that is needed and empty, or too long."""
        cell = _at(self.row, self.columns.get(field))
        found = cell if isinstance(cell, str) else cell.isoformat()
        longest = LONGEST.get(field, LONGEST_OTHER)
        if not found and COLUMNS[field].needed:
            self.wrong(field, f"{COLUMNS[field].heading} is missing")
        elif len(found) > longest:
            self.wrong(field, f"{COLUMNS[field].heading} is longer than {longest:,} characters")
        return found

    def day(self, field: Field) -> date | None:
        """Give a cell as a date."""
        try:
            return read_date(_at(self.row, self.columns.get(field)), self.orders[field], self.today)
        except ValueError as problem:
            self.wrong(field, str(problem))
            return None

    def one_of(self, field: Field, choices: Mapping[str, object], words: str) -> object:
        """Give what a cell says among a few words."""
        typed = self.text(field)
        if typed.casefold() in choices:
            return choices[typed.casefold()]
        if typed:
            self.wrong(field, f"Write {words}")
        return None

    def nhs_number(self) -> str:
        """Give the ten figures of an NHS number."""
        found = re.sub(r"[\s-]", "", self.text(Field.NHS_NUMBER))
        if found and not nhs_number_checks(found):
            self.wrong(Field.NHS_NUMBER, "This is no real NHS number: check each figure")
        return found

    def postcode(self) -> str:
        """Give a postcode in its one way of writing."""
        typed = self.text(Field.POSTCODE)
        found = postcode(typed)
        if typed and not found:
            self.wrong(Field.POSTCODE, "This is no postcode, like N9 0AB or N9")
        return found

    def entry(self) -> Entry:
        """Give the row as it was read; of use only where there are no problems."""
        sex = self.one_of(Field.SEX, SEXES, "F, M or U") if Field.SEX in self.columns else Sex.UNKNOWN
        certainty = self.one_of(Field.CERTAINTY, CERTAINTIES, "indicated or known")
        return Entry(
            row=self.number,
            first_name=self.text(Field.FIRST_NAME),
            last_name=self.text(Field.LAST_NAME),
            also_known_as=self.text(Field.ALSO_KNOWN_AS),
            born=self.day(Field.BORN),
            sex=sex if isinstance(sex, Sex) else Sex.UNKNOWN,
            nhs_number=self.nhs_number(),
            address=self.text(Field.ADDRESS),
            postcode=self.postcode(),
            school=self.text(Field.SCHOOL),
            contact=self.text(Field.CONTACT),
            certainty=certainty if isinstance(certainty, Certainty) else Certainty.INDICATED,
            concern=self.text(Field.CONCERN),
            recorded_on=self.day(Field.RECORDED_ON),
            same_as=self.text(Field.SAME_AS),
        )


def _contradictions(entries: Sequence[Entry]) -> list[Problem]:
    """Rows that are certainly one young person by one key and certainly two by another."""
    first: dict[tuple[str, ...], Entry] = {}
    found = []
    for entry in entries:
        for key in entry.keys:
            other = first.setdefault(key, entry)
            if other.nhs_number and entry.nhs_number and other.nhs_number != entry.nhs_number:
                found.append(Problem(entry.row, 0, f"Same name and date of birth as row {other.row}, other NHS number"))
            elif other.born and entry.born and other.born != entry.born:
                found.append(Problem(entry.row, 0, f"Same NHS number as row {other.row}, other date of birth"))
    return found


def young_people(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Put rows that are certainly about one young person together, in the order of their first rows."""
    group_of: dict[tuple[str, ...], list[Entry]] = {}
    groups: list[list[Entry]] = []
    for entry in entries:
        known = [group_of[key] for key in entry.keys if key in group_of]
        group = known[0] if known else []
        if not known:
            groups.append(group)
        group.append(entry)
        for other in known[1:]:
            if other is not group:
                group += other
                groups.remove(other)
                for each in other:
                    group_of.update(dict.fromkeys(each.keys, group))
        group_of.update(dict.fromkeys(entry.keys, group))
    return groups
