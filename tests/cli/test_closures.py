"""`followthrough closures` and the ending of actions, at a keyboard."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, evidenced, new_action
from tests.cast import approve_it, sample
from tests.cli.keyboard import Run


async def closed(house: House) -> str:
    now = utc_now()
    action_id = await evidenced(house, "closed", now)
    await sample(house.cast, action_id, True, now)
    await approve_it(house.cast, action_id, now)
    return house.refs["closed"]


async def change(house: House, statement: str) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(text(statement))


async def verified(here: Run, *words: str) -> tuple[int, list[dict[str, Any]]]:
    result = await asyncio.to_thread(here, "closures", "verify", "--json", *words)
    return result.returncode, json.loads(result.stdout)


async def test_a_closure_is_computed_again_and_holds(here: Run, house: House) -> None:
    ref = await closed(house)
    code, [found] = await verified(here, ref)
    assert (code, found["holds"], len(found["fingerprint"])) == (0, True, 64)
    plain = await asyncio.to_thread(here, "closures", "verify", "--all")
    assert (plain.returncode, plain.stdout.endswith("1 of 1 hold.\n")) == (0, True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("UPDATE evidence SET statement = 'Nothing was done' WHERE statement IS NOT NULL", "evidence was changed"),
        ("UPDATE evidence SET withdrawn_at = now()", "evidence is gone"),
        ("UPDATE sample_item SET result = 'fail' WHERE position = 1", "sample was changed"),
        ('UPDATE closure SET snapshot = \'{"form": "approval 1"}\'', "its own record"),
        ("UPDATE closure SET rationale = 'Because I say so'", "reason is not the one on the trail"),
        (
            "UPDATE closure SET snapshot = snapshot - 'form' || '{\"form\": \"approval 99\"}'",
            "does not know (approval 99)",
        ),
    ],
)
async def test_what_was_changed_after_closing_is_named(here: Run, house: House, changed: str, said: str) -> None:
    ref = await closed(house)
    await change(house, changed)
    code, [found] = await verified(here, ref)
    assert (code, found["holds"]) == (1, False)
    assert said in "; ".join(found["changed"])


async def test_what_cannot_be_verified_is_one_plain_line(here: Run, house: House) -> None:
    for words, said in (
        (("FT-1999-0001",), "has no closure"),
        ((), "Give one reference"),
        (("X", "--all"), "Give one"),
    ):
        result = await asyncio.to_thread(here, "closures", "verify", *words)
        assert (result.returncode, result.stdout) == (1, "")
        assert said in result.stderr


async def test_an_action_is_cancelled_or_superseded_for_whoever_decided_it(here: Run, house: House) -> None:
    for name in ("one", "other", "third"):
        await new_action(house, name, utc_now())
    one, other, third = house.refs["one"], house.refs["other"], house.refs["third"]
    words = ("--reason", "It was entered twice by two of us.", "--by")
    done = await asyncio.to_thread(here, "actions", "supersede", one, other, *words, "mina@example.org")
    assert done.stdout == f"{one} is superseded. Everybody who had part in it is told.\n", done.stderr
    done = await asyncio.to_thread(here, "actions", "cancel", third, *words, "quill@example.org")
    assert (done.returncode, f"{third} is cancelled" in done.stdout) == (0, True)
    for who, said in (("oona@example.org", "registered manager or the quality lead"), ("x@example.org", "Nobody here")):
        refused = await asyncio.to_thread(here, "actions", "cancel", other, *words, who)
        assert (refused.returncode, said in refused.stderr) == (1, True)
