"""A real receiver of webhooks on loopback, that can refuse, be slow, hang up or send elsewhere."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What came in, and how each path answers: a list of statuses, the last of which stays."""

    port: int = 0
    calls: list[Call] = field(default_factory=list[Call])
    answers: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    drops: dict[str, int] = field(default_factory=dict[str, int])
    slow: set[str] = field(default_factory=set[str])
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def until(self, count: int, path: str = "/hook", within: float = 15.0) -> list[Call]:
        """Wait until so many calls have come in at a path."""
        async with asyncio.timeout(within):
            while True:
                if len(found := self.at(path)) >= count:
                    return found
                await asyncio.sleep(0.02)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        path = head[0].split()[1]
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.calls.append(Call(path, headers, body))
        if path in self.slow:
            await self.release.wait()
        if self.drops.get(path, 0) > 0:
            self.drops[path] -= 1
            return
        statuses = self.answers.get(path, [204])
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        where = "Location: /elsewhere\r\n" if 300 <= status < 400 else ""
        writer.write(f"HTTP/1.1 {status} Answer\r\n{where}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


@contextlib.asynccontextmanager
async def receiving(shows: ssl.SSLContext | None = None) -> AsyncGenerator[Receiver]:
    """A receiver on a free port; behind TLS where it `shows` a certificate."""
    made = Receiver()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0, ssl=shows)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.release.set()
        server.close()
