"""Take a file in as it arrives: limits while it runs, hashed while it is written, nothing kept of what is refused."""

import asyncio
import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import Protocol, TypeVar

from evidence.refusals import CutOff, EmptyFile, NoRoom, TooLarge, TooManyFiles, TooSlow

MB = 1024 * 1024
CHUNK = 64 * 1024
WRITTEN_AT_ONCE = 256 * 1024
T = TypeVar("T")


class Readable(Protocol):
    """An upload that is read in pieces, as web frameworks give it."""

    async def read(self, size: int = -1, /) -> bytes: ...


Source = AsyncIterator[bytes] | Readable


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come in: bytes a file, files a request, bytes a request; seconds to wait for the next piece."""

    file: int = 20 * MB
    files: int = 10
    request: int = 60 * MB
    patience: float = 60.0


@dataclass(slots=True)
class Allowance:
    """What one request may still send. Make one a request, and pass it with each of its files."""

    limits: Limits = field(default_factory=Limits)
    files: int = 0
    received: int = 0

    def next_file(self) -> None:
        """Count a file; refuses one too many."""
        self.files += 1
        if self.files > self.limits.files:
            raise TooManyFiles(f"Up to {self.limits.files} files at once. Send the others after these.")

    def take(self, arrived: int, of_file: int) -> None:
        """Count bytes that arrived, `of_file` in this file; refuses what is over either limit."""
        self.received += arrived
        if of_file > self.limits.file:
            raise TooLarge(
                f"This file is too large. A file may have up to {_in_words(self.limits.file)};"
                " a photo in a smaller size, or a PDF in parts, will do."
            )
        if self.received > self.limits.request:
            raise TooLarge(
                f"These files are too large together. Up to {_in_words(self.limits.request)} can come at once;"
                " send some now and the others after."
            )


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it was sent, complete and on disk, not yet looked at."""

    path: Path
    size: int
    sha256: bytes


@contextlib.contextmanager
def workroom(incoming: Path) -> Generator[Path]:
    """A folder for one upload's files; it and all in it are gone afterwards, whatever happened."""
    with room(), tempfile.TemporaryDirectory(dir=incoming, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


async def receive(source: Source, folder: Path, allowance: Allowance, expected: int | None = None) -> Received:
    """Write what arrives to a file in `folder` and sync it.

    `expected` is the length the sender announced, where it did. Raises a FileRefused; what the source
    itself raises (the sender went away) passes through.
    """
    allowance.next_file()
    path, digest, size, waiting = folder / "received", hashlib.sha256(), 0, bytearray()
    with room(), path.open("xb", buffering=0) as file:
        while (piece := await _next_piece(source, allowance.limits.patience)) is not None:
            size += len(piece)
            allowance.take(len(piece), size)
            waiting += piece
            if len(waiting) >= WRITTEN_AT_ONCE:
                await in_thread(partial(_write, file, digest, bytes(waiting)))
                waiting.clear()
        await in_thread(partial(_write, file, digest, bytes(waiting)))
        await in_thread(partial(os.fsync, file.fileno()))
    if expected is not None and size < expected:
        raise CutOff
    if size == 0:
        raise EmptyFile
    return Received(path, size, digest.digest())


async def _next_piece(source: Source, patience: float) -> bytes | None:
    try:
        async with asyncio.timeout(patience):
            if isinstance(source, AsyncIterator):
                return await anext(source, None)
            return await source.read(CHUNK) or None
    except TimeoutError:
        raise TooSlow from None


def _write(file: RawIOBase, digest: "hashlib._Hash", part: bytes) -> None:
    digest.update(part)
    left = memoryview(part)
    while left:
        left = left[file.write(left) or 0 :]


async def in_thread(work: Callable[[], T]) -> T:
    """Do blocking work off the event loop. Cancelled, it first lets the work end, so that nothing writes after us."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if task.done() and not task.cancelled():
            task.exception()  # nobody is left to hear of it
        raise


@contextlib.contextmanager
def room() -> Generator[None]:
    """Say in plain words that the disk is full."""
    try:
        yield
    except OSError as full:
        if full.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from full
        raise


def _in_words(size: int) -> str:
    return f"{size // MB} MB" if size >= MB else f"{size} bytes"
