"""Fields for an NHS number and a postcode, checked, normalised, and kept as typed when they are wrong."""

from __future__ import annotations

import re
from typing import Any

from wtforms import StringField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from cse_tracker.likeness.numbers import NHS_LENGTH, nhs_number_checks

NO_FIXED_ABODE = "No fixed abode"
OUTWARD = r"[A-Z]{1,2}[0-9][0-9A-Z]?"
WHOLE_POSTCODE = re.compile(rf"({OUTWARD})([0-9][ABD-HJLNP-UW-Z]{{2}})")
OUTWARD_POSTCODE = re.compile(OUTWARD)


def spaced_nhs_number(number: str | None) -> str:
    """Ten digits in the groups that people read them in, 3-3-4; anything else as it is; None as nothing."""
    if number and len(number) == NHS_LENGTH and number.isascii() and number.isdigit():
        return f"{number[:3]} {number[3:6]} {number[6:]}"
    return number or ""


class _Identifier(StringField):
    """A line that is either normalised or kept as typed with one problem. ``data`` is None when nothing was typed."""

    data: str | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Normalise what was typed. Raises ValueError with the sentence for the page."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = typed or None
        if typed:
            self.data = self.normalised(typed)

    def pre_validate(self, form: BaseForm) -> None:
        """Stop at what cannot be read, so that no later message hides why. Raises StopValidation."""
        super().pre_validate(form)
        if self.process_errors:
            raise StopValidation

    def normalised(self, typed: str) -> str:
        """The one way to write what was typed. Raises ValueError with the sentence for the page."""
        raise NotImplementedError


class NhsNumberField(_Identifier):
    """An NHS number, typed with or without spaces; ``data`` is its ten digits."""

    def normalised(self, typed: str) -> str:
        """The ten digits. Raises ValueError."""
        digits = re.sub(r"[\s-]", "", typed)
        if len(digits) != NHS_LENGTH or not digits.isascii() or not digits.isdigit():
            message = "NHS number must be 10 numbers, like 999 000 0018"
            raise ValueError(message)
        if not nhs_number_checks(digits):
            message = "NHS number is not a real one: check each number against the record it came from"
            raise ValueError(message)
        return digits

    def _value(self) -> str:
        return spaced_nhs_number(self.data)


class PostcodeField(_Identifier):
    """A postcode, the first half of one, or "no fixed abode"."""

    def normalised(self, typed: str) -> str:
        """Capitals with one space before the last three. Raises ValueError."""
        if " ".join(typed.split()).casefold() in {NO_FIXED_ABODE.casefold(), "nfa"}:
            return NO_FIXED_ABODE
        compact = "".join(typed.split()).upper()
        whole = WHOLE_POSTCODE.fullmatch(compact)
        if whole:
            return f"{whole[1]} {whole[2]}"
        if OUTWARD_POSTCODE.fullmatch(compact):
            return compact
        message = "Enter a full UK postcode, like N9 0AB, the first half of one, or \u2018no fixed abode\u2019"
        raise ValueError(message)
