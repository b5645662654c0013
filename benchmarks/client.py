"""A browser as small as can be: the load generator must not be what is measured."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes


class Browser:
    """One keep-alive connection with a cookie jar."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path, b"")

    async def post(self, path: str, fields: dict[str, str]) -> Answer:
        return await self._ask("POST", path, urlencode(fields).encode())

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        reader, writer = self._streams or await self._connect()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nSec-Fetch-Site: same-origin\r\n"
        if cookies:
            head += f"Cookie: {cookies}\r\n"
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        answer = await self._read(reader)
        self._cookies.update(answer.cookies)
        if answer.headers.get("connection") == "close":
            writer.close()
            self._streams = None
        return answer

    def forget(self) -> None:
        """Drop all cookies: the next link is another person's."""
        self._cookies.clear()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                cookies[key] = rest.split(";", 1)[0]
            elif name:
                headers[name.lower()] = value
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head[0].split()[1]), headers, cookies, body)
