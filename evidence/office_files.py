"""Word and Excel files are zip archives: looked into before anything else reads them."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from evidence.refusals import Broken, Macros, OldOrLocked, UnpacksTooLarge, WrongType

MOST_ENTRIES = 2000
MOST_UNPACKED = 200 * 1024 * 1024
PROGRAMS = re.compile(r"vba(?:project|data)|macrosheets/|activex/|embeddings/.*\.bin$|\.(?:exe|dll|js|vbs)$", re.I)
READ = 1 << 20


def office_type(path: Path) -> Literal["word", "xl"]:
    """Which of the two it is.

    Refuses damaged and locked archives, too many entries, too much inside, and anything inside that can run
    or that would fetch a template from elsewhere. Sizes are what the directory says, then checked by unpacking.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _checked(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError):
        raise Broken from None


def _checked(archive: zipfile.ZipFile) -> Literal["word", "xl"]:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise UnpacksTooLarge
    if any(entry.flag_bits & 1 for entry in entries):
        raise OldOrLocked
    kind = _kind(names)
    if any(PROGRAMS.search(name) for name in names) or b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise Macros
    if _fetches_template(archive, names):
        raise Macros("This document fetches a template from elsewhere. Save it as a PDF.")
    if len(names) != len(entries) or archive.testzip() is not None:
        raise Broken
    return kind


def _kind(names: set[str]) -> Literal["word", "xl"]:
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return "word"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "xl"
    raise WrongType("Zip archives and this kind of document can't be taken. Save it as Word, Excel or PDF.")


def _fetches_template(archive: zipfile.ZipFile, names: set[str]) -> bool:
    links = "word/_rels/settings.xml.rels"
    if links not in names:
        return False
    content = archive.read(links)
    return b"attachedTemplate" in content and b'TargetMode="External"' in content
