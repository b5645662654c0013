"""What a file is, by its content; its name is only a label. What is not on the list is refused."""

import io
import zipfile
from pathlib import Path

import filetype

from evidence.refusals import Broken, EmptyFile, WrongType

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    WORD: (".docx",),
    EXCEL: (".xlsx",),
    "text/csv": (".csv",),
    "text/plain": (".txt", ".csv", ".md", ".log"),
}
MOST_ENTRIES = 2000
MOST_UNPACKED = 200_000_000
MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"<body", b"<iframe")


def media_type_of(path: Path, name: str) -> str:
    """The media type by content; refuses what is not on the list, and a name that says something else."""
    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise EmptyFile
    media_type = _sniff(path, head, name)
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in SUFFIXES[media_type] and suffix in {s for group in SUFFIXES.values() for s in group}:
        said, found = suffix.lstrip(".").upper(), SUFFIXES[media_type][0].lstrip(".").upper()
        raise WrongType(f"The name says {said}, but the file is {found}. Rename it, or choose the right file.")
    return media_type


def _sniff(path: Path, head: bytes, name: str) -> str:
    if head.startswith(b"PK"):
        return _office(path)
    guess = filetype.guess(head)
    if guess is not None:
        if guess.mime in SUFFIXES:
            return guess.mime
        raise WrongType
    return _text(path, head, name)


def _office(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Broken from None
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise WrongType("This file unpacks to far more than it should. Save it again, or as a PDF.")
    if any(entry.endswith("vbaProject.bin") for entry in names):
        raise WrongType("This file has macros. Save it without them, or as a PDF.")
    if "word/document.xml" in names:
        return WORD
    if "xl/workbook.xml" in names:
        return EXCEL
    raise WrongType


def _text(path: Path, head: bytes, name: str) -> str:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()[:1024].replace(b"\x00", b"")
    if any(mark in start for mark in MARKUP):
        raise WrongType("Web pages and drawings with script can't be taken. Save it as a PDF or a picture.")
    content = path.read_bytes()
    if not _decodes(content):
        raise WrongType
    return "text/csv" if Path(name).suffix.lower() == ".csv" else "text/plain"


def _decodes(content: bytes) -> bool:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _as(content, "utf-16")
    if b"\x00" in content:
        return False
    return _as(content, "utf-8") or _as(content, "cp1252")


def _as(content: bytes, encoding: str) -> bool:
    try:
        io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except UnicodeError:
        return False
    return True
