"""The local catcher, in a process of its own as `make up` runs it."""

import asyncio
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifications.catcher import list_caught, read_caught
from notifications.compose import compose
from notifications.mailer import Mailer
from tests.notifications.outbox import SENDER, a_letter, a_row
from tests.notifications.smtp_server import free_port


@pytest.fixture
async def caught(tmp_path: Path) -> Path:
    """A folder with two caught mails: one of ours, one of somebody else's without a date."""
    port, folder = free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "cli.main", "catcher", "--port", str(port), "--folder", str(folder)]
    environment = os.environ | {"FOLLOWTHROUGH_HOME": str(tmp_path)}
    process = subprocess.Popen(  # noqa: ASYNC220
        command, cwd=Path(__file__).parents[2], env=environment
    )
    try:
        await _listening(port)
        mailer = Mailer(f"smtp://127.0.0.1:{port}")
        letter = a_letter(button="Open", target="step", calendar_due="2026-12-03")
        now = datetime(2026, 11, 19, 9, tzinfo=UTC)
        await mailer.send(compose(a_row(letter), SENDER, now), "tam@example.org", "a@example.org")
        await mailer.send(b"Subject: odd\r\nTo: dara@example.org\r\n\r\nhi\r\n", "dara@example.org", "a@example.org")
        await mailer.close()
    finally:
        process.terminate()
        process.wait(10)
    return folder


async def _listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.05)


async def test_mail_is_kept_as_files_and_listed_newest_first(caught: Path) -> None:
    mails = list_caught(caught)
    assert [mail.subject for mail in mails] == ["odd", "FT-2026-0231: brief the team – due 3 December 2026"]
    assert len(list(caught.iterdir())) == 2
    ours = list_caught(caught, to="TAM@example.org")[0]
    assert ours == read_caught(caught, ours.key)
    assert len(ours.links) == 1
    assert ours.links[0].startswith("https://followthrough.example.org/do/")
    assert ours.attachments == ("FT-2026-0231.ics",)
    assert "Brief the team at Cedar View" in ours.html
    assert ours.message_id == "<00000000000000000000000000000001@example.org>"
    assert ours.sent_at == datetime(2026, 11, 19, 9, tzinfo=UTC)
    assert mails[0].sent_at.tzinfo is UTC


@pytest.mark.parametrize("key", ["../secret", "secret", "", "0" * 60, "ab/../cd", "0" * 20])
def test_a_key_of_no_mail_finds_none(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.eml").write_text("not to be read")
    assert read_caught(tmp_path, key) is None
