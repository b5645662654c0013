"""Killed at random: whatever was acknowledged is there, and everything goes on.

`make faults` runs it longer: FOLLOWTHROUGH_KILLS says how many kills, FOLLOWTHROUGH_SEED which ones.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from commands.office import Office, utc_now
from commands.pathways import publish, read_pathway
from commands.people import first_sign_in_link
from domain.actors import OPERATOR
from notifications.links import password_url
from tests.acceptance.stack import Person, Stack, start, stop, wait_for
from tests.acceptance.test_silence import in_seconds
from tests.cast import Cast, engage
from tests.faults.clients import World, new_action, one_client
from tests.faults.invariants import check_all, settled

KILLS = int(os.environ.get("FOLLOWTHROUGH_KILLS", "50"))
SEED = int(os.environ.get("FOLLOWTHROUGH_SEED", str(random.SystemRandom().randrange(10**6))))
VICTIMS = ["worker"] * 4 + ["web"] * 4 + ["prefect"] * 2 + ["postgres"]
# How many of its kills meet a part at work. The others meet it in whatever state: starting, stopping, or just started.
AT_WORK = 0.75
CLIENTS = 6
SILENT = 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    stack = start(Path(tmp_path_factory.mktemp("faults")))

    async def people(office: Office) -> Cast:
        cast = await engage(office.engine, utc_now())
        await publish(office, OPERATOR, read_pathway(in_seconds()), utc_now())
        return cast

    made = World(stack, stack.in_office(people))
    made.sessions = {who: session_of(stack, who) for who in ("dara", "mina")}
    yield made
    stop(stack)


def session_of(stack: Stack, who: str) -> dict[str, str]:
    """The cookie of somebody who has chosen a password."""

    async def link(office: Office) -> str:
        minted = await first_sign_in_link(office, OPERATOR, f"{who}@example.org", utc_now(), mail=False)
        return password_url(stack.settings.address, minted.token)

    person = Person(stack)
    person.sign_in(stack.in_office(link))
    return dict(person.browser.cookies)


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
    over_at = served_again(world.stack)
    for client in clients:
        client.join(330)
    assert not world.errors, world.errors
    assert not any(client.is_alive() for client in clients)
    settled(world.stack)
    print(f"{kills}; {len(world.sent)} acknowledged, {world.refused} tries were too early or in vain, and made again")
    assert len(world.sent) >= KILLS // 5
    check_all(world.stack, world.sent, sum(kills.values()), over_at)


def served_again(stack: Stack) -> datetime:
    """When every part is at work again after the last kill; that takes less than a minute."""
    for name in sorted(set(VICTIMS)):
        wait_for(lambda part=name: victims(stack, part, at_work=True), f"the {name} to be at work again", 60)
    return utc_now()


def kill_one(stack: Stack, chance: random.Random) -> str:
    """Kill -9 one process; the supervisor starts it again.

    Mostly one that has come to its work: on a busy machine a part would otherwise be killed while it starts, again and
    again, and a storm in which nothing is ever done shows nothing.
    """
    victim, at_work = chance.choice(VICTIMS), chance.random() < AT_WORK
    found = wait_for(lambda: victims(stack, victim, at_work), f"a {victim} to kill", 120)
    os.kill(chance.choice(found), signal.SIGKILL)
    return victim


def victims(stack: Stack, name: str, at_work: bool) -> list[int]:
    """The processes that are this part of the product now, or that are at work; a restarted one has another number."""
    children = psutil.Process(stack.supervisor.pid).children(recursive=False)
    words = {"postgres": "postgres", "prefect": "prefect", "worker": "worker", "web": "web"}[name]
    found = [child for child in children if any(words in word.split("/")[-1] for word in _command(child))]
    return [child.pid for child in found if not at_work or _is_at_work(child)]


def _is_at_work(process: psutil.Process) -> bool:
    """Whether it listens, or is connected, to anything: what only loads its code is not."""
    try:
        return bool(process.net_connections(kind="all"))
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
