"""One writer of workbooks: what is written is read back in both forms, text is text, and the bytes are the same."""

import io
import time
import zipfile
from collections.abc import Callable

import openpyxl  # type: ignore[import-untyped]
import pytest
import python_calamine

from cse_tracker.sheets.book import Book, Sheet
from cse_tracker.sheets.writing import ods, xlsx

WIDE = tuple(f"column {number}" for number in range(30))
BOOK = Book(
    "A book",
    "Somebody",
    [
        Sheet("Cover", "A title", ("A line.", "Another.")),
        Sheet(
            "Table_1", "A table", ("Said before it.",), ("name", "count"), (("One", 5), ("Two", "[c]")), figures=True
        ),
        Sheet("Two words", columns=WIDE, rows=[["=1+1", 2.5, None, *(["x"] * 27)]], hints={1: "Half a thing"}),
        Sheet("Empty", columns=("only", "headings")),
    ],
)


@pytest.mark.parametrize("write", [ods, xlsx])
def test_what_is_written_is_read_back(write: Callable[[Book], bytes]) -> None:
    read = python_calamine.load_workbook(io.BytesIO(write(BOOK)))
    assert read.sheet_names == ["Cover", "Table_1", "Two words", "Empty"]
    assert [row[0] for row in read.get_sheet_by_name("Cover").to_python()] == ["A title", "A line.", "Another."]
    assert read.get_sheet_by_name("Table_1").to_python()[2:] == [["name", "count"], ["One", 5.0], ["Two", "[c]"]]
    assert read.get_sheet_by_name("Two words").to_python()[0] == list(WIDE)
    assert read.get_sheet_by_name("Two words").to_python()[1][:4] == ["=1+1", 2.5, "", "x"]
    assert read.get_sheet_by_name("Empty").to_python()[0] == ["only", "headings"]


@pytest.mark.parametrize("write", [ods, xlsx])
def test_a_book_written_again_later_is_the_same_to_the_byte(write: Callable[[Book], bytes]) -> None:
    first = write(BOOK)
    time.sleep(2.1)  # a zip tells the time in steps of two seconds
    assert write(BOOK) == first


def test_tables_are_marked_up_and_text_is_never_a_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(BOOK)))
    found = {table.name: table.ref for sheet in book for table in sheet.tables.values()}
    assert found == {"table_1": "A3:B5", "two_words": "A1:AD2", "empty": "A1:B2"}
    assert book["Two words"]["A2"].data_type == "s"
    assert book["Two words"]["B1"].comment.text == "Half a thing"
    assert book["Two words"].freeze_panes == "A2"
    assert book["Table_1"].freeze_panes is None
    text = zipfile.ZipFile(io.BytesIO(ods(BOOK))).read("content.xml").decode()
    assert "table:formula" not in text
    assert "Table_1.A3:Table_1.B5" in text
    assert "'Two words'.A1:'Two words'.AD2" in text.replace("&apos;", "'")
