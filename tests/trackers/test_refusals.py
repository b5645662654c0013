"""What can't be read is refused in a sentence that says what to do; nothing large is unpacked first."""

import contextlib
import io
import struct
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trackers.making import ROW, csv_of, read, rewritten, row_with, sheet_of
from trackers import NotASpreadsheet
from trackers.refusals import (
    Damaged,
    EmptyFile,
    Locked,
    OldExcel,
    OpenQuotation,
    OtherSpreadsheet,
    TooLarge,
    UnpacksTooLarge,
)

DATA = Path(__file__).parent / "data"
SMALL = sheet_of([["Ref", "Action", "Owner", "Due date"], ["1", "Check ten charts", "Jo Madeupley", "31/12/2026"]])
SHEET = "xl/worksheets/sheet1.xml"


def zip_of(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_with(cells: str) -> bytes:
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return rewritten(SMALL, SHEET, lambda _: start + cells.encode() + b"</sheetData></worksheet>")


REFUSED: list[tuple[str, bytes, type[NotASpreadsheet]]] = [
    ("nothing", b"", EmptyFile),
    ("blanks", b" \r\n ", EmptyFile),
    ("PDF", b"%PDF-1.7\n1 0 obj", NotASpreadsheet),
    ("picture", b"\x89PNG\r\n\x1a\n" + bytes(64), NotASpreadsheet),
    ("program", b"MZ\x90\x00" + bytes(64), NotASpreadsheet),
    ("prose", b"Dear all,\nplease find the tracker attached.\n", NotASpreadsheet),
    ("web page", b"<html><body><table><tr><td>Ref</td></tr></table></body></html>", NotASpreadsheet),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), OldExcel),
    ("locked", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "EncryptedPackage".encode("utf-16-le"), Locked),
    ("zip", zip_of(**{"notes.txt": b"hello"}), NotASpreadsheet),
    ("Word", zip_of(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}), NotASpreadsheet),
    ("OpenDocument", zip_of(**{"mimetype": b"x", "content.xml": b"<office/>"}), OtherSpreadsheet),
    ("binary Excel", zip_of(**{"[Content_Types].xml": b"x", "xl/workbook.bin": b"x"}), OtherSpreadsheet),
    ("half of it", SMALL[: len(SMALL) // 2], Damaged),
    (
        "entities",
        rewritten(SMALL, SHEET, lambda old: b'<!DOCTYPE a [<!ENTITY b "c">]>' + old.partition(b"?>")[2]),
        Damaged,
    ),
    ("torn XML", rewritten(SMALL, SHEET, lambda old: old[:-30]), Damaged),
    ("bomb", rewritten(SMALL, SHEET, lambda old: old + b" " * 60_000_000), UnpacksTooLarge),
    ("cell at the end of the sheet", sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), TooLarge),
    (
        "cell beyond every sheet",
        sheet_with('<row r="99999999999"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
        TooLarge,
    ),
    ("open quotation", csv_of(ROW, row_with(finding='"never ends')) + b"\r\nx,y" * 60_000, OpenQuotation),
    ("too many columns", ",".join(["Action"] * 600).encode() + b"\n" + b",".join([b"x"] * 600), TooLarge),
    ("half a wide character", "Ref,Action\n1,2\n".encode("utf-16") + b"\xd8", NotASpreadsheet),
]


@pytest.mark.parametrize(("content", "refusal"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_tracker_is_refused_with_a_sentence(content: bytes, refusal: type[NotASpreadsheet]) -> None:
    with pytest.raises(NotASpreadsheet) as refused:
        read(content)
    assert refused.type is refusal
    assert str(refused.value).endswith(".")
    assert refused.value.status in (413, 422)


def test_a_size_that_the_directory_lies_about_is_seen() -> None:
    """The directory says ten bytes; the sheet has thousands."""
    with ZipFile(io.BytesIO(SMALL)) as archive:
        true = archive.getinfo(SHEET).file_size
    lying = SMALL.replace(struct.pack("<I", true), struct.pack("<I", 10))
    with pytest.raises(Damaged):
        read(lying)


def test_an_entry_that_is_said_to_be_encrypted_is_locked() -> None:
    with ZipFile(io.BytesIO(SMALL)) as archive:
        names = [entry.filename for entry in archive.infolist()]
    locked = bytearray(SMALL)
    at = -1
    for _ in names:
        at = locked.index(b"PK\x01\x02", at + 1)
        locked[at + 8] |= 1
    with pytest.raises(Locked):
        read(bytes(locked))


def test_far_away_formatting_without_content_is_no_reason_to_refuse() -> None:
    far = sheet_with(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Ref</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Action</t></is></c></row>'
        '<row r="2"><c r="B2" t="inlineStr"><is><t>Check ten charts</t></is></c></row>'
        '<row r="1048576"><c r="A1048576" s="0"/></row>'
    )
    assert [row.facts["action"] for row in read(far).actions] == ["Check ten charts"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray((DATA / "messy-tracker.xlsx").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refused(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_xml_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]))

    def damaged(old: bytes) -> bytes:
        at = data.draw(st.integers(0, len(old) - 1))
        cut = data.draw(st.integers(0, 12))
        return old[:at] + data.draw(st.binary(max_size=8)) + old[at + cut :]

    _read_or_refused(rewritten((DATA / "messy-tracker.xlsx").read_bytes(), part, damaged))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: csv_of(ROW) + text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused_and_nothing_else(content: bytes) -> None:
    _read_or_refused(content)


def _read_or_refused(content: bytes) -> None:
    """Any other exception fails the test."""
    with contextlib.suppress(NotASpreadsheet):
        tracker = read(content)
        assert all(row.ignored is None or row.ignored for row in tracker.rows)


def test_compressed_nonsense_is_damaged() -> None:
    with pytest.raises(NotASpreadsheet):
        read(b"PK\x03\x04" + zlib.compress(b"x" * 1000))
