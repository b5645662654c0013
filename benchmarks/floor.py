"""The floor: the least that could do the same job, measured on the same machine in the same hour.

An answer by link, stored durably, the next step opened, its mail accepted by SMTP: one table of steps, one of
answers, an outbox, and nothing of what Followthrough is for (no roles, no trail, no escalation, no Prefect).
Absolute figures move threefold between machines; the share of this floor that the product reaches does not.
"""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

import aiosmtplib
import asyncpg
import psutil
import uvicorn
import uvloop
from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import RedirectResponse

from benchmarks.client import Browser
from benchmarks.letterbox import Letterbox
from benchmarks.stack import HERE, free_port
from db import embedded

TABLES = """
CREATE TABLE step (id bigserial PRIMARY KEY, ref text, number int, token text UNIQUE, answered_at timestamptz);
CREATE TABLE answer (id bigserial PRIMARY KEY, step_id bigint REFERENCES step, words text, at timestamptz);
CREATE TABLE message (id bigserial PRIMARY KEY, ref text, token text, sent_at timestamptz);
CREATE INDEX ON message (id) WHERE sent_at IS NULL;
"""
STEPS_EACH = 3
AT_ONCE = 10


def web_app() -> FastAPI:
    """One address: the answer to a step."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(os.environ["FLOOR_DATABASE"], min_size=5, max_size=5) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/do/{token}")
    async def answer(token: str, statement: Annotated[str, Form()]) -> RedirectResponse:
        async with app.state.pool.acquire() as connection, connection.transaction():
            step = await connection.fetchrow(
                "UPDATE step SET answered_at = now() WHERE token = $1 AND answered_at IS NULL RETURNING *", token
            )
            if step is None:
                raise HTTPException(410)
            await connection.execute(
                "INSERT INTO answer (step_id, words, at) VALUES ($1, $2, now())", step["id"], statement
            )
            await ask(connection, step["ref"], step["number"] + 1)
        return RedirectResponse("/received", 303)

    return app


async def ask(connection: Any, ref: str, number: int) -> None:
    """Open a step and queue its mail."""
    token = secrets.token_urlsafe(32)
    await connection.execute("INSERT INTO step (ref, number, token) VALUES ($1, $2, $3)", ref, number, token)
    await connection.execute("INSERT INTO message (ref, token) VALUES ($1, $2)", ref, token)
    await connection.execute("NOTIFY mail")


async def deliver() -> None:
    """Send what is in the outbox over ten connections, each mail marked as soon as it is accepted."""
    pool = await asyncpg.create_pool(os.environ["FLOOR_DATABASE"], min_size=5, max_size=5)
    listening = await asyncpg.connect(os.environ["FLOOR_DATABASE"])
    news, free = asyncio.Event(), asyncio.Queue[aiosmtplib.SMTP]()
    await listening.add_listener("mail", lambda *_: news.set())  # pyright: ignore[reportUnknownLambdaType]
    for _ in range(AT_ONCE):
        server = aiosmtplib.SMTP(hostname="127.0.0.1", port=int(os.environ["FLOOR_SMTP"]))
        await server.connect()
        free.put_nowait(server)
    under_way = set[int]()

    async def send(row: Any) -> None:
        server = await free.get()
        await server.send_message(_mail(row))
        free.put_nowait(server)
        await pool.execute("UPDATE message SET sent_at = now() WHERE id = $1", row["id"])
        under_way.remove(row["id"])

    async with asyncio.TaskGroup() as sending:
        while True:
            news.clear()
            rows = await pool.fetch(
                "SELECT id, ref, token FROM message WHERE sent_at IS NULL AND id <> ALL($1) ORDER BY id LIMIT $2",
                list(under_way),
                AT_ONCE,
            )
            for row in rows:
                under_way.add(row["id"])
                sending.create_task(send(row))
            if not rows:
                await news.wait()


def _mail(row: Any) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "floor@example.org", "owner@example.org"
    mail["Subject"] = f"{row['ref']}: next step"
    mail.set_content(f"Please show what was done: http://127.0.0.1/do/{row['token']}\n")
    return mail


@asynccontextmanager
async def floor_running(smtp_port: int) -> AsyncGenerator[tuple[int, str, list[psutil.Process]]]:
    """PostgreSQL as the product runs it, and the two processes: (port, database, all of them)."""
    with tempfile.TemporaryDirectory(prefix="floor-") as folder:
        database = await asyncio.to_thread(embedded.start, Path(folder) / "postgres")
        await embedded.make_databases(database, "floor")
        url = f"postgresql://postgres@/floor?host={database.socket_folder}"
        connection = await asyncpg.connect(url)
        await connection.execute(TABLES)
        await connection.close()
        port = free_port()
        environment = {**os.environ, "FLOOR_DATABASE": url, "FLOOR_SMTP": str(smtp_port)}
        command = (sys.executable, "-m", "benchmarks.floor")
        started = [
            await asyncio.create_subprocess_exec(*command, part, str(port), env=environment, cwd=HERE)
            for part in ("web", "mail")
        ]
        try:
            await _answers(port)
            yield port, url, [psutil.Process(one.pid) for one in (*started, database.process)]
        finally:
            for one in started:
                one.terminate()
                await one.wait()
            await asyncio.to_thread(database.stop)


async def _answers(port: int) -> None:
    for _ in range(200):
        try:
            await Browser(port).get("/")
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("The floor did not start.")


def _spent(processes: list[psutil.Process]) -> float:
    """Processor seconds so far, the database's own children included."""
    every = [each for one in processes for each in (one, *one.children(recursive=True))]
    return sum(sum(each.cpu_times()[:2]) for each in every)


async def floor(box: Letterbox, actions: int, clients: int) -> tuple[float, float, list[float]]:
    """The same load as the product gets: (steps per second, processor milliseconds per step, POST-to-mail times)."""
    refs = [f"FT-0000-{number:04d}" for number in range(actions)]
    waiting, times = asyncio.Queue[str](), list[float]()
    async with floor_running(box.port) as (port, url, processes):
        connection = await asyncpg.connect(url)
        for ref in refs:
            await ask(connection, ref, 1)
            waiting.put_nowait(ref)
        await connection.close()
        await asyncio.sleep(2)

        async def client() -> None:
            browser = Browser(port)
            while not waiting.empty():
                mails = box.of(waiting.get_nowait()).mails
                for _ in range(STEPS_EACH):
                    _, token = mails.get_nowait()
                    sent = time.time_ns()
                    answer = await browser.post(f"/do/{token}", {"statement": "All twelve plans now have a weight."})
                    if answer.status != 303:
                        raise RuntimeError(f"The floor refused an answer: {answer.status}")
                    at, token = await asyncio.wait_for(mails.get(), 60)
                    mails.put_nowait((at, token))
                    times.append((at - sent) / 1e6)
            await browser.close()

        spent, started = _spent(processes), time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        took = time.perf_counter() - started
        return len(times) / took, 1000 * (_spent(processes) - spent) / len(times), times


if __name__ == "__main__":
    if sys.argv[1] == "web":
        uvicorn.run(web_app(), port=int(sys.argv[2]), log_level="error", access_log=False)
    else:
        uvloop.run(deliver())
