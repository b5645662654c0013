"""Files, uploads and scanners to test with."""

import asyncio
import hashlib
import io
import struct
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from evidence.store import EvidenceStore

DATA = Path(__file__).parent / "data"
TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
TEA = b"Lunch notes, invented. 12:30 soup and roll, all eaten. 13:10 tea, 200 ml.\n"
TEA_NAME = "Nan’s “tea” – 'lunch' \"notes\" ñandú ☕ 2026.txt"


async def arriving(content: bytes, piece: int = 65536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece):
        await asyncio.sleep(0)
        yield content[start : start + piece]


async def cut_off(content: bytes) -> AsyncIterator[bytes]:
    yield content
    raise ConnectionResetError("the browser went away")


@dataclass
class SentByForm:
    """An upload as a web framework gives it."""

    content: io.BytesIO

    async def read(self, size: int = -1, /) -> bytes:
        return self.content.read(size)


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def left_over(store: EvidenceStore) -> list[Path]:
    return list((store.folder / "incoming").iterdir())


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def word_file(**inside: bytes) -> bytes:
    """A Word document with these further entries; double underscores in their names stand for slashes."""
    entries = {"word/document.xml": b"<w:document/>", **{name.replace("__", "/"): b for name, b in inside.items()}}
    return zipped({"[Content_Types].xml": TYPES, **entries})


def zipped(entries: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, 128 if mode in ("L", "P") else None).save(made, kind, **options)
    return made.getvalue()


@dataclass
class FakeClamd:
    """Speaks INSTREAM as clamd does: reads length-prefixed pieces up to the empty one, then answers."""

    address: str = ""
    finds: dict[bytes, str] = field(default_factory=dict)
    answer: bytes | None = None
    silent: bool = False
    largest: int = 25 * 1024 * 1024
    seen: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack(">I", await reader.readexactly(4))[0]:
                if len(content) + length > self.largest:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
                content += await reader.readexactly(length)
            self.seen.append(content)
            if self.silent:
                await reader.read()
                return
            found = next((name for mark, name in self.finds.items() if mark in content), None)
            plain = b"stream: OK\0" if found is None else f"stream: {found} FOUND\0".encode()
            writer.write(plain if self.answer is None else self.answer)
        finally:
            writer.close()


@asynccontextmanager
async def clamd(**how: object) -> AsyncGenerator[FakeClamd]:
    fake = FakeClamd(**how)  # type: ignore[arg-type]
    server = await asyncio.start_server(fake.talk, "127.0.0.1", 0)
    fake.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        await server.wait_closed()
