"""The store: files named by the SHA-256 of their content, on disk for good before any row speaks of them."""

import asyncio
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from evidence.images import redraw
from evidence.inspect import IMAGES, KNOWN_SUFFIXES, SUFFIXES, media_type_of
from evidence.keeping import Health, files_in, is_intact, put, remove_older, set_aside
from evidence.names import display_name, fitting_name, headers_for
from evidence.receive import Allowance, Limits, Received, Source, in_thread, receive, workroom
from evidence.refusals import Infected, NotThere, Quarantined
from evidence.scan import Clamd, Scan

__all__ = ["Download", "EvidenceStore", "StoredFile", "display_name", "headers_for"]

LEFT_FOR, ASIDE_FOR = timedelta(hours=6), timedelta(days=30)
REDRAWN_AT_ONCE = 2  # each may need some 300 MB while it is drawn


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept. `filename` is what people see; it names nothing on disk.

    A photo is kept without what it says about place and device, so its `original_sha256`, of the bytes
    that were sent, differs from `sha256`, of the bytes that are kept.
    """

    sha256: bytes
    size: int
    media_type: str
    filename: str
    scan: str = Scan.NOT_SCANNED
    original_sha256: bytes | None = None
    original_filename: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send to a browser, with the headers it must be sent with."""

    path: Path
    size: int
    headers: dict[str, str]


class EvidenceStore:
    """The folder that evidence is kept in."""

    def __init__(self, folder: Path, limits: Limits | None = None, scanner: Clamd | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self._scanner = scanner
        self._incoming, self._quarantine = folder / "incoming", folder / "quarantine"
        self._unowned = folder / "unowned"
        self._drawing = asyncio.Semaphore(REDRAWN_AT_ONCE)
        for part in (self._incoming, self._quarantine):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)

    def allowance(self) -> Allowance:
        """What one request may send; pass it with each of its files."""
        return Allowance(self.limits)

    async def receive(
        self, source: Source, name: str, allowance: Allowance | None = None, expected: int | None = None
    ) -> StoredFile:
        """Take a file as it comes in. Refused or cut off, it leaves nothing behind.

        `expected` is the announced length. Raises a FileRefused whose message tells the person what to do.
        """
        with workroom(self._incoming) as folder:
            sent = await receive(source, folder, allowance or self.allowance(), expected)
            label = display_name(name)
            media_type = await in_thread(lambda: media_type_of(sent.path, label))
            scan = await self._scanned(sent.path)
            kept = await self._redrawn(sent, media_type)
            scan = await in_thread(lambda: self._settle(kept, scan))
        return StoredFile(
            kept.sha256,
            kept.size,
            media_type,
            fitting_name(label, SUFFIXES[media_type], KNOWN_SUFFIXES),
            scan,
            sent.sha256,
            name,
        )

    async def _scanned(self, path: Path) -> Scan:
        if self._scanner is None:
            return Scan.NOT_SCANNED
        verdict = await self._scanner.look_at(path)
        if verdict.found:
            raise Infected
        return Scan.CLEAN if verdict.clean else Scan.QUARANTINED

    async def _redrawn(self, sent: Received, media_type: str) -> Received:
        if media_type not in IMAGES:
            return sent
        drawn = sent.path.with_name("drawn")
        async with self._drawing:
            await in_thread(lambda: redraw(sent.path, drawn, media_type))
        return await in_thread(lambda: _measured(drawn))

    def _settle(self, kept: Received, scan: Scan) -> Scan:
        final, held = self.path_of(kept.sha256), self._held(kept.sha256)
        if scan is Scan.QUARANTINED and is_intact(final, kept.sha256):
            os.utime(final)  # as new as one put there now: its row is about to commit, so that it is not set aside
            return Scan.NOT_SCANNED  # it is served already; hiding a second copy protects nobody
        put(kept.path, held if scan is Scan.QUARANTINED else final)
        if scan is not Scan.QUARANTINED:
            held.unlink(missing_ok=True)
        return scan

    async def scan_again(self, sha256: bytes) -> Scan:
        """Look again at a quarantined file; clean, it can be served. Raises Infected and leaves it where it is."""
        held = self._held(sha256)
        if not held.exists():
            raise NotThere
        scan = await self._scanned(held)
        if scan is Scan.CLEAN:
            await in_thread(lambda: put(held, self.path_of(sha256)))
        return scan

    def in_quarantine(self) -> tuple[bytes, ...]:
        """The files that wait for the scanner."""
        return tuple(files_in(self._quarantine))

    def download(self, sha256: bytes, filename: str, media_type: str) -> Download:
        """A kept file, to be served with these headers and no others. Raises Quarantined or NotThere."""
        path = self.path_of(sha256)
        if not path.exists():
            raise Quarantined if self._held(sha256).exists() else NotThere
        return Download(path, path.stat().st_size, headers_for(filename, media_type))

    def path_of(self, sha256: bytes) -> Path:
        """Where a file with this content lies."""
        return _under(self.folder, sha256)

    def is_whole(self, sha256: bytes) -> bool:
        """Whether the file is there, served or quarantined, and is still what it was."""
        return is_intact(self.path_of(sha256), sha256) or is_intact(self._held(sha256), sha256)

    def verify(self, expected: Iterable[bytes] = ()) -> Health:
        """Read every kept file again, and look for those `expected`; what is damaged, and what is missing."""
        kept = {**files_in(self._quarantine), **files_in(self.folder)}
        damaged = tuple(digest for digest, path in kept.items() if not is_intact(path, digest))
        return Health(len(kept), damaged, tuple(sorted(set(expected) - set(kept))))

    def sweep(self, now: datetime, older_than: timedelta = LEFT_FOR) -> int:
        """Remove what a killed process left of uploads; how many that were. Uploads still running stay.

        What was set aside as nobody's goes with it, after a month.
        """
        if self._unowned.exists():
            remove_older(self._unowned, (now - ASIDE_FOR).timestamp())
        return remove_older(self._incoming, (now - older_than).timestamp())

    def kept(self) -> tuple[bytes, ...]:
        """What lies in the store, served, quarantined or set aside."""
        aside = (bytes.fromhex(path.name) for path in self._unowned.glob("*"))
        return tuple({**files_in(self._quarantine), **files_in(self.folder), **dict.fromkeys(aside)})

    def set_aside(self, unowned: Iterable[bytes], now: datetime, older_than: timedelta = LEFT_FOR) -> int:
        """Take files that no row speaks of out of the way, unless they are new: their row may be about to commit."""
        before, moved = (now - older_than).timestamp(), 0
        for sha256 in unowned:
            for path in (self.path_of(sha256), self._held(sha256)):
                if path.exists() and path.stat().st_mtime < before:
                    moved += set_aside(path, self._unowned / sha256.hex(), before, now.timestamp())
        return moved

    def bring_back(self, owned: Iterable[bytes]) -> None:
        """Put files that were set aside back, where a row speaks of them after all: a database was restored."""
        for sha256 in owned:
            if (aside := self._unowned / sha256.hex()).exists() and not self.is_whole(sha256):
                put(aside, self.path_of(sha256))

    def _held(self, sha256: bytes) -> Path:
        return _under(self._quarantine, sha256)


def _under(folder: Path, sha256: bytes) -> Path:
    name = sha256.hex()
    return folder / name[:2] / name


def _measured(path: Path) -> Received:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        os.fsync(file.fileno())
        return Received(path, file.tell(), digest)
