"""What the guide shows works as it is printed there: its commands with curl, and its check of a webhook."""

import asyncio
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from db.ids import new_id
from notifications.webhook_signing import body_of, headers_for, secret_of, shown
from tests.acceptance.stack import ROOT
from tests.api.v1.conftest import Served
from tests.cast import KEY

GUIDE = (ROOT / "docs" / "guide" / "api.md").read_text()
SHELL = re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL)
[PYTHON] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


async def test_the_commands_of_the_guide_work(served: Served) -> None:
    known = {"FT": served.address, "KEY": served.token, "LOCATION": served.location, "PATH": os.environ["PATH"]}
    said: list[str] = []
    for commands in SHELL:
        ran = await asyncio.to_thread(
            subprocess.run, ["bash", "-euo", "pipefail", "-c", commands], env=known, capture_output=True, text=True
        )
        assert (ran.returncode, ran.stderr) == (0, ""), commands
        said.append(ran.stdout)
    whole = "".join(said)
    assert '"status":"ok"' in whole
    assert "Cedar View" in whole
    assert '"external_ref":"INC-20418"' in whole


def a_call(at: datetime) -> tuple[dict[str, str], bytes]:
    facts: dict[str, Any] = {"ref": "FT-2026-0042", "status": "in progress", "at": "2026-11-25T09:00:00+00:00"}
    row = SimpleNamespace(
        id=new_id(), webhook_id=UUID(int=7), secret_version=1, rotated_at=None, kind="action.status_changed", seq=3,
        facts=facts,
    )  # fmt: skip
    body = body_of(row)
    return headers_for(KEY, row, body, at), body


def test_the_check_of_the_guide_believes_us_and_nobody_else() -> None:
    known: dict[str, Any] = {}
    exec(PYTHON, known)
    verified, secret = known["verified"], shown(secret_of(KEY, UUID(int=7), 1))
    headers, body = a_call(datetime.now(UTC))
    assert verified(secret, headers, body)["data"]["ref"] == "FT-2026-0042"
    for wrong in (
        (shown(secret_of(KEY, UUID(int=7), 2)), headers, body),
        (secret, headers, body + b" "),
        (secret, headers | {"webhook-id": "another"}, body),
        (secret, headers | {"webhook-signature": "v2,abc v1,abc"}, body),
        (secret, *a_call(datetime.now(UTC) - timedelta(minutes=10))),
    ):
        with pytest.raises(ValueError, match=r"secret|too old"):
            verified(*wrong)
    assert len(PYTHON.strip().splitlines()) <= 15
