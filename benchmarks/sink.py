"""An SMTP server that keeps nothing: it says when it accepted a mail, for which action, and with which link.

As small as can be, like the browser: with a whole SMTP server in its place, a tenth of all processor time of the
benchmark went into receiving.
"""

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

REF = re.compile(rb"\b(FT-\d{4}-\d{4,})")
RECEIPT = b"We have what you sent"
TOKEN = re.compile(rb"/do/([A-Za-z0-9_-]{43})")
END = b"\r\n.\r\n"
ANSWERS = {b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n", b"HELO": b"250 sink\r\n", b"QUIT": b"221 bye\r\n"}


def said_of(mail: bytes, accepted_at: int) -> str | None:
    """One line for a mail that asks for something: nanoseconds, reference, token.

    Receipts ask for nothing and have no link; whoever waits for the next step does not wait for them.
    """
    content = mail.replace(b"=\r\n", b"")
    if RECEIPT in content:
        return None
    ref, token = REF.search(content), TOKEN.search(content)
    return f"{accepted_at} {ref[1].decode() if ref else '-'} {token[1].decode() if token else '-'}"


class Sink(asyncio.Protocol):
    """One connection: commands a line each, and after DATA a mail up to its lone dot."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._received = b""
        self._in_mail = False
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (cut := self._received.find(END if self._in_mail else b"\r\n")) >= 0:
            part, self._received = self._received[:cut], self._received[cut + (5 if self._in_mail else 2) :]
            if self._in_mail:
                self._in_mail = False
                self._accept(part)
            else:
                self._obey(part[:4].upper())

    def _accept(self, mail: bytes) -> None:
        if (line := said_of(mail, time.time_ns())) is not None:
            print(line, flush=True)
        self._transport.write(b"250 accepted\r\n")

    def _obey(self, command: bytes) -> None:
        self._in_mail = command == b"DATA"
        self._transport.write(b"354 go on\r\n" if self._in_mail else ANSWERS.get(command, b"250 fine\r\n"))
        if command == b"QUIT":
            self._transport.close()


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
