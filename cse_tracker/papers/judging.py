"""Judges a file by its name, its size, what it begins with, and how it is built; what passes is written anew."""

import unicodedata
from typing import Final

import puremagic

from cse_tracker.papers import office, pdf, pictures
from cse_tracker.papers.kinds import ACCEPTED, ENDINGS, LARGEST, Kind, Paper, Unfit

LONGEST_NAME: Final = 150
# What the first bytes may be taken for; inside the ZIP kinds the structure decides.
SEEN_AS: Final = {
    Kind.PDF: {".pdf"},
    Kind.PNG: {".png"},
    Kind.JPEG: {".jpg", ".jpeg"},
    Kind.DOCX: {".docx", ".zip"},
    Kind.XLSX: {".xlsx", ".zip"},
    Kind.ODT: {".odt", ".zip", ".docx"},
}
CLEANERS: Final = {
    Kind.PDF: pdf.cleaned,
    Kind.PNG: pictures.cleaned_png,
    Kind.JPEG: pictures.cleaned_jpeg,
    Kind.DOCX: office.cleaned_docx,
    Kind.XLSX: office.cleaned_xlsx,
    Kind.ODT: office.cleaned_odt,
}


def judge(name: str, content: bytes) -> Paper:
    """Give the file as it may be kept; raises Unfit with a sentence."""
    kind = _kind_by_name(name)
    if not content:
        message = "The file is empty: choose one that has something in it"
        raise Unfit(message)
    if len(content) > LARGEST:
        message = "The file is larger than 15 MB: send fewer pages, or smaller images"
        raise Unfit(message)
    if not _seen_as(content) & SEEN_AS[kind]:
        message = f"The file’s name says {kind.words} and the file is something else: save it again in the right format"
        raise Unfit(message)
    return Paper(name, kind, CLEANERS[kind](content))


def _kind_by_name(name: str) -> Kind:
    if not name or any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in name):
        message = "The file needs a name without control characters: rename it"
        raise Unfit(message)
    if "/" in name or "\\" in name or name.startswith("."):
        message = "The file’s name has a path in it: rename the file"
        raise Unfit(message)
    if len(name) > LONGEST_NAME:
        message = f"The file’s name must be {LONGEST_NAME} characters or less: rename it"
        raise Unfit(message)
    stem, _, ending = name.rpartition(".")
    kind = ENDINGS.get(ending.casefold()) if stem else None
    if kind is None:
        message = f"The file must be {ACCEPTED}"
        raise Unfit(message)
    return kind


def _seen_as(content: bytes) -> set[str]:
    try:
        return {match.extension for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()
