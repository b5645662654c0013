"""An SMTP server that keeps nothing: it says when it accepted a mail, for which action, and with which link."""

import asyncio
import re
import sys
import time
from typing import Any

from aiosmtpd.smtp import SMTP

REF = re.compile(rb"\b(FT-\d{4}-\d{4,})")
RECEIPT = b"We have what you sent"
TOKEN = re.compile(rb"/do/([A-Za-z0-9_-]{43})")


class Sink:
    """One line for each accepted mail that asks for something: nanoseconds, reference, token.

    Receipts ask for nothing and have no link; whoever waits for the next step does not wait for them.
    """

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        now, content = time.time_ns(), envelope.content.replace(b"=\r\n", b"").replace(b"=\n", b"")
        ref, token = REF.search(content), TOKEN.search(content)
        if RECEIPT in content:
            return "250 accepted"
        print(now, ref[1].decode() if ref else "-", token[1].decode() if token else "-", flush=True)
        return "250 accepted"


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
