"""Makes PDF files by typst, in memory alone: nothing about anybody is written to a disk."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import typst

from cse_tracker import paths


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
    source = (paths.folder("templates") / "print" / "chronology.typ").read_bytes()
    # Content goes in as data, never as source: nothing that anybody typed is taken for an instruction.
    data = {"data": json.dumps({"cover": asdict(cover), "entries": entries})}
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
    source = (paths.folder("templates") / "print" / "pack.typ").read_bytes()
    data = {"data": json.dumps({"cover": cover, "parts": parts})}
    try:
        return _compiled(source, data, made_at, accessible=True)
    except typst.TypstError:
        return _compiled(source, data, made_at, accessible=False)
