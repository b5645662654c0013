"""The store: files named by the SHA-256 of their content, on disk for good before any row speaks of them."""

import asyncio
import contextlib
import errno
import hashlib
import os
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from evidence.images import redraw
from evidence.inspect import IMAGES, media_type_of
from evidence.refusals import EmptyFile, NoRoom, TooLarge

LARGEST_FILE = 20 * 1024 * 1024
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept. `filename` is what people see; it names nothing on disk."""

    sha256: bytes
    size: int
    media_type: str
    filename: str
    scan: str = "not scanned"


class EvidenceStore:
    """The folder that evidence is kept in."""

    def __init__(self, folder: Path, *, largest: int = LARGEST_FILE) -> None:
        self.folder = folder
        self._largest = largest
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    async def receive(self, chunks: AsyncIterator[bytes], name: str) -> StoredFile:
        """Take a file as it comes in. Refused or cut off, it leaves nothing behind.

        Raises a FileRefused whose message tells the person what to do.
        """
        handle, partial = tempfile.mkstemp(dir=self._incoming)
        path = Path(partial)
        try:
            with os.fdopen(handle, "wb") as file, _room():
                size = 0
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self._largest:
                        raise TooLarge
                    file.write(chunk)
            if size == 0:
                raise EmptyFile
            return await asyncio.to_thread(self._keep, path, name)
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, path: Path, name: str) -> StoredFile:
        filename = display_name(name)
        media_type = media_type_of(path, filename)
        with _room():
            if media_type in IMAGES:
                drawn = path.with_suffix(".drawn")
                try:
                    redraw(path, drawn, media_type)
                    os.replace(drawn, path)
                finally:
                    drawn.unlink(missing_ok=True)
            return self._settle(path, filename, media_type)

    def _settle(self, path: Path, filename: str, media_type: str) -> StoredFile:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            os.fsync(file.fileno())
        size = path.stat().st_size
        final = self.path_of(digest)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, final)
        _sync_folder(final.parent)
        return StoredFile(digest, size, media_type, filename)

    def path_of(self, sha256: bytes) -> Path:
        """Where a file with this content lies."""
        name = sha256.hex()
        return self.folder / name[:2] / name

    def is_whole(self, sha256: bytes) -> bool:
        """Whether the file is there and is still what it was."""
        path = self.path_of(sha256)
        if not path.exists():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest() == sha256

    def sweep(self) -> int:
        """Remove what an interrupted upload left; how many files that were. Call when nothing is coming in."""
        left = list(self._incoming.iterdir())
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


def display_name(name: str) -> str:
    """A file's name for people: no folders, no control or direction characters, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" or c == "\u200d").strip(". ")
    stem, dot, suffix = kept.rpartition(".")
    if len(kept) > 120:
        kept = f"{stem[: 119 - len(suffix)]}{dot}{suffix}"[:120]
    return kept or "file"


def headers_for(filename: str, media_type: str) -> dict[str, str]:
    """Serve as a download only, as what it is, with nothing able to run in it (RFC 6266, RFC 5987)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in filename)
    return {
        "Content-Type": media_type if not media_type.startswith("text/") else "text/plain; charset=utf-8",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


@contextlib.contextmanager
def _room() -> Generator[None]:
    try:
        yield
    except OSError as full:
        if full.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from full
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
