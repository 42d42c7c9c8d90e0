"""Which kinds of file are taken, and how a file is refused."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

LARGEST: Final = 15 * 1024 * 1024


class Unfit(Exception):
    """The file cannot be taken; the message is a sentence for the person who sent it."""


class Kind(Enum):
    """A kind of file that is taken: its value is the ending of its names."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"

    @property
    def media_type(self) -> str:
        """The type under which it is handed out."""
        return MEDIA_TYPES[self]

    @property
    def words(self) -> str:
        """What people call it."""
        return WORDS[self]


MEDIA_TYPES: Final = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
}
WORDS: Final = {
    Kind.PDF: "PDF",
    Kind.PNG: "PNG image",
    Kind.JPEG: "JPEG image",
    Kind.DOCX: "Word document",
    Kind.XLSX: "Excel workbook",
    Kind.ODT: "OpenDocument text",
}
ENDINGS: Final = {kind.value: kind for kind in Kind} | {"jpeg": Kind.JPEG}
ACCEPTED: Final = "a PDF, a PNG or JPEG image, a Word document (docx), an Excel workbook (xlsx) or an ODT text"


@dataclass(frozen=True, repr=False)
class Paper:
    """A file that was found fit, written anew without what nobody meant to hand in."""

    name: str
    kind: Kind
    content: bytes
