"""A worker killed in the middle of sending loses nothing, and sends at most what was in flight twice."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from notifications.places import BRISK
from tests.notifications.outbox import a_message, all_settled, queue
from tests.notifications.smtp_server import Postbox, free_port, serving

KILLS = 4
MAILS = 200


def start(database: str, port: int, home: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.notifications.deliver", database, str(port), str(home)]
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


async def test_kills_lose_no_mail_and_double_only_those_in_flight(
    engine: AsyncEngine, database: str, tmp_path: Path
) -> None:
    box, port, chance = Postbox(), free_port(), random.Random(7)
    await queue(engine, *(a_message(f"p{number}@example.org") for number in range(MAILS)))
    async with serving(box, port):
        for _ in range(KILLS):
            worker = start(database, port, tmp_path)
            await box.until(len(box.mails) + chance.randint(1, MAILS // (KILLS + 1)), within=20)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        worker = start(database, port, tmp_path)
        await all_settled(engine, within=30)
        worker.send_signal(signal.SIGTERM)
        worker.wait(20)
    assert len(box.ids()) == MAILS
    assert len(box.mails) - MAILS <= KILLS * BRISK
