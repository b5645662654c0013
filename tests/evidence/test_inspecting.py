import struct

import pytest

from evidence import office_files
from evidence.refusals import (
    Broken,
    EmptyFile,
    FileRefused,
    Macros,
    OldOrLocked,
    UnpacksTooLarge,
    WebPage,
    WrongType,
)
from evidence.store import EvidenceStore
from tests.evidence.making import DATA, TYPES, arriving, files_under, picture, word_file, zipped

RELS = b'<Relationship Type="http://x/attachedTemplate" Target="https://example.org/t" TargetMode="External"/>'


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"<!DOCTYPE html><title>x</title>", "note.txt", WebPage),
        (b"\xef\xbb\xbf \r\n<HTML><p>x", "daily.csv", WebPage),
        ("<html><p>x".encode("utf-16"), "note.txt", WebPage),
        (b"notes\n< script>alert(1)</script>", "note.txt", WebPage),
        (b'<?xml version="1.0"?><svg/>', "chart.png", WebPage),
        (b"#!/bin/sh\necho", "note.txt", WebPage),
        (b"start calc", "run.bat", WebPage),
        (b"plain words", "page.HTML", WebPage),
        (b"{\\rtf1 hello}", "letter.doc", WrongType),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old.doc", OldOrLocked),
        (b"\0\0\0\x18ftypheic" + bytes(64), "IMG_1.HEIC", WrongType),
        (b"MZ\x90\0" + bytes(100), "setup.pdf", WrongType),
        (b"GIF89a" + bytes(40), "moving.gif", WrongType),
        (b"nul\0byte", "note.txt", WrongType),
        (b"bell\x07", "note.txt", WrongType),
        (b"\xff\xfe\x00\xd8", "half.txt", WrongType),
        (b" \r\n\t\n", "blank.txt", EmptyFile),
        (b"%PDF-1.7\n1 0 obj", "cut.pdf", Broken),
        (b"PK\x03\x04 and then nothing of the kind", "plan.docx", Broken),
        (picture()[:200], "cut.jpg", Broken),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "bad.png", Broken),
    ],
)
async def test_what_could_run_or_cant_be_read_is_refused_whatever_its_name(
    store: EvidenceStore, content: bytes, name: str, refusal: type[FileRefused]
) -> None:
    with pytest.raises(refusal) as refused:
        await store.receive(arriving(content), name)
    assert type(refused.value) is refusal
    assert len(str(refused.value).split()) > 8, "says what to do"
    assert not files_under(store.folder)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (zipped({"notes.txt": b"x"}), WrongType),
        (zipped({"[Content_Types].xml": TYPES, "ppt/presentation.xml": b"<p/>"}), WrongType),
        (word_file(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin"), Macros),
        (zipped({"[Content_Types].xml": b"application/macroEnabled.main+xml", "xl/workbook.xml": b"<w/>"}), Macros),
        (zipped({"[Content_Types].xml": TYPES, "xl/workbook.xml": b"", "xl/macrosheets/sheet1.xml": b""}), Macros),
        (zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"", "word/embeddings/o1.bin": b""}), Macros),
        (
            zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"", "word/_rels/settings.xml.rels": RELS}),
            Macros,
        ),
        (word_file(**{f"e{n}": b"" for n in range(office_files.MOST_ENTRIES)}), UnpacksTooLarge),
        (word_file(word__document2=bytes(office_files.MOST_UNPACKED)), UnpacksTooLarge),
    ],
    ids=["zip", "pptx", "vba", "docm", "macrosheet", "object", "template", "entries", "bomb"],
)
async def test_archives_are_looked_into(store: EvidenceStore, content: bytes, refusal: type[FileRefused]) -> None:
    assert len(content) < 1_000_000, "a bomb is small before it goes off"
    with pytest.raises(refusal) as refused:
        await store.receive(arriving(content), "plan.docx")
    assert type(refused.value) is refusal
    assert not files_under(store.folder)


async def test_an_archive_that_lies_about_its_sizes_is_refused(store: EvidenceStore) -> None:
    honest = word_file(word__more=bytes(5_000_000))
    lying = honest.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 50))
    assert lying != honest
    with pytest.raises(Broken):
        await store.receive(arriving(lying), "plan.docx")


async def test_a_locked_archive_is_told_from_a_damaged_one(store: EvidenceStore) -> None:
    content = bytearray(word_file())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(mark, start)) >= 0:
            content[start + place] |= 1
            start += 4
    with pytest.raises(OldOrLocked, match="password"):
        await store.receive(arriving(bytes(content)), "plan.docx")


@pytest.mark.parametrize(
    ("content", "name", "media_type", "filename"),
    [
        (b"BMI recorded weekly", "weights.txt", "text/plain", "weights.txt"),
        (b"a,b\n1,2\n", "records.CSV", "text/csv", "records.CSV"),
        (b"a,b\n1,2\n", "records.xlsx", "text/plain", "records.txt"),
        (b"a,b\n1,2\n", "records", "text/plain", "records.txt"),
        ("fluids ≥ 1,500 ml".encode("utf-16"), "note.txt", "text/plain", "note.txt"),
        ("£5 – café".encode("cp1252"), "note.txt", "text/plain", "note.txt"),
        (b"weight < 50 kg and <meal> blank", "note.txt", "text/plain", "note.txt"),
        (picture("PNG"), "photo.jpg", "image/png", "photo.png"),
        (picture("WEBP"), "photo.v2", "image/webp", "photo.v2.webp"),
        (picture(), "photo.exe", "image/jpeg", "photo.exe.jpg"),
    ],
)
async def test_a_file_is_kept_as_what_it_is(
    store: EvidenceStore, content: bytes, name: str, media_type: str, filename: str
) -> None:
    kept = await store.receive(arriving(content), name)
    assert (kept.media_type, kept.filename, kept.original_filename) == (media_type, filename, name)


async def test_a_document_with_a_page_or_archive_behind_it_is_only_ever_a_download(store: EvidenceStore) -> None:
    content = (DATA / "handover-note-2026-06-15.pdf").read_bytes() + b"<html><script>alert(1)</script>"
    kept = await store.receive(arriving(content), "note.html")
    served = store.download(kept.sha256, kept.filename, kept.media_type)
    assert kept.filename == "note.html.pdf"
    assert served.headers["Content-Type"] == "application/pdf"
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
