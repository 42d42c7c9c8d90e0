"""The fields that forms are built from: text kept as typed here, dates and identifiers from beside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from cse_tracker.web.forms.choices import choices, err, error_list, options, register
from cse_tracker.web.forms.dates import DatePartsField
from cse_tracker.web.forms.identifiers import NhsNumberField, PostcodeField

__all__ = [
    "DatePartsField",
    "LongText",
    "NhsNumberField",
    "OneLine",
    "PostcodeField",
    "WholeNumber",
    "choices",
    "err",
    "error_list",
    "options",
    "register",
]

LONGEST_TEXT = 10_000
NO_WHOLE_NUMBER = "Enter a whole number, like 12"
LONGEST_LINE = 200
LINE_BREAKS = re.compile("[\t\r\n\v\f\x85\u2028\u2029]+")
# Embeddings, overrides and isolates: at the edge of a name they turn round the text that follows it on the page.
DIRECTION_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class LongText(TextAreaField):
    """Text of several lines, at most ``longest`` characters, kept whole even when it is too long.

    Line ends become one newline; control characters go, save tab and newline. A browser counts an emoji as two and
    the server as one, so the server never refuses what the counter on the page allowed.
    """

    data: str

    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Any] | None = None,
        *,
        longest: int = LONGEST_TEXT,
        subject: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(label, list(validators or ()), **keywords)
        self.longest = longest
        self.subject = subject or _subject_from(self.label.text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep what was typed, with one kind of line end."""
        typed = str(valuelist[0]) if valuelist else ""
        self.data = without_controls(typed.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse text that is too long, saying by how much. Raises StopValidation."""
        super().pre_validate(form)
        _refuse_beyond(self.longest, self.data, self.subject)


class OneLine(StringField):
    """A line of text, at most ``longest`` characters, with tabs and line ends turned into spaces.

    Direction marks go from its two ends only: between letters, right-to-left names and joined emoji need them.
    """

    data: str

    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Any] | None = None,
        *,
        longest: int = LONGEST_LINE,
        subject: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(label, list(validators or ()), **keywords)
        self.longest = longest
        self.subject = subject or _subject_from(self.label.text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep what was typed, on one line and without what cannot be seen at its ends."""
        typed = str(valuelist[0]) if valuelist else ""
        self.data = _trimmed(without_controls(LINE_BREAKS.sub(" ", typed)))

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse text that is too long, saying by how much. Raises StopValidation."""
        super().pre_validate(form)
        _refuse_beyond(self.longest, self.data, self.subject)


class WholeNumber(IntegerField):
    """A whole number; what is none is kept as it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number. Raises ValueError with a sentence that says what to do."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(NO_WHOLE_NUMBER) from None


def without_controls(typed: str, *, keep: str = "") -> str:
    """Text without control characters (Unicode category Cc, NUL among them) save those in ``keep``."""
    return "".join(letter for letter in typed if letter in keep or unicodedata.category(letter) != "Cc")


def _subject_from(label: str) -> str:
    """What an error sentence calls the answer: the label, which a question cannot be."""
    return "Your answer" if label.endswith("?") else label


def _trimmed(line: str) -> str:
    """A line without spaces and direction marks at its ends, however they alternate."""
    return re.sub(rf"^[\s{DIRECTION_MARKS}]+|[\s{DIRECTION_MARKS}]+$", "", line)


def _refuse_beyond(longest: int, text: str | None, subject: str) -> None:
    extra = len(text or "") - longest
    if extra > 0:
        noun = "character" if extra == 1 else "characters"
        message = f"{subject} must be {longest:,} characters or less: take out {extra:,} {noun}"
        raise StopValidation(message)
