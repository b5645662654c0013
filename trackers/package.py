"""An .xlsx file is a zip archive: looked into before anything parses it."""

import io
import zipfile
import zlib

from trackers.refusals import Damaged, Locked, NotASpreadsheet, OldExcel, OtherSpreadsheet, TooLarge, UnpacksTooLarge

MOST_BYTES = 30 * 1024 * 1024
MOST_ENTRIES = 2000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 400  # an honest sheet of one repeated row comes near 100
FREE_OF_RATIO = 4 * 1024 * 1024  # small files may pack as well as they like
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
READ = 1 << 20


def refuse_old_or_locked(content: bytes) -> None:
    """Excel keeps its old files and its password-protected new ones in the same kind of container."""
    if content.startswith(OLE[:4]):
        raise Locked if "EncryptedPackage".encode("utf-16-le") in content else OldExcel


def open_package(content: bytes) -> zipfile.ZipFile:
    """The archive of an .xlsx file, checked: entries, sizes as stated and as unpacked, and what it is."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as fault:
        raise fault if isinstance(fault, NotASpreadsheet) else Damaged from None
    return archive


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Locked
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise UnpacksTooLarge
    if any(entry.file_size > FREE_OF_RATIO + MOST_RATIO * entry.compress_size for entry in entries):
        raise UnpacksTooLarge
    _check_kind(names)
    if len(names) != len(entries):
        raise Damaged
    for entry in entries:
        _unpack(archive, entry)


def _check_kind(names: set[str]) -> None:
    if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise OtherSpreadsheet
    raise NotASpreadsheet


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Reads to the end, so that a size the directory lies about, or a wrong checksum, shows here and not later."""
    with archive.open(entry) as file:
        while file.read(READ):
            pass


def check_size(content: bytes) -> None:
    """Refuse what is larger than any tracker."""
    if len(content) > MOST_BYTES:
        raise TooLarge
