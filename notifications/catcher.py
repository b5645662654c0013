"""The local mail catcher: an SMTP server for a machine without one, and for tests. It keeps mail as files."""

import asyncio
import contextlib
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

_LINK = re.compile(r"https?://[^\s<>\"']+")


class Keeper:
    """Keeps each accepted mail as one file, named so that they sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Aiosmtpd's hook: the mail is on disk before the server says 250."""
        name = f"{time.time_ns():020d}{uuid4().hex[:8]}"
        partial = self.folder / f".{name}"
        partial.write_bytes(cast(bytes, envelope.original_content))
        os.replace(partial, self.folder / f"{name}.eml")
        return "250 kept"


async def serve(folder: Path, host: str, port: int) -> None:
    """Catch mail until cancelled."""
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()

    def protocol() -> Any:
        return SMTP(keeper, hostname="followthrough.invalid", loop=loop, enable_SMTPUTF8=True)

    server = await loop.create_server(protocol, host, port)
    async with server:
        await server.serve_forever()


@dataclass(frozen=True, slots=True)
class Caught:
    """One caught mail, as the page shows it."""

    key: str
    subject: str
    to: str
    sent_at: datetime
    text: str
    html: str
    attachments: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """The links in its text, in the order they are read."""
        return tuple(dict.fromkeys(_LINK.findall(self.text)))

    @property
    def message_id(self) -> str:
        return dict(self.headers).get("Message-ID", "")


def list_caught(folder: Path, to: str | None = None, most: int = 100) -> list[Caught]:
    """The newest mails first, at most `most`, to one address where one is given."""
    found: list[Caught] = []
    # Names sort by arrival, so only the mails that are shown are read.
    for name in sorted((path.name for path in folder.glob("*.eml")), reverse=True):
        with contextlib.suppress(FileNotFoundError):
            mail = _read(folder / name)
            if to is None or to.lower() in mail.to.lower():
                found.append(mail)
        if len(found) >= most:
            break
    return found


def read_caught(folder: Path, key: str) -> Caught | None:
    """One mail; None for a key that names none. A key is hexadecimal, so it can't name another file."""
    path = folder / f"{key}.eml"
    return _read(path) if re.fullmatch(r"[0-9a-f]{1,40}", key) and path.exists() else None


def _read(path: Path) -> Caught:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Caught(
        key=path.stem,
        subject=str(mail["Subject"] or ""),
        to=str(mail["To"] or ""),
        sent_at=_sent_at(mail, path),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        attachments=tuple(part.get_filename() or "unnamed" for part in mail.iter_attachments()),
        headers=tuple((name, str(value)) for name, value in mail.items()),
    )


def _sent_at(mail: EmailMessage, path: Path) -> datetime:
    """When it says it was sent; when it came, for a mail of somebody else's that does not say."""
    with contextlib.suppress(TypeError, ValueError):
        return parsedate_to_datetime(str(mail["Date"])).astimezone(UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return "This part is in an encoding that cannot be shown."
