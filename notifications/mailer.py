"""Handing mails to an SMTP server over connections that are kept open."""

import asyncio
import contextlib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

STAGE_TIMEOUT = 20.0
PERMANENT_FROM = 500


class RefusedForGood(Exception):
    """The server refused this mail, and would again."""


class TryAgain(Exception):
    """The server could not take this mail now, or the connection broke before it said that it had."""


class BadSmtpUrl(ValueError):
    """FOLLOWTHROUGH_SMTP_URL must look like smtp://host:25, smtps://host:465 or smtp+starttls://user:password@host:587."""


class Mailer:
    """A small pool of connections to one server. One slow connection holds up nobody but its own mail."""

    def __init__(self, smtp_url: str, *, connections: int = 6, timeout: float = STAGE_TIMEOUT) -> None:
        parts = urlsplit(smtp_url)
        if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
            raise BadSmtpUrl
        self._parts = parts
        self._timeout = timeout
        self._idle: list[aiosmtplib.SMTP] = []
        self._places = asyncio.Semaphore(connections)

    async def send(self, mail: EmailMessage, to_address: str, from_address: str) -> None:
        """Deliver one mail; returns once the server has accepted it. Raises RefusedForGood or TryAgain."""
        async with self._places:
            client = self._idle.pop() if self._idle else None
            try:
                client = await self._ready(client)
                await client.sendmail(from_address, [to_address], mail.as_bytes())
            except aiosmtplib.SMTPResponseException as refused:
                await self._after_refusal(client, refused.code, f"{refused.code} {refused.message}")
            except aiosmtplib.SMTPRecipientsRefused as refused:
                first = refused.recipients[0]
                await self._after_refusal(client, first.code, f"{first.code} {first.message}")
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as broken:
                self._drop(client)
                raise TryAgain(f"{type(broken).__name__}: {broken}") from broken
            except BaseException:
                self._drop(client)
                raise
            else:
                self._idle.append(client)

    async def close(self) -> None:
        """Say goodbye on every open connection."""
        while self._idle:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await self._idle.pop().quit()

    async def _ready(self, client: aiosmtplib.SMTP | None) -> aiosmtplib.SMTP:
        if client is not None and client.is_connected:
            return client
        parts = self._parts
        fresh = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or {"smtp": 25, "smtps": 465}.get(parts.scheme, 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",
            timeout=self._timeout,
        )
        await fresh.connect()
        return fresh

    async def _after_refusal(self, client: aiosmtplib.SMTP | None, code: int, words: str) -> None:
        if client is not None and client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.rset()
                self._idle.append(client)
        # 421 and 535 speak of the server or our account, not of this mail.
        if code >= PERMANENT_FROM and code not in (530, 535):
            raise RefusedForGood(words)
        raise TryAgain(words)

    def _drop(self, client: aiosmtplib.SMTP | None) -> None:
        if client is not None:
            client.close()
