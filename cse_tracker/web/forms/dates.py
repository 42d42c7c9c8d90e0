"""A date asked for in three parts, as GOV.UK asks for dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field
from wtforms.form import BaseForm
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

LONGEST_PART = 20
FIRST_YEAR = 1000
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}


class DatePartsField(Field):
    """A date asked for in three inputs, NAME-day, NAME-month and NAME-year, as GOV.UK's date input.

    ``data`` is a date or None. ``parts`` keeps what was typed; ``bad`` names the parts that are wrong. Month names
    and their three-letter forms (and "sept") are taken as numbers. ``subject`` begins the error sentences: by default
    the label, unless that is a question.
    """

    PARTS = ("day", "month", "year")
    data: dt.date | None
    parts: dict[str, str]
    bad: frozenset[str]

    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Any] | None = None,
        *,
        subject: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(label, list(validators or ()), **keywords)
        self.subject = subject or ("The date" if self.label.text.endswith("?") else self.label.text)
        self.parts = dict.fromkeys(self.PARTS, "")
        self.bad = frozenset()

    def process(
        self,
        formdata: Any,
        data: Any = unset_value,
        extra_filters: Sequence[Any] | None = None,
    ) -> None:
        """Take the date from the object or, when any part was posted, from the parts alone."""
        super().process(None, data, extra_filters)
        self.bad, self.raw_data = frozenset(), None
        self.parts = {part: str(getattr(self.data, part)) if self.data else "" for part in self.PARTS}
        names = {part: f"{self.name}-{part}" for part in self.PARTS}
        if formdata is None or not any(name in formdata for name in names.values()):
            return
        self.parts = {part: _posted(formdata, name).strip()[:LONGEST_PART] for part, name in names.items()}
        self.raw_data = [typed for typed in self.parts.values() if typed]
        self.data = None
        try:
            self.data = self._read()
        except ValueError as problem:
            self.process_errors = [str(problem)]

    def suggest(self, day: dt.date) -> None:
        """Fill in a day before anything is typed."""
        self.data = day
        self.parts = {part: str(getattr(day, part)) for part in self.PARTS}

    def pre_validate(self, form: BaseForm) -> None:
        """Stop at a date that cannot be read, so that no later message hides why. Raises StopValidation."""
        super().pre_validate(form)
        if self.process_errors:
            raise StopValidation

    @property
    def first_bad(self) -> str:
        """The part that the error summary should lead to."""
        return next((part for part in self.PARTS if part in self.bad), "day")

    def items(self) -> list[dict[str, str]]:
        """The three inputs as the date-input macro wants them, marked red only where wrong."""
        wrong = (self.bad or frozenset(self.PARTS)) if self.errors else frozenset()
        return [
            {
                "label": part.title(),
                "name": f"{self.name}-{part}",
                "id": f"{self.id}-{part}",
                "value": self.parts[part],
                "classes": f"govuk-input--width-{4 if part == 'year' else 2}"
                + (" govuk-input--error" if part in wrong else ""),
            }
            for part in self.PARTS
        ]

    def _read(self) -> dt.date | None:
        if not self.raw_data:
            return None
        missing = [part for part in self.PARTS if not self.parts[part]]
        if missing:
            raise self._problem(missing, f"{self.subject} must include a {' and '.join(missing)}")
        numbers = {part: _number(part, self.parts[part]) for part in self.PARTS}
        unread = [part for part, number in numbers.items() if number is None]
        if unread:
            raise self._problem(unread, f"{self.subject} must be a real date")
        day, month, year = (number or 0 for number in numbers.values())
        if year < FIRST_YEAR:
            raise self._problem(["year"], "Year must include 4 numbers")
        try:
            return dt.date(year, month, day)
        except (ValueError, OverflowError):
            raise self._problem(self.PARTS, f"{self.subject} must be a real date") from None

    def _problem(self, parts: Iterable[str], sentence: str) -> ValueError:
        self.bad = frozenset(parts)
        return ValueError(sentence)


def _posted(formdata: Any, name: str) -> str:
    return str(next(iter(formdata.getlist(name)), ""))


def _number(part: str, typed: str) -> int | None:
    if part == "month" and typed.lower() in MONTHS:
        return MONTHS[typed.lower()]
    return int(typed) if typed.isascii() and typed.isdigit() else None
