"""Telephone numbers in any format as one; and digits found in what people wrote."""

import re
from typing import Final

import phonenumbers

HOME: Final = "GB"
FEWEST_DIGITS: Final = 6
RUN: Final = re.compile(r"\+?\(?\d[\d\s().\-]{4,}\d")


NHS_LENGTH: Final = 10


def nhs_number_checks(digits: str) -> bool:
    """Whether the last of ten digits checks the first nine: weights 10 down to 2, modulus 11 (NHS Data Dictionary).

    Ten equal digits pass the arithmetic but are never issued, so they do not count. Other lengths do not either.
    """
    if len(digits) != NHS_LENGTH or not digits.isascii() or not digits.isdigit() or len(set(digits)) == 1:
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(NHS_LENGTH, 0, -1), strict=True))
    return weighted % 11 == 0


def digits(text: str) -> str:
    """Give the digits alone."""
    return re.sub(r"\D", "", text)


def phone(typed: str) -> str | None:
    """Give a telephone number as E.164 ('+447700900123'), read as British where no country is given; else None."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phones_in(text: str) -> frozenset[str]:
    """Give every telephone number that stands in a text, as E.164."""
    found = (phone(run[0]) for run in RUN.finditer(text))
    return frozenset(number for number in found if number is not None)


def subscriber(typed: str) -> str:
    """Give what a telephone number ends with however it is written: without +44, 0044, (0) or 0 at its front."""
    known = phone(typed)
    if known is not None:
        return known.removeprefix("+44").lstrip("+")
    bare = digits(typed).removeprefix("00")
    return bare.removeprefix("44").lstrip("0") if len(bare) > 10 else bare.lstrip("0")


def holds_number(text: str, wanted: str) -> bool:
    """Whether a run of digits in the text ends with these, or holds them where they are at least six."""
    runs = [digits(run[0]) for run in RUN.finditer(text)]
    return any(run.endswith(wanted) or (len(wanted) >= FEWEST_DIGITS and wanted in run) for run in runs)
