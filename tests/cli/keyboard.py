"""Somebody at a keyboard, or a script: one command, typed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]


def run(home: Path, *words: str, **settings: str) -> Result:
    """Run one command with settings of its own, and none of ours."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")}
    given = {f"FOLLOWTHROUGH_{name.upper()}": value for name, value in settings.items()}
    environment = {**known, **given, "FOLLOWTHROUGH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=False)
