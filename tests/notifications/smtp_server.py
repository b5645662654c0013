"""A real SMTP server for tests, that can be told to refuse, to be slow, to drop connections, to go away."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Postbox:
    """What arrived, and how to answer. Answers by recipient; `*` is everybody; a list is used up one by one."""

    on_recipient: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    on_mail: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    slow: set[str] = field(default_factory=set[str])
    dropped_after: set[str] = field(default_factory=set[str])
    refuses_sender: list[str] = field(default_factory=list[str])
    came: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    connections: int = 0

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.refuses_sender:
            return self.refuses_sender.pop(0)
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if answers := self.on_recipient.get(address):
            return answers.pop(0)
        if address in self.slow:
            await self.release.wait()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        to = envelope.rcpt_tos[0]
        if answers := self.on_mail.get(to):
            return answers.pop(0)
        assert envelope.original_content is not None
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        self.came.set()
        if to in self.dropped_after:
            self.dropped_after.remove(to)
            transport: Any = server.transport
            transport.abort()
        return "250 kept"

    def ids(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    async def until(self, count: int, within: float = 10.0) -> None:
        """Wait until so many mails are here."""
        async with asyncio.timeout(within):
            while len(self.mails) < count:
                self.came.clear()
                await self.came.wait()


@contextlib.asynccontextmanager
async def serving(postbox: Postbox, port: int) -> AsyncGenerator[asyncio.Server]:
    """Serve on a port; leaving cuts every connection, as a stopped server does."""
    loop = asyncio.get_running_loop()
    transports: list[asyncio.Transport] = []

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            postbox.connections += 1
            transports.append(transport)
            super().connection_made(transport)

    server = await loop.create_server(lambda: Counted(postbox, hostname="test", loop=loop), "127.0.0.1", port)
    try:
        yield server
    finally:
        postbox.release.set()
        server.close()
        for transport in transports:
            transport.abort()
        await server.wait_closed()
