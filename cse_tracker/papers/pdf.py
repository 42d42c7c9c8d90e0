"""PDFs: opened, stripped of what runs, hides or names, and written anew."""

import io
from typing import Any, Final

import pikepdf

from cse_tracker.papers.kinds import Unfit

MOST_PAGES: Final = 1_000
# What a catalogue or a page may start by itself, and what it may carry besides pages.
RUNS: Final = (
    "/OpenAction",
    "/AA",
    "/JavaScript",
    "/JS",
    "/Launch",
    "/AcroForm",
    "/Collection",
    "/PieceInfo",
    "/Metadata",
)
RUNNING_LINKS: Final = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToE", "/GoToR"}
CARRIED: Final = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/3D", "/Screen"}


def cleaned(content: bytes) -> bytes:
    """Give the PDF's pages without scripts, attached files, author or history; raises Unfit."""
    if not content.startswith(b"%PDF-"):
        message = "The file does not begin as a PDF does: save it again as a PDF"
        raise Unfit(message)
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            _refuse_long(document)
            _strip(document)
            out = io.BytesIO()
            document.remove_unreferenced_resources()
            document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except Unfit:
        raise
    except pikepdf.PasswordError:
        message = "The PDF has a password: save it without one, then send it"
        raise Unfit(message) from None
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError, RecursionError):
        message = "The PDF cannot be read: open it and save it again"
        raise Unfit(message) from None
    return out.getvalue()


def _refuse_long(document: pikepdf.Pdf) -> None:
    if len(document.pages) > MOST_PAGES:
        message = f"The PDF has more than {MOST_PAGES:,} pages: send the part that matters"
        raise Unfit(message)


def _strip(document: pikepdf.Pdf) -> None:
    _without(document.Root, RUNS)
    if "/Names" in document.Root:
        _without(document.Root.Names, ("/JavaScript", "/EmbeddedFiles"))
    if "/AF" in document.Root:
        del document.Root["/AF"]
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    for page in document.pages:
        _without(page.obj, ("/AA", "/Metadata", "/PieceInfo", "/AF", "/Thumb"))
        notes: Any = page.obj.get("/Annots")
        if notes is not None:
            page.obj["/Annots"] = pikepdf.Array([note for note in notes if not _runs(note)])
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            # Images inside keep what their camera wrote beside them, unless it is taken out object by object.
            _without(each, ("/Metadata", "/PieceInfo"))


def _runs(note: Any) -> bool:
    if str(note.get("/Subtype")) in CARRIED:
        return True
    _without(note, ("/AA",))
    action = note.get("/A")
    return action is not None and str(action.get("/S")) in RUNNING_LINKS


def _without(thing: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if name in thing:
            del thing[name]
