"""People who do their part, from definition to closure, and try again whenever what they use has just been killed."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx

from commands.define import define
from commands.office import Office, utc_now
from tests.acceptance.stack import Person, Stack, hidden
from tests.acceptance.test_care_plan import BRIEFING, dated, evidence
from tests.cast import Cast, a_definition
from tests.cast import signed_in as acting
from tests.faults.invariants import Sent

PATIENCE = 300.0


@dataclass(slots=True)
class World:
    """What the clients did, and were told. `sessions` are the cookies of those who are signed in."""

    stack: Stack
    cast: Cast
    sessions: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    sent: list[Sent] = field(default_factory=list[Sent])
    errors: list[str] = field(default_factory=list[str])
    over: threading.Event = field(default_factory=threading.Event)
    refused: int = 0

    def at_a_desk(self, who: str) -> Person:
        """Somebody who is signed in, in a window of their own."""
        person = Person(self.stack)
        person.browser.cookies.update(self.sessions[who])
        return person

    def until(self, what: str, attempt: Callable[[], Any]) -> Any:
        """Try again until something comes of it: whatever is used may be what was just killed."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if found := attempt():
                    return found
            except httpx.HTTPError:
                pass
            self.refused += 1
            time.sleep(0.3)
        raise AssertionError(f"{what}: never")


def new_action(world: World, pathway: str) -> str:
    async def work(office: Office) -> str:
        # Each with a theme of its own: what was closed a moment ago is not found again.
        facts = {"pathway": pathway, "due_at": utc_now() + timedelta(days=20), "theme": f"weights {uuid4().hex[:6]}"}
        definition = a_definition(world.cast, **facts)
        return (await define(office, acting(world.cast.quality_lead), definition, utc_now())).ref

    while True:
        try:
            return world.stack.in_office(work)
        except Exception:  # the database may be the one that was just killed
            if world.over.is_set():
                raise
            time.sleep(0.5)


def one_client(world: World) -> None:
    """Define, accept, send evidence, sample, approve, by mail and pages, until the storm is over."""
    try:
        while not world.over.is_set():
            ref = new_action(world, "care-plan-audit")
            answer(world, ref, "oona@example.org", f"{ref}: Weekly", "accept", {})
            plans = evidence("processes", "care plan update")
            photo = f"{ref}: all twelve plans have a weight, {uuid4()}".encode()
            answer(world, ref, "oona@example.org", f"{ref}: update each", "evidence", plans, photo)
            briefing = evidence("feedback from staff and leaders", "briefing attendance", **BRIEFING)
            answer(world, ref, "tam@example.org", f"{ref}: brief", "evidence", briefing)
            sample_it(world, ref)
            approve_it(world, ref)
    except Exception as wrong:
        world.errors.append(repr(wrong))


def answer(
    world: World,
    ref: str,
    address: str,
    subject: str,
    page: str,
    fields: dict[str, str],
    content: bytes | None = None,
) -> None:
    """Answer by the link in the mail, trying the same form again until it is acknowledged."""
    mail = world.stack.mail_to(address, subject, within=PATIENCE)
    person, request_id, words = Person(world.stack), uuid4(), f"{ref} {page} {uuid4()}"
    form: dict[str, Any] = {"request_id": str(request_id)} | fields
    if "statement" in fields:
        form["statement"] = words
    files = {"files": (f"{ref}.txt", content, "text/plain")} if content else None

    def attempt() -> str | None:
        opened = person.open(mail)
        if opened.status_code != 200:
            return None
        path = opened.url.path
        sent = person.browser.post(f"{path}/{page}", data=form, files=files, follow_redirects=False)
        return path if sent.status_code == 303 else None

    path = world.until(f"{ref} {page} to be acknowledged", attempt)
    said, file = words if "statement" in fields else None, sha256(content).digest() if content else None
    world.sent.append(Sent(ref, step_in(path), request_id, said, mail, file))


def sample_it(world: World, ref: str) -> None:
    """The deputy draws a sample, and finds that all of it passes."""
    dara, request_id = world.at_a_desk("dara"), uuid4()
    path = page_to(world, dara, ref, "sample")
    draw = {"do": "draw", "population": "daily records since the briefing", "population_size": "60"}

    def drawn() -> list[str]:
        dara.send(path, draw)
        return re.findall(r'name="note-(\d+)"', dara.browser.get(path).text)

    fields = {"do": "decide", "request_id": str(request_id)}
    for place in world.until(f"a sample of {ref} to be drawn", drawn):
        fields |= {f"result-{place}": "pass", f"note-{place}": ""}
    acknowledged(world, ref, dara, path, fields, request_id)


def approve_it(world: World, ref: str) -> None:
    """The manager reads it all, and approves."""
    mina, request_id = world.at_a_desk("mina"), uuid4()
    path = page_to(world, mina, ref, "approval")
    seen = world.until(f"the approval of {ref} to be shown", lambda: hidden(mina.browser.get(path)))
    fields = {"do": "approve", "rationale": "Plans, briefing and sample all show it.", "outcome_value": "92 %"}
    acknowledged(world, ref, mina, path, fields | dated("outcome_on") | seen, request_id)


def page_to(world: World, person: Person, ref: str, page: str) -> str:
    """The page on which this action waits for somebody who is signed in."""

    def found() -> str | None:
        step = re.search(rf"/steps/[0-9a-f-]+/{page}", person.browser.get(f"/actions/{ref}").text)
        return step[0] if step else None

    return world.until(f"{ref} to ask for its {page}", found)


def acknowledged(world: World, ref: str, person: Person, path: str, fields: dict[str, str], request_id: UUID) -> None:
    form = fields | {"request_id": str(request_id)}

    def attempt() -> bool:
        return person.browser.post(path, data=form, follow_redirects=False).status_code == 303

    world.until(f"{ref} {path} to be acknowledged", attempt)
    world.sent.append(Sent(ref, step_in(path), request_id))


def step_in(path: str) -> UUID:
    return UUID(path.split("/")[2])
