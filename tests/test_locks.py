"""The locks hold what pyproject.toml asks for: each one version, hashed, and no address in them."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.acceptance.stack import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-dev.txt": PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
}


@pytest.mark.parametrize("lock", NEEDED)
def test_the_lock_satisfies_the_project(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = dict(re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[^\]]+\])?==([^ ;\\]+)", text))
    for wanted in map(Requirement, NEEDED[lock]):
        version = pinned.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not locked; run “make lock”"
        assert wanted.specifier.contains(version), f"{wanted} is locked as {version}; run “make lock”"


@pytest.mark.parametrize("lock", NEEDED)
def test_the_lock_is_hashed_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert len(entries) > 50
    assert [entry.split("=")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree() -> None:
    runtime, develop = (
        set(re.findall(r"(?m)^[a-z0-9][^\\\n]*==[^ ;\\]+", (ROOT / lock).read_text())) for lock in NEEDED
    )
    assert runtime - develop == set()
