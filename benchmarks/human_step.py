"""The human step, measured with real processes.

POST → stored, next step opened → next mail accepted by SMTP: 300 actions, three human steps each,
16 clients at once; then one post a second for a minute; then the Prefect side.
"""

import asyncio
import json
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from uuid import UUID, uuid4

import uvloop
from sqlalchemy import text

from benchmarks.client import Browser
from benchmarks.floor import floor
from benchmarks.letterbox import Letterbox, Post
from benchmarks.prefect_side import our_wakes, shown_after, stock_wakes
from benchmarks.stack import Stack, pause, running
from commands.define import define
from commands.office import Office, england_and_wales, utc_now
from commands.pathways import publish, publish_shipped, read_pathway
from commands.people import Holds, add_location, add_person
from db.engine import make_engine
from domain.actors import OPERATOR
from domain.defining import Definition
from domain.vocabulary import Risk, Role, Source

ACTIONS = 300
CLIENTS = 16
STEPS_EACH = 3
SLOW_POSTS = 60
RESULT = Path(__file__).parent / "human_step.json"


async def make_actions(stack: Stack, count: int) -> tuple[Office, list[tuple[UUID, str]]]:
    """A home that takes mail at any hour, its people, and actions for them."""
    engine = make_engine(stack.database_url)
    office = Office(engine, (stack.home / "secret.key").read_bytes(), england_and_wales())
    now = utc_now()
    await publish_shipped(office, now)
    await publish(office, OPERATOR, read_pathway((Path(__file__).parent / "pathway.yaml").read_text()), now)
    home = await add_location(office, OPERATOR, "Bench House", now, opens=clock(0), closes=clock(0))
    for role in (Role.REGISTERED_MANAGER, Role.DEPUTY_MANAGER, Role.QUALITY_LEAD):
        await add_person(office, OPERATOR, f"Bench {role}", f"{role.split()[0]}@example.org", (Holds(role, home),), now)
    owners = [
        await add_person(office, OPERATOR, f"Owner {n}", f"owner{n}@example.org", (Holds(Role.KEY_WORKER, home),), now)
        for n in range(CLIENTS)
    ]
    base = Definition(
        title="Weekly weights for everyone at risk",
        what_will_change="Each person at risk is weighed weekly and the weight is in the plan.",
        summary="7 of 12 people at risk had no weight recorded in the last 30 days.",
        pathway="bench",
        location_id=home,
        source=Source.AUDIT,
        theme="nutrition",
        outcome_test="Ten sampled plans have a weight from the last week.",
        risk=Risk.MEDIUM,
        due_at=now + timedelta(days=30),
        closure_criteria="Plans updated and sampled.",
    )
    made: list[tuple[UUID, str]] = []
    for number in range(count):
        one = await define(office, OPERATOR, replace(base, owner_id=owners[number % CLIENTS]), now)
        made.append((one.action_id, one.ref))
    return office, made


def evidence() -> dict[str, str]:
    """A filled-in evidence form."""
    today = datetime.now(UTC)
    day = {"day": str(today.day), "month": str(today.month), "year": str(today.year)}
    return {
        "request_id": str(uuid4()),
        "do": "send",
        "statement": "All twelve plans now have a weekly weight.",
        "kind": "care plan update",
        "category": "processes",
        "elsewhere.where": "Care planning system",
        "elsewhere.witness": "The deputy manager",
        **{f"effective_on-{part}": value for part, value in day.items()},
        **{f"elsewhere.on-{part}": value for part, value in day.items()},
    }


async def one_step(browser: Browser, post: Post, number: int) -> float:
    """Open the link of the newest mail and answer; milliseconds from POST to the next mail's acceptance."""
    _, token = await asyncio.wait_for(post.mails.get(), 60)
    browser.forget()
    opened = await browser.get(f"/do/{token}")
    path = opened.headers["location"]
    fields = {"request_id": str(uuid4())} if number == 0 else evidence()
    sent = time.time_ns()
    answer = await browser.post(f"{path}/{'accept' if number == 0 else 'evidence'}", fields)
    if answer.status != 303:
        raise RuntimeError(f"The answer was refused: {answer.status} {answer.body[-600:]!r}")
    at, token = await asyncio.wait_for(post.mails.get(), 60)
    post.mails.put_nowait((at, token))
    return (at - sent) / 1e6


async def full_load(stack: Stack, box: Letterbox, refs: list[str]) -> tuple[float, float, list[float]]:
    """All clients at once: (steps per second, processor milliseconds per step, POST-to-mail times)."""
    waiting = asyncio.Queue[str]()
    for ref in refs:
        waiting.put_nowait(ref)
    times: list[float] = []

    async def client() -> None:
        browser = Browser(stack.web_port)
        while not waiting.empty():
            ref = waiting.get_nowait()
            for number in range(STEPS_EACH):
                times.append(await one_step(browser, box.of(ref), number))
        await browser.close()

    cpu, started = stack.cpu_by_name(), time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    took = time.perf_counter() - started
    used = {name: 1000 * (spent - cpu.get(name, 0)) / len(times) for name, spent in stack.cpu_by_name().items()}
    print("  ms of processor per step: " + ", ".join(f"{name} {ms:.1f}" for name, ms in used.items()), flush=True)
    return len(times) / took, sum(used.values()), times


async def one_a_second(
    stack: Stack, box: Letterbox, office: Office, made: list[tuple[UUID, str]]
) -> tuple[list[float], list[float]]:
    """One post a second: POST-to-mail in milliseconds, and how long the run took to show it in seconds."""
    browser, times, lags = Browser(stack.web_port), list[float](), list[float]()
    for action_id, ref in made:
        for number in range(STEPS_EACH):
            if len(times) >= SLOW_POSTS:
                return times, lags
            begun = time.monotonic()
            answered_at = datetime.now(UTC)
            times.append(await one_step(browser, box.of(ref), number))
            lags.append(await shown_after(office, action_id, answered_at))
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))
    return times, lags


async def settled(office: Office) -> None:
    """Wait until no wake and no mail is outstanding."""
    busy = text(
        "SELECT (SELECT count(*) FROM action_run WHERE wake_requested_at IS NOT NULL)"
        " + (SELECT count(*) FROM message WHERE status IN ('queued', 'sending'))"
    )
    for _ in range(600):
        async with office.engine.connect() as connection:
            if (await connection.execute(busy)).scalar_one() == 0:
                return
        await asyncio.sleep(0.5)
    raise RuntimeError("The stack did not come to rest within five minutes.")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def machine() -> float:
    """Seconds this machine takes for ten million turns of a plain loop now: what makes two runs comparable."""
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started


async def measure() -> dict[str, float]:
    """Everything, in one run."""
    box, loop = Letterbox(), machine()
    async with box.open():
        with running(box.port) as stack:
            print(
                f"ready in {stack.started_in:.1f} s; making {ACTIONS + SLOW_POSTS // STEPS_EACH} actions ...",
                flush=True,
            )
            office, made = await make_actions(stack, ACTIONS + SLOW_POSTS // STEPS_EACH)
            await settled(office)
            await pause(3)
            refs = [ref for _, ref in made[:ACTIONS]]
            rate, cpu, loaded = await full_load(stack, box, refs)
            print(f"under load: {rate:.0f} steps/s, p50 {percentile(loaded, 0.5):.0f} ms", flush=True)
            behind = time.perf_counter()
            await settled(office)
            print(f"Prefect's view caught up {time.perf_counter() - behind:.0f} s after the last answer", flush=True)
            slow, lags = await one_a_second(stack, box, office, made[ACTIONS:])
            await settled(office)
            await pause(5)
            pss, rss = stack.memory_mb()
            ours = await our_wakes(office, [action_id for action_id, _ in made[:150]])
            stock = await stock_wakes(stack, office, [action_id for action_id, _ in made[:6]])
            await office.engine.dispose()
        least, _, _ = await floor(box, ACTIONS, CLIENTS)
    print(f"memory: {pss:.0f} MB with shared pages counted once, {rss:.0f} MB counted for each process")
    return {
        "steps_per_s": round(rate, 1),
        "cpu_ms_per_step": round(cpu, 2),
        "post_to_mail_p50_ms": round(statistics.median(slow), 1),
        "post_to_mail_p95_ms": round(percentile(slow, 0.95), 1),
        "wakes_per_s": round(ours, 2),
        "stock_wakes_per_s": round(stock, 3),
        "wake_ratio": round(ours / stock, 1) if stock else 0.0,
        "view_lag_p95_s": round(percentile(lags, 0.95), 2),
        "rss_mb": round(pss, 0),
        "ready_s": round(stack.started_in, 1),
        "machine_loop_s": round(loop, 2),
        "floor_steps_per_s": round(least, 1),
        "share_of_floor": round(rate / least, 2),
    }


def main() -> None:
    result = uvloop.run(measure())
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    goals = {
        "steps_per_s": "≥ 150",
        "post_to_mail_p95_ms": "≤ 30",
        "wakes_per_s": "≥ 8",
        "wake_ratio": "≥ 30",
        "view_lag_p95_s": "≤ 2",
        "rss_mb": "≤ 700",
        "ready_s": "≤ 45",
    }
    print(f"\n{'figure':<22}{'measured':>10}  goal")
    for name, value in result.items():
        print(f"{name:<22}{value:>10}  {goals.get(name, '')}")


if __name__ == "__main__":
    main()
