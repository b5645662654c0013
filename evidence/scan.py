"""Virus scanning by ClamAV's daemon, where there is one. It fails closed: no verdict means quarantine."""

import asyncio
import contextlib
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CHUNK = 64 * 1024
LONGEST_REPLY = 4096


class Scan(StrEnum):
    """What is known about a kept file."""

    CLEAN = "clean"
    NOT_SCANNED = "not scanned"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said of a file: clean, found something, or (neither) could not say."""

    clean: bool = False
    found: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd to ask, at `unix:/path` or `host:port`. `patience` is seconds for the whole conversation."""

    address: str
    patience: float = 30.0

    async def look_at(self, path: Path) -> Verdict:
        """Send the file by INSTREAM and read the answer. Never raises for a scanner that is down, slow or odd."""
        try:
            async with asyncio.timeout(self.patience):
                return _understood(await self._ask(path))
        except TimeoutError:
            return Verdict(trouble=f"no answer in {self.patience:g} seconds")
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as down:
            return Verdict(trouble=str(down) or type(down).__name__)

    async def _ask(self, path: Path) -> str:
        reader, writer = await self._connect()
        try:
            with contextlib.suppress(ConnectionError):  # over its size limit, it answers and hangs up early
                await _send(path, writer)
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("unix:"):
            return await asyncio.open_unix_connection(self.address.removeprefix("unix:"), limit=LONGEST_REPLY)
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=LONGEST_REPLY)


async def _send(path: Path, writer: asyncio.StreamWriter) -> None:
    writer.write(b"zINSTREAM\0")
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            writer.write(struct.pack(">I", len(piece)) + piece)
            await writer.drain()
    writer.write(struct.pack(">I", 0))
    await writer.drain()


def _understood(reply: str) -> Verdict:
    """Only the exact words for clean are clean."""
    if reply == "stream: OK":
        return Verdict(clean=True)
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        return Verdict(found=reply.removeprefix("stream: ").removesuffix(" FOUND"))
    return Verdict(trouble=reply or "an empty answer")
