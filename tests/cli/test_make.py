"""`make` on a machine that lacks something says what, and what to type."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ("version_info", "Followthrough needs Python 3.11 or newer. Name one with: make PYTHON=python3.12 up"),
        ("ensurepip", "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"),
    ],
)
def test_what_python_lacks_is_said_before_anything_is_made(tmp_path: Path, lacks: str, words: str) -> None:
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "some-python"
    python.write_text(f'#!/bin/sh\ncase "$2" in *{lacks}*) exit 1;; esac\n')
    python.chmod(0o755)
    made = subprocess.run(
        ["make", f"PYTHON={python}", "up"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert made.returncode != 0
    assert words in made.stdout
    assert not (tmp_path / ".venv").exists()
