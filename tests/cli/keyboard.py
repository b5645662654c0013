"""Somebody at a keyboard, or a script: one command, typed."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]
AT_MOST = 60.0


def run(home: Path, *words: str, answers: str = "", **settings: str) -> Result:
    """Run one command with settings of its own, and none of ours; `answers` is what is typed when it asks."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")}
    given = {f"FOLLOWTHROUGH_{name.upper()}": value for name, value in settings.items()}
    environment = {**known, **given, "FOLLOWTHROUGH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as typist:
        output = [Path(folder, name) for name in ("stdout", "stderr")]
        typed = Path(folder, "stdin")
        typed.write_text(answers)
        typist.settimeout(AT_MOST)
        typist.connect(_typist())
        asked = {"words": words, "environment": environment, "folder": str(home), "typed": str(typed)}
        asked |= {"output": [str(o) for o in output]}
        typist.sendall(json.dumps(asked).encode() + b"\n")
        code = int(typist.makefile().readline())
        return Result(list(words), code, *(path.read_text(encoding="utf-8") for path in output))


@cache
def _typist() -> str:
    """Where the typist listens, who is started once for all commands."""
    folder = Path(tempfile.mkdtemp(prefix="ft-typist-", dir="/tmp"))  # where the path of a socket is short enough
    address = folder / "socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.typist", str(address)], cwd=ROOT, stdin=subprocess.DEVNULL
    )

    def end() -> None:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

    atexit.register(end)
    until = time.monotonic() + AT_MOST
    while not _listens(address):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return str(address)


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(address)) == 0
