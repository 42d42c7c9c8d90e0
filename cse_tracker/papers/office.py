"""Office files: ZIP archives counted before they are opened, and written anew without author, history or programs."""

import io
import re
import zipfile
from typing import Final

from cse_tracker.papers import pictures
from cse_tracker.papers.kinds import Unfit

MOST_ENTRIES: Final = 2_000
MOST_BYTES: Final = 150 * 1024 * 1024
MOST_RATIO: Final = 120
"""XML of real documents shrinks up to about fifty times, an archive made to fill a disk a thousand times."""
RATIO_FROM: Final = 1024 * 1024
PROGRAMS: Final = re.compile(
    r"vbaproject|vbadata|activex|/macrosheets/|^basic/|^scripts/|oleobject|\.(exe|dll|js|vbs|bat|ps1)$", re.IGNORECASE
)
FETCHED: Final = re.compile(rb"<Relationship\b(?![^>]*/hyperlink\")[^>]*TargetMode=\"External\"", re.IGNORECASE)
EMPTY: Final = {
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docProps/custom.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
    "meta.xml": b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"><office:meta/>'
    b"</office:document-meta>",
}
ODT_TYPE: Final = b"application/vnd.oasis.opendocument.text"
FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)


def cleaned_docx(content: bytes) -> bytes:
    """Give a Word document without author, history and pictures' places; raises Unfit."""
    return _cleaned(content, "Word document", ("[Content_Types].xml", "word/document.xml"))


def cleaned_xlsx(content: bytes) -> bytes:
    """Give an Excel workbook without author, history and pictures' places; raises Unfit."""
    return _cleaned(content, "Excel workbook", ("[Content_Types].xml", "xl/workbook.xml"))


def cleaned_odt(content: bytes) -> bytes:
    """Give an OpenDocument text without author, history and pictures' places; raises Unfit."""
    return _cleaned(content, "OpenDocument text", ("mimetype", "content.xml", "META-INF/manifest.xml"))


def _cleaned(content: bytes, words: str, wanted: tuple[str, ...]) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _count(content, entries, words)
            parts = {entry.filename: _read(archive, entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, UnicodeError):
        raise _unreadable(words) from None
    if any(name not in parts for name in wanted) or parts.get("mimetype", ODT_TYPE).strip() != ODT_TYPE:
        message = f"Inside, the file is no {words}: open it and save it again"
        raise Unfit(message)
    _refuse_programs(parts, words)
    return _written({name: _part(name, raw) for name, raw in parts.items()})


def _unreadable(words: str) -> Unfit:
    return Unfit(f"The {words} cannot be read: open it and save it again, without a password")


def _count(content: bytes, entries: list[zipfile.ZipInfo], words: str) -> None:
    if not content.startswith(b"PK\x03\x04"):
        raise _unreadable(words)
    names = [entry.filename for entry in entries]
    if len(names) != len(set(names)) or any(_leads_out(name) for name in names):
        message = f"The {words} has parts with wrong names in it: open it and save it again"
        raise Unfit(message)
    total = sum(entry.file_size for entry in entries)
    dense = any(
        entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1) for entry in entries
    )
    if len(entries) > MOST_ENTRIES or total > MOST_BYTES or dense:
        message = f"The {words} unpacks to far more than it should: open it and save it again, or send it as a PDF"
        raise Unfit(message)
    if any(entry.flag_bits & 1 for entry in entries):
        raise _unreadable(words)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or "\x00" in name or ".." in name.split("/")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as part:
        # What an archive says of itself is not believed: no more is unpacked than it said.
        raw = part.read(entry.file_size + 1)
    if len(raw) != entry.file_size:
        raise zipfile.BadZipFile
    return raw


def _refuse_programs(parts: dict[str, bytes], words: str) -> None:
    if any(PROGRAMS.search(name) for name in parts) or b"macroEnabled" in parts.get("[Content_Types].xml", b""):
        message = f"The {words} has a program or another file in it: save it without macros and objects, or as a PDF"
        raise Unfit(message)
    for name, raw in parts.items():
        if name.endswith((".xml", ".rels")) and b"<!ENTITY" in raw:
            raise _unreadable(words)
        if name.endswith(".rels") and FETCHED.search(raw):
            message = f"The {words} fetches something from elsewhere when it is opened: save it as a PDF"
            raise Unfit(message)


def _part(name: str, raw: bytes) -> bytes:
    if name in EMPTY:
        return EMPTY[name]
    ending = name.rpartition(".")[2].casefold()
    if ending in {"jpg", "jpeg"}:
        return pictures.cleaned_jpeg(raw)
    return pictures.cleaned_png(raw) if ending == "png" else raw


def _written(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # OpenDocument wants its type first and not packed.
        for name in sorted(parts, key=lambda name: name != "mimetype"):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return out.getvalue()
