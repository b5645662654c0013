"""Killed at random: whatever was acknowledged is there, and everything goes on.

`make faults` runs it longer: FOLLOWTHROUGH_KILLS says how many kills, FOLLOWTHROUGH_SEED which ones.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest

from commands.define import define
from commands.office import Office, utc_now
from commands.pathways import publish, read_pathway
from domain.actors import OPERATOR
from tests.acceptance.stack import Person, Stack, start, stop, wait_for
from tests.acceptance.test_care_plan import BRIEFING, evidence
from tests.acceptance.test_silence import in_seconds
from tests.cast import Cast, a_definition, engage
from tests.cast import signed_in as acting
from tests.faults.invariants import Sent, check_all, settled

KILLS = int(os.environ.get("FOLLOWTHROUGH_KILLS", "50"))
SEED = int(os.environ.get("FOLLOWTHROUGH_SEED", str(random.SystemRandom().randrange(10**6))))
VICTIMS = ["worker"] * 4 + ["web"] * 4 + ["prefect"] * 2 + ["postgres"]
CLIENTS = 6
SILENT = 3


@dataclass(slots=True)
class World:
    """What the clients did, and were told."""

    stack: Stack
    cast: Cast
    sent: list[Sent] = field(default_factory=list[Sent])
    errors: list[str] = field(default_factory=list[str])
    over: threading.Event = field(default_factory=threading.Event)
    refused: int = 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    stack = start(Path(tmp_path_factory.mktemp("faults")))

    async def people(office: Office) -> Cast:
        cast = await engage(office.engine, utc_now())
        await publish(office, OPERATOR, read_pathway(in_seconds()), utc_now())
        return cast

    yield World(stack, stack.in_office(people))
    stop(stack)


def test_nothing_acknowledged_is_lost_however_often_parts_are_killed(world: World) -> None:
    print(f"seed {SEED}, {KILLS} kills")
    chance = random.Random(SEED)
    for _ in range(SILENT):
        new_action(world, "in-seconds")
    clients = [threading.Thread(target=one_client, args=(world,), daemon=True) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    kills = {name: 0 for name in set(VICTIMS)}
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.5, 3.5))
        kills[kill_one(world.stack, chance)] += 1
    world.over.set()
    over_at = utc_now()
    for client in clients:
        client.join(330)
    assert not world.errors, world.errors
    settled(world.stack)
    print(f"{kills}; {len(world.sent)} acknowledged, {world.refused} tries met a dead end and were made again")
    assert len(world.sent) >= KILLS // 5
    check_all(world.stack, world.sent, sum(kills.values()), over_at)


def kill_one(stack: Stack, chance: random.Random) -> str:
    """Kill -9 one process; the supervisor starts it again."""
    victim = chance.choice(VICTIMS)
    found = wait_for(lambda: victims(stack, victim), f"a {victim} to kill", 60)
    os.kill(chance.choice(found), signal.SIGKILL)
    return victim


def victims(stack: Stack, name: str) -> list[int]:
    """The processes that are this part of the product now; a restarted one has another number."""
    children = psutil.Process(stack.supervisor.pid).children(recursive=False)
    words = {"postgres": "postgres", "prefect": "prefect", "worker": "worker", "web": "web"}[name]
    return [child.pid for child in children if any(words in word.split("/")[-1] for word in _command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def new_action(world: World, pathway: str) -> str:
    async def work(office: Office) -> str:
        definition = a_definition(world.cast, pathway=pathway, due_at=utc_now() + timedelta(days=20))
        return (await define(office, acting(world.cast.quality_lead), definition, utc_now())).ref

    while True:
        try:
            return world.stack.in_office(work)
        except Exception:  # the database may be the one that was just killed
            if world.over.is_set():
                raise
            time.sleep(0.5)


def one_client(world: World) -> None:
    """Define, accept, send evidence, by mail and pages, until the storm is over."""
    try:
        while not world.over.is_set():
            ref = new_action(world, "care-plan-audit")
            answer(world, ref, "oona@example.org", f"{ref}: Weekly", "accept", {})
            answer(world, ref, "oona@example.org", f"{ref}: update each", "evidence", evidence_of("processes"))
            answer(world, ref, "tam@example.org", f"{ref}: brief", "evidence", evidence_of("briefing"))
    except Exception as wrong:
        world.errors.append(repr(wrong))


def evidence_of(kind: str) -> dict[str, str]:
    if kind == "briefing":
        return evidence("feedback from staff and leaders", "briefing attendance", **BRIEFING)
    return evidence(
        kind, "care plan update", **{"elsewhere.where": "Care planning system", "elsewhere.witness": "Dara Mockley"}
    ) | {
        f"elsewhere.on-{part}": value for part, value in zip(("day", "month", "year"), ("2", "11", "2026"), strict=True)
    }


def answer(world: World, ref: str, address: str, subject: str, page: str, fields: dict[str, str]) -> None:
    """Answer by the link in the mail, trying the same form again until it is acknowledged."""
    mail = world.stack.mail_to(address, subject, within=300)
    person, request_id, words = Person(world.stack), uuid4(), f"{ref} {page} {uuid4()}"
    form: dict[str, Any] = {"request_id": str(request_id)} | fields
    if "statement" in fields:
        form["statement"] = words
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            opened = person.open(mail)
            if opened.status_code == 200:
                path = opened.url.path
                person.browser.follow_redirects = False
                sent = person.browser.post(f"{path}/{page}", data=form)
                person.browser.follow_redirects = True
                if sent.status_code == 303:
                    step = UUID(path.rsplit("/", 1)[-1])
                    world.sent.append(Sent(ref, step, request_id, words if "statement" in fields else None, mail))
                    return
        except httpx.HTTPError:
            person.browser.follow_redirects = True
        world.refused += 1
        time.sleep(0.3)
    raise AssertionError(f"{ref} {page} was never acknowledged")
