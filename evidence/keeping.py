"""Files on disk: moved into place whole and for good, read again, swept."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Health:
    """What a look at every kept file found: how many, those no longer what they were, those not there."""

    checked: int
    damaged: tuple[bytes, ...] = ()
    missing: tuple[bytes, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.damaged and not self.missing


def put(path: Path, final: Path) -> None:
    """Move a synced file into place at once, and sync the folders, so that it survives a power cut.

    A file of that content already there is replaced by the same, which mends a damaged one.
    """
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(path, final)
    sync_folder(final.parent)
    sync_folder(final.parent.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_intact(path: Path, sha256: bytes) -> bool:
    """Whether the file is there and is still what its name says."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest() == sha256
    except FileNotFoundError:
        return False


def files_in(folder: Path) -> dict[bytes, Path]:
    """The files kept under a folder, by content."""
    return {
        bytes.fromhex(path.name): path
        for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*"))
        if len(path.name) == 64 and set(path.name) <= set("0123456789abcdef")
    }


def remove_older(folder: Path, before: float) -> int:
    """Remove what has not changed since a time, in seconds of the epoch; how many that were."""
    old = [path for path in folder.iterdir() if _last_change(path) < before]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def set_aside(path: Path, aside: Path, before: float, now: float) -> bool:
    """Take a file that nobody owns out of the way; False where the same content was put there again since `before`.

    It may have been uploaded again just now, and its row be about to commit: then it goes back.
    """
    aside.parent.mkdir(exist_ok=True, mode=0o700)
    os.replace(path, aside)
    if aside.stat().st_mtime >= before:
        os.replace(aside, path)
        return False
    os.utime(aside, (now, now))
    return True


def _last_change(path: Path) -> float:
    """When the newest file in an upload's folder last grew; now, as it were, for one just gone."""
    try:
        return max(entry.stat().st_mtime for entry in (path, *path.rglob("*")))
    except FileNotFoundError:
        return float("inf")
