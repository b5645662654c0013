"""Keys and webhooks at a keyboard."""

import asyncio
import json
import re

from tests.api.house import House, anybody
from tests.cli.keyboard import Run


async def test_a_key_is_given_listed_and_revoked(here: Run, house: House, asked: str) -> None:
    words = ("keys", "add", "Audit system", "--purpose", "read-status", "--location", "Cedar View", "--json")
    given = await asyncio.to_thread(here, *words)
    assert given.returncode == 0, given.stderr
    key = json.loads(given.stdout)
    async with anybody(house) as system:
        system.headers["Authorization"] = f"Bearer {key['key']}"
        assert [one["ref"] for one in (await system.get("/api/v1/actions")).json()["items"]] == [asked]
        plain = (await asyncio.to_thread(here, "keys", "list")).stdout
        assert re.search(r"Audit system  works  Cedar View  read status  last used", plain)
        assert key["key"] not in plain
        assert (await asyncio.to_thread(here, "keys", "revoke", key["id"])).returncode == 0
        assert (await system.get("/api/v1/actions")).status_code == 401
    unknown = await asyncio.to_thread(here, *words[:5], "--location", "Nowhere")
    assert (unknown.returncode, unknown.stderr) == (1, "followthrough: There is no location “Nowhere”.\n")


async def test_a_webhook_is_added_listed_changed_and_stopped(here: Run) -> None:
    added = await asyncio.to_thread(here, "webhooks", "add", "https://example.org/hook", "--json")
    assert added.returncode == 0, added.stderr
    hook = json.loads(added.stdout)
    assert hook["secret"].startswith("whsec_")
    changed = await asyncio.to_thread(here, "webhooks", "new-secret", hook["id"], "--json")
    assert json.loads(changed.stdout)["secret"] != hook["secret"]
    assert (await asyncio.to_thread(here, "webhooks", "stop", hook["id"])).returncode == 0
    listed = json.loads((await asyncio.to_thread(here, "webhooks", "list", "--json")).stdout)
    assert [one["url"] for one in listed["webhooks"] if one["stopped_at"]] == ["https://example.org/hook"]
    plain = await asyncio.to_thread(here, "webhooks", "add", "http://example.org/hook")
    assert (plain.returncode, plain.stdout) == (1, "")
    assert "must begin with https://" in plain.stderr
