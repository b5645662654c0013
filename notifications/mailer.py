"""Handing mails to an SMTP server over connections that are kept open.

How a refusal is taken depends on the stage: before the recipient is named it is about the server or
our account, and every other mail would fare the same; from then on it is about this mail.
"""

import asyncio
import contextlib
import re
import time
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

STAGE_TIMEOUT = 20.0
# A server may scan a mail before it says that it has it. Giving up early would send it twice.
HANDED_OVER_TIMEOUT = 120.0
LONGEST_IDLE = 60.0
PERMANENT_FROM = 500
GOING_AWAY = 421
CONNECTIONS = 24

# What could end the command and begin another has no place in an address.
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>\x00-\x1f\x7f]+")
_BROKEN = (aiosmtplib.SMTPException, OSError, TimeoutError)


class RefusedForGood(Exception):
    """The server refused this mail, and would again."""


class TryAgain(Exception):
    """The server would not take this mail now."""


class Unknown(TryAgain):
    """The connection broke while the mail was handed over: the server may have it, or not."""


class ServerDown(Exception):
    """The server takes no mail from us now: not reached, not signed in to, or not accepting our address."""


class BadSmtpUrl(ValueError):
    """FOLLOWTHROUGH_SMTP_URL must look like smtp://host:25, smtps://host:465 or smtp+starttls://user:password@host:587."""


class Mailer:
    """Open connections to one server, each used by one mail at a time.

    `?connections=3` at the end of the address keeps to servers that allow few.
    """

    def __init__(
        self, smtp_url: str, *, timeout: float = STAGE_TIMEOUT, handed_over_timeout: float = HANDED_OVER_TIMEOUT
    ) -> None:
        self.connections = _connections_of(smtp_url)
        self._parts = urlsplit(smtp_url)
        self._timeout = timeout
        self._handed_over_timeout = handed_over_timeout
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._places = asyncio.Semaphore(self.connections)

    async def send(self, mail: bytes, to_address: str, from_address: str) -> None:
        """Deliver one mail; returns once the server has accepted it.

        Raises RefusedForGood, TryAgain, Unknown or ServerDown.
        """
        async with self._places:
            client = await self._begin(from_address)
            try:
                await self._hand_over(client, mail, to_address)
            except aiosmtplib.SMTPResponseException as refused:
                await self._reset(client, refused.code)
                raise _said(refused) from refused
            except BaseException:
                client.close()
                raise
            self._idle.append((client, time.monotonic()))

    async def close(self) -> None:
        """Say goodbye on every open connection."""
        while self._idle:
            client, _ = self._idle.pop()
            with contextlib.suppress(*_BROKEN):
                await client.quit(timeout=1)
            client.close()

    async def _begin(self, from_address: str) -> aiosmtplib.SMTP:
        """A connection that has accepted our address. A kept one may have gone stale: then a fresh one is tried."""
        while (client := self._kept()) is not None:
            try:
                await client.mail(from_address)
            except _BROKEN:
                client.close()
            except BaseException:
                client.close()
                raise
            else:
                return client
        fresh = self._unconnected()
        try:
            await fresh.connect()
            await fresh.mail(from_address)
        except _BROKEN as broken:
            fresh.close()
            raise ServerDown(_words(broken)) from broken
        except BaseException:
            fresh.close()
            raise
        return fresh

    def _unconnected(self) -> aiosmtplib.SMTP:
        parts = self._parts
        return aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or {"smtp": 25, "smtps": 465}.get(parts.scheme, 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",
            timeout=self._timeout,
        )

    def _kept(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and time.monotonic() - since < LONGEST_IDLE:
                return client
            client.close()
        return None

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: bytes, to_address: str) -> None:
        if not _ADDRESS.fullmatch(to_address):
            raise RefusedForGood(f"not an address: {to_address!r}")
        try:
            await client.rcpt(to_address)
        except (UnicodeEncodeError, ValueError) as wrong:
            raise RefusedForGood(f"not an address this server can reach: {to_address}") from wrong
        except aiosmtplib.SMTPResponseException:
            raise
        except _BROKEN as broken:
            raise TryAgain(_words(broken)) from broken
        try:
            await client.data(mail, timeout=self._handed_over_timeout)
        except aiosmtplib.SMTPResponseException:
            raise
        except _BROKEN as broken:
            raise Unknown(_words(broken)) from broken

    async def _reset(self, client: aiosmtplib.SMTP, code: int) -> None:
        """Make the connection fit for the next mail, or let it go."""
        if code == GOING_AWAY or not client.is_connected:
            client.close()
            return
        try:
            await client.rset()
        except _BROKEN:
            client.close()
        else:
            self._idle.append((client, time.monotonic()))


def _connections_of(smtp_url: str) -> int:
    parts = urlsplit(smtp_url)
    asked = parse_qs(parts.query).get("connections", [str(CONNECTIONS)])[0]
    if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
        raise BadSmtpUrl
    if not asked.isdecimal() or not 1 <= int(asked) <= 100:
        raise BadSmtpUrl
    return int(asked)


def _said(refused: aiosmtplib.SMTPResponseException) -> Exception:
    words = f"{refused.code} {refused.message}"
    return RefusedForGood(words) if refused.code >= PERMANENT_FROM else TryAgain(words)


def _words(broken: BaseException) -> str:
    return f"{type(broken).__name__}: {broken}"
