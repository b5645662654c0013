"""What a file is, by its content; its name is only a label. What is not on the list is refused."""

import re
from pathlib import Path

import filetype

from evidence.office_files import office_type
from evidence.refusals import Broken, EmptyFile, OldOrLocked, WebPage, WrongType

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})
SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    WORD: (".docx",),
    EXCEL: (".xlsx",),
    "text/csv": (".csv",),
    "text/plain": (".txt", ".md", ".log"),
}
KNOWN_SUFFIXES = frozenset(suffix for group in SUFFIXES.values() for suffix in group)
# A computer runs or renders these; harmless text has no reason to be called so.
ACTIVE_SUFFIXES = (
    *(".html", ".htm", ".xhtml", ".xht", ".mhtml", ".mht", ".svg", ".svgz", ".xml", ".xsl", ".hta", ".js", ".mjs"),
    *(".vbs", ".vbe", ".jse", ".wsf", ".ps1", ".bat", ".cmd", ".com", ".exe", ".scr", ".sh", ".command", ".py"),
    *(".php", ".jar", ".lnk", ".url", ".desktop", ".reg", ".inf", ".eml", ".swf"),
)
HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")
MARKUP = re.compile(
    r"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|meta|link|style)\b|<\?(?:xml|php)", re.I
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
HEIC_ADVICE = (
    "This photo is in the HEIC format, which few computers here can open. Send a screenshot of it; for the next"
    " photos choose Settings, Camera, Formats, Most compatible on the iPhone."
)
HEAD = 8192


def media_type_of(path: Path, name: str) -> str:
    """The media type by content, whatever the name says; the name only tells CSV from other text.

    Refuses what is empty, damaged, not on the list, or could run.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise EmptyFile
    if head.startswith(b"PK\x03\x04"):
        return {"word": WORD, "xl": EXCEL}[office_type(path)]
    guess = filetype.guess(head)
    media_type = str(guess.mime) if guess is not None else None
    if media_type in IMAGES:
        return media_type
    if media_type == "application/pdf":
        return _pdf(path)
    return _text(path, head, name)


def _pdf(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        if b"%%EOF" not in file.read():
            raise Broken("Only part of this PDF is here. Save it again, and choose it once more.")
    return "application/pdf"


def _text(path: Path, head: bytes, name: str) -> str:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise OldOrLocked
    if head[4:12] in HEIC:
        raise WrongType(HEIC_ADVICE)
    content = _decoded(path.read_bytes())
    if content is None:
        raise WrongType
    if not content.strip("\ufeff \t\r\n"):
        raise EmptyFile
    if content.startswith(("{\\rtf", "%!PS")):
        raise WrongType("This kind of document can't be taken. Save it as Word or PDF.")
    if MARKUP.search(content[:HEAD]) or content.startswith("#!") or name.lower().endswith(ACTIVE_SUFFIXES):
        raise WebPage
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def _decoded(content: bytes) -> str | None:
    """The text, or None when it is none: no encoding fits, or it has characters that text does not have."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        return None if CONTROL.search(text) else text
    return None
