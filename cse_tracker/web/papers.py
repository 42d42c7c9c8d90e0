"""Makes PDF files by typst, in memory alone: nothing about anybody is written to a disk."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import typst

from cse_tracker import paths
from cse_tracker.web.protocol_words import Chapter


@dataclass(frozen=True, repr=False)
class Cover:
    """What stands on the first page, and at the foot of every page."""

    council: str
    case: str
    sharing: str
    name: str
    born: str
    recipient: str
    purpose: str
    footing: str
    made: str
    by: str


def chronology(cover: Cover, entries: list[dict[str, str]], *, made_at: datetime) -> bytes:
    """Give the chronology as PDF/UA-1 (ISO 14289-1: tagged, with a language and a title, for screen readers).

    Where a script has no font here that could show it, it is a tagged PDF that claims no standard.
    """
    return _printed("chronology.typ", {"cover": asdict(cover), "entries": entries}, made_at)


def _printed(name: str, told: dict[str, object], made_at: datetime) -> bytes:
    source = (paths.folder("templates") / "print" / name).read_bytes()
    # Content goes in as data, never as source: nothing that anybody typed is taken for an instruction.
    data = {"data": json.dumps(told)}
    try:
        return _compiled(source, data, made_at, accessible=True)
    except typst.TypstError:
        return _compiled(source, data, made_at, accessible=False)


def _compiled(source: bytes, data: dict[str, str], made_at: datetime, *, accessible: bool) -> bytes:
    standards: Literal["ua-1", "1.7"] = "ua-1" if accessible else "1.7"
    return typst.compile(
        source, format="pdf", sys_inputs=data, pdf_standards=standards, timestamp=made_at.replace(microsecond=0)
    )


def pack(cover: dict[str, str], parts: list[dict[str, object]], *, made_at: datetime) -> bytes:
    """Give a meeting's pack as PDF/UA-1, with for whom it is across every page."""
    return _printed("pack.typ", {"cover": cover, "parts": parts}, made_at)


def protocol(cover: dict[str, object], chapters: list[Chapter], *, made_at: datetime) -> bytes:
    """Give a version of a protocol as PDF/UA-1, in words for people; it holds nothing about anybody."""
    return _printed("protocol.typ", {"cover": cover, "chapters": [asdict(each) for each in chapters]}, made_at)
