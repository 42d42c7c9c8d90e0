"""Files that are taken come out clean; files that lie, hide or burst are refused with a sentence."""

import io
import zipfile

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cse_tracker.papers.judging import judge
from cse_tracker.papers.kinds import LARGEST, Kind, Unfit
from tests import papers

SECRET = "Wintergoud"


def said(name: str, content: bytes) -> str:
    with pytest.raises(Unfit) as refused:
        judge(name, content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("letter.pdf", papers.pdf(), Kind.PDF),
        ("Letter.PDF", papers.pdf(pages=3), Kind.PDF),
        ("picture.png", papers.png(), Kind.PNG),
        ("picture.jpg", papers.jpeg(), Kind.JPEG),
        ("picture.jpeg", papers.jpeg(), Kind.JPEG),
        ("letter.docx", papers.docx(), Kind.DOCX),
        ("attendance.xlsx", papers.xlsx(), Kind.XLSX),
        ("notes.odt", papers.odt(), Kind.ODT),
        ("Zoë’s letter (2).pdf", papers.pdf(), Kind.PDF),
    ],
)
def test_every_kind_that_is_taken_passes_and_passes_again_as_cleaned(name: str, content: bytes, kind: Kind) -> None:
    paper = judge(name, content)
    assert (paper.name, paper.kind) == (name, kind)
    assert judge(name, paper.content).kind is kind


def inside(content: bytes) -> bytes:
    """Everything in an archive, unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


def test_a_photograph_comes_out_without_where_it_was_taken() -> None:
    sent = papers.jpeg(where=SECRET, comment=SECRET)
    assert sent.count(SECRET.encode()) >= 2
    clean = judge("photo.jpg", sent).content
    assert SECRET.encode() not in clean
    with Image.open(io.BytesIO(clean)) as image:
        assert not image.getexif()
        assert image.size == (8, 8)


def test_a_png_comes_out_without_what_was_written_beside_it() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    beside = PngInfo()
    beside.add_text("Author", SECRET)
    sent = papers.png(pnginfo=beside)
    assert SECRET.encode() in sent
    assert SECRET.encode() not in judge("photo.png", sent).content


def test_a_pdf_comes_out_without_author_scripts_and_attached_files() -> None:
    sent = papers.pdf(author=SECRET, script=f"app.alert('{SECRET}')", attached=SECRET)
    assert SECRET.encode() in sent
    clean = judge("letter.pdf", sent).content
    with pikepdf.open(io.BytesIO(clean)) as document:
        assert len(document.pages) == 1
        assert len(document.attachments) == 0
        plain = io.BytesIO()
        document.save(plain, qdf=True)
    for content in (clean, plain.getvalue()):
        assert SECRET.encode() not in content
        assert b"JavaScript" not in content


@pytest.mark.parametrize(
    ("name", "content"), [("book.xlsx", papers.xlsx(author=SECRET)), ("text.odt", papers.odt(author=SECRET))]
)
def test_office_files_come_out_without_their_author(name: str, content: bytes) -> None:
    assert SECRET.encode() in inside(content)
    clean = judge(name, content).content
    assert SECRET.encode() not in inside(clean)
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(clean)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_photograph_inside_a_word_document_is_cleaned_too() -> None:
    sent = papers.docx(docProps__core_DOT_xml=f"<a>{SECRET}</a>", word__media__image1_DOT_jpg=papers.jpeg(where=SECRET))
    assert SECRET.encode() in inside(sent)
    assert SECRET.encode() not in inside(judge("letter.docx", sent).content)


HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SOMETHING_ELSE = "and the file is something else"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.pdf", b"", "The file is empty"),
        ("large.pdf", papers.pdf() + bytes(LARGEST), "larger than 15 MB"),
        ("run.exe", b"MZ" + bytes(100), "The file must be a PDF"),
        ("page.html", HTML, "The file must be a PDF"),
        ("drawing.svg", SVG, "The file must be a PDF"),
        ("old.doc", b"\xd0\xcf\x11\xe0" + bytes(100), "The file must be a PDF"),
        ("macro.docm", papers.docx(), "The file must be a PDF"),
        ("nothing", papers.pdf(), "The file must be a PDF"),
        ("pdf", papers.pdf(), "The file must be a PDF"),
        ("page.png", HTML, SOMETHING_ELSE),
        ("drawing.png", SVG, SOMETHING_ELSE),
        ("run.pdf", b"MZ" + bytes(100), SOMETHING_ELSE),
        ("picture.png", papers.jpeg(), SOMETHING_ELSE),
        ("picture.jpg", papers.png(), SOMETHING_ELSE),
        ("letter.pdf", papers.docx(), SOMETHING_ELSE),
        ("letter.docx", papers.pdf(), SOMETHING_ELSE),
        ("text.pdf", b"hello", SOMETHING_ELSE),
        ("letter.pdf", HTML + papers.pdf(), "else"),
        ("letter.pdf", papers.pdf()[:200], "The PDF cannot be read"),
        ("secret.pdf", papers.pdf(password="made-up"), "has a password"),
        ("picture.png", papers.png()[:40], "cannot be read as a PNG"),
        ("picture.jpg", papers.jpeg()[:60], "cannot be read as a JPEG"),
        ("book.xlsx", papers.docx(), "is no Excel"),
        ("letter.docx", papers.archive({"a.txt": "hello"}), "is no Word"),
        ("letter.odt", papers.docx(), "is no OpenDocument"),
        ("letter.docx", papers.docx()[:-30], "cannot be read"),
        ("letter.docx", papers.docx(word__vbaProject_DOT_bin=b"x"), "has a program"),
        ("letter.docx", papers.docx(word__embeddings__oleObject1_DOT_bin=b"x"), "has a program"),
        ("letter.docx", papers.docx(word__x_DOT_xml='<!DOCTYPE a [<!ENTITY b "c">]><a/>'), "cannot be read"),
        ("../../etc/passwd.pdf", papers.pdf(), "has a path in it"),
        ("C:\\letters\\one.pdf", papers.pdf(), "has a path in it"),
        ("/one.pdf", papers.pdf(), "has a path in it"),
        (".pdf", papers.pdf(), "has a path in it"),
        ("one\x00.pdf", papers.pdf(), "without control characters"),
        ("one\u202efdp.exe.pdf", papers.pdf(), "without control characters"),
        ("", papers.pdf(), "needs a name"),
        ("x" * 147 + ".pdf", papers.pdf(), "150 characters or less"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(name: str, content: bytes, sentence: str) -> None:
    assert sentence in said(name, content)


def test_what_a_document_fetches_from_elsewhere_is_refused_and_a_link_is_not() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = '<Relationships><Relationship Id="r9" Type="{}/{}" Target="https://x.invalid" TargetMode="External"/>'
    fetched = papers.docx(word___rels__a_DOT_rels=relation.format(kind, "attachedTemplate"))
    linked = papers.docx(word___rels__a_DOT_rels=relation.format(kind, "hyperlink"))
    assert "fetches something from elsewhere" in said("letter.docx", fetched)
    assert judge("letter.docx", linked).kind is Kind.DOCX


def test_an_archive_made_to_burst_is_refused_before_it_is_unpacked() -> None:
    bomb = papers.docx(word__bomb_DOT_xml=bytes(60 * 1024 * 1024))
    assert len(bomb) < 200_000
    assert "unpacks to far more" in said("letter.docx", bomb)
    many = papers.archive({f"part{number}": "x" for number in range(2_001)})
    assert "unpacks to far more" in said("letter.docx", many)


def test_an_archive_that_lies_about_its_parts_is_refused() -> None:
    sent = bytearray(papers.docx(word__long_DOT_xml=b"a" * 5_000))
    # The size that the directory says is made smaller than what is packed.
    place = sent.rindex((5_000).to_bytes(4, "little"))
    sent[place : place + 4] = (50).to_bytes(4, "little")
    assert "cannot be read" in said("letter.docx", bytes(sent))


@pytest.mark.parametrize("name", ["../../evil.xml", "/evil.xml", "word\\..\\evil.xml"])
def test_a_path_that_leads_out_of_an_archive_is_refused(name: str) -> None:
    assert said("letter.docx", papers.archive({"[Content_Types].xml": papers.WORD_TYPES, name: "x"}))


def test_an_image_of_too_many_pixels_is_refused_before_it_is_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    assert "million pixels" in said("big.png", out.getvalue())


@pytest.mark.parametrize("name", ["letter.pdf", "photo.jpg", "photo.png"])
def test_nothing_that_was_hung_on_behind_or_between_is_kept(name: str) -> None:
    content = {"letter.pdf": papers.pdf(), "photo.jpg": papers.jpeg(), "photo.png": papers.png()}[name]
    hung = content + papers.archive({"evil.js": SECRET * 50}) + HTML
    clean = judge(name, hung).content
    assert b"<script>" not in clean
    assert b"PK\x03\x04" not in clean


@given(content=st.binary(max_size=400), ending=st.sampled_from(["pdf", "png", "jpg", "docx", "xlsx", "odt"]))
def test_whatever_is_sent_is_refused_with_a_sentence_and_never_an_error(content: bytes, ending: str) -> None:
    begun = {"pdf": b"%PDF-1.7\n", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0"}.get(ending, b"PK\x03\x04")
    for sent in (content, begun + content):
        with pytest.raises(Unfit):
            judge(f"file.{ending}", sent)
