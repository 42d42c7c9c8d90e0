"""Made-up files: small ones of every kind that is taken, and those that must be refused."""

import io
import random
import zipfile

import odfdo
import pikepdf
import xlsxwriter
from PIL import Image

WORD_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
WORD_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def png(size: tuple[int, int] = (8, 8), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG", **more)
    return out.getvalue()


def noise(side: int = 300) -> bytes:
    """A PNG image that does not shrink: about three bytes for each of side times side pixels."""
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), pixels).save(out, "PNG", compress_level=0)
    return out.getvalue()


def jpeg(where: str = "", comment: str = "") -> bytes:
    """A JPEG image that says where it was taken, if anywhere."""
    image, out = Image.new("RGB", (8, 8), "teal"), io.BytesIO()
    exif = Image.Exif()
    if where:
        exif[0x010E] = where
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (51.0, 32.0, 45.0)
    image.save(out, "JPEG", exif=exif, comment=comment.encode())
    return out.getvalue()


def pdf(author: str = "", script: str = "", attached: str = "", pages: int = 1, password: str = "") -> bytes:
    document, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        document.add_blank_page()
    if author:
        document.docinfo["/Author"] = author
        with document.open_metadata() as metadata:
            metadata["dc:creator"] = [author]
    if script:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
        document.Root.OpenAction = action
        document.pages[0].obj.AA = pikepdf.Dictionary(O=action)
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
        document.pages[0].obj.Annots = pikepdf.Array([note])
    if attached:
        document.attachments["inside.txt"] = attached.encode()
    encryption = pikepdf.Encryption(owner=password, user=password) if password else False
    document.save(out, encryption=encryption, compress_streams=False)
    return out.getvalue()


def archive(parts: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(**parts: bytes | str) -> bytes:
    """A Word document; more parts by name with `__` for a slash and `_DOT_` for a dot."""
    more = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in parts.items()}
    return archive(
        {
            "[Content_Types].xml": WORD_TYPES,
            "_rels/.rels": WORD_RELATIONS,
            "word/document.xml": '<?xml version="1.0"?><w:document xmlns:w='
            '"http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>',
            **more,
        }
    )


def xlsx(author: str = "") -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet().write(0, 0, "Attendance")
    book.set_properties({"author": author})
    book.close()
    return out.getvalue()


def odt(author: str = "") -> bytes:
    document, out = odfdo.Document("text"), io.BytesIO()
    document.meta.creator = author
    document.save(out)
    return out.getvalue()
