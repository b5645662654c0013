"""A worker that is told to stop ends soon, whatever it waits for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Its work never hears that it should stop: a connection to a server that has gone can hold it so.
A_WORKER = """
import asyncio
from flows import worker
from settings import Settings

async def hangs(*_given):
    print("at work", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def ends(_settings, _url, stop):
    print("at work", flush=True)
    await asyncio.to_thread(stop.wait)

worker.work, worker.ENDS_WITHIN = {work}, 1.0
worker.run_worker(Settings(), "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
"""
HERE = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(("work", "code", "says"), [("hangs", 1, "without waiting any longer"), ("ends", 0, "")])
def test_it_ends_within_its_time_even_if_what_it_waits_for_never_answers(
    work: str, code: int, says: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "FOLLOWTHROUGH_HOME": str(tmp_path), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-c", A_WORKER.format(work=work)]
    with subprocess.Popen(command, env=environment, cwd=HERE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "at work\n"
        worker.send_signal(signal.SIGTERM)
        rest, _ = worker.communicate(timeout=20)
    assert worker.returncode == code
    assert says in rest
