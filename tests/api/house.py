"""Cedar View with an action at every stage, and people who sign in to it as they really would."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from commands import sign_in as sign_in_commands
from commands.absences import Away, record_absence
from commands.accept import decline
from commands.advance import advance_action
from commands.ask import ask_for_time, tell_barrier
from commands.define import define
from commands.escalate import fire_rung
from commands.office import utc_now
from commands.pathway_drafts import start_draft
from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED, publish
from commands.people import first_sign_in_link
from commands.reviews import advance_review, plan_reviews
from commands.small_home import record_small_home
from commands.submit import submit
from commands.undelivered import ask_about_dead_mail
from db.engine import make_engine
from domain.actors import OPERATOR
from domain.defining import Definition
from domain.vocabulary import Risk
from notifications.links import mint
from settings import Settings
from tests.cast import (
    BRIEFING,
    KEY,
    Cast,
    a_definition,
    accept_it,
    approve_it,
    at_work,
    by_link,
    evidence_answer,
    open_step,
    sample,
    signed_in,
)

PASSWORD = "three plain invented words"
AS_SHIPPED = sign_in_commands._hasher
"""How passwords are kept. In this process that is done as cheaply as can be, since hundreds of tests sign in."""
sign_in_commands._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005"
    "0001ffa2a3ecd50000000049454e44ae426082"
)
EMAILS = {
    "owner": "oona@example.org",
    "team_leader": "tam@example.org",
    "deputy": "dara@example.org",
    "manager": "mina@example.org",
    "quality_lead": "quill@example.org",
    "nominated": "nia@example.org",
    "outsider": "odd@example.org",
    "administrator": "ada@example.org",
    "key_worker": "kit@example.org",
    "commissioner": "cora@example.org",
    "inspector": "ines@example.org",
}
MARK = "Weekly weights"
"""Words in the title of every action of Cedar View; who may not see the home never reads them."""


@dataclass(frozen=True, slots=True)
class House:
    """The home, the web application on its database, and where everything is."""

    cast: Cast
    app: FastAPI
    engine: AsyncEngine
    home: Path
    refs: dict[str, str] = field(default_factory=dict[str, str])
    actions: dict[str, UUID] = field(default_factory=dict[str, UUID])
    steps: dict[str, UUID] = field(default_factory=dict[str, UUID])
    asked: dict[str, UUID] = field(default_factory=dict[str, UUID])
    """The escalation, extension and barrier that wait, and one file of evidence."""

    @property
    def people(self) -> dict[str, str]:
        """The keys of the cast as addresses name them, and that of the home."""
        names = ("owner", "team_leader", "deputy", "manager", "quality_lead", "nominated", "outsider")
        return {f"{name}-person": str(getattr(self.cast, name)) for name in names} | {"home": str(self.cast.location)}

    async def token_of(self, step_id: UUID) -> str:
        """What the mail about a step has in its link."""
        link = (await by_link(self.cast, step_id)).link_id
        assert link is not None
        return mint(KEY, link).token


def build(employed: Cast, engine: AsyncEngine, url: str, home: Path, connections: int = 5) -> House:
    """The home with its people, on a copy of their database, and no action yet."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "secret.key").write_bytes(KEY)
    settings = Settings(home=home, database_url=url, database_connections=connections, _env_file=None)  # pyright: ignore[reportCallIssue]
    return House(at_work(employed, engine), create_app(settings), engine, home)


@asynccontextmanager
async def bare_house(employed: Cast, url: str, home: Path) -> AsyncGenerator[House]:
    """The same for one test alone; what it has open is closed at the end."""
    engine = make_engine(url)
    made = build(employed, engine, url, home)
    yield made
    await made.app.state.front.office.engine.dispose()
    await engine.dispose()


def anybody(house: House) -> httpx.AsyncClient:
    """A browser that nobody has signed in with."""
    transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")


async def sign_in(house: House, who: str) -> httpx.AsyncClient:
    """A browser in which this person has chosen a password by their link, and is signed in."""
    minted = await first_sign_in_link(house.cast.office, OPERATOR, EMAILS[who], utc_now(), mail=False)
    client = anybody(house)
    answer = await client.post(f"/welcome/{minted.token}", data={"password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


async def new_action(house: House, stage: str, now: datetime, **changes: Any) -> UUID:
    """Define an action and remember it under the name of its stage."""
    definition: Definition = a_definition(house.cast, **({"due_at": now + timedelta(days=14)} | changes))
    made = await define(house.cast.office, signed_in(house.cast.quality_lead), definition, now)
    house.refs[stage], house.actions[stage] = made.ref, made.action_id
    return made.action_id


async def accepted(house: House, stage: str, now: datetime, **changes: Any) -> UUID:
    action_id = await new_action(house, stage, now, **changes)
    await accept_it(house.cast, action_id, now)
    return action_id


async def evidenced(house: House, stage: str, now: datetime, **changes: Any) -> UUID:
    action_id = await accepted(house, stage, now, **changes)
    today = house.cast.office.calendar.day_of(now).isoformat()
    elsewhere = {"where": "Care planning system", "witness": "Dara Mockley", "on": today}
    for key, category, kind, more in (
        ("care-plans", "processes", "care plan update", {}),
        ("briefing", "feedback from staff and leaders", "briefing attendance", BRIEFING),
    ):
        step_id = await open_step(house.cast, action_id, key)
        answer = evidence_answer(category, kind, effective_on=today, elsewhere=elsewhere, **more)
        await submit(house.cast.office, await by_link(house.cast, step_id), step_id, uuid4(), answer, now)
    return action_id


async def furnish(house: House) -> House:
    """An action at every stage, something late, something asked for, and a file."""
    cast, now = house.cast, utc_now()
    past = now - timedelta(days=40)
    await _late(house, past, now)
    asking = await new_action(house, "asked", now)
    house.steps["accept"] = await open_step(cast, asking, "accept")
    await _open(house, now)
    reason = "Three people live here, and two of us work here."
    until, by = cast.office.calendar.day_of(now) + timedelta(days=90), signed_in(cast.manager)
    house.asked["small_home"] = await record_small_home(cast.office, by, cast.location, uuid4(), reason, until, now)
    await evidenced(house, "sample", now)
    house.steps["sample"] = await open_step(cast, house.actions["sample"], "sample")
    sent = f"SELECT id FROM step WHERE action_id = '{house.actions['sample']}' AND key = 'care-plans'"
    house.steps["sent"] = await _one(house, sent)
    await evidenced(house, "approval", now)
    await sample(cast, house.actions["approval"], True, now)
    house.steps["approval"] = await open_step(cast, house.actions["approval"], "approval")
    await evidenced(house, "closed", now)
    await sample(cast, house.actions["closed"], True, now)
    await approve_it(cast, house.actions["closed"], now)
    await new_action(house, "draft", now, risk=None, closure_criteria=None, due_at=None)
    house.steps["define"] = await open_step(cast, house.actions["draft"], "define")
    declined = await new_action(house, "declined", now)
    step_id = await open_step(cast, declined, "accept")
    await decline(cast.office, await by_link(cast, step_id), step_id, uuid4(), "I am on nights", "Tam", now)
    house.steps["owner"] = await open_step(cast, declined, "owner")
    await _review(house, now)
    await _refused_mail(house, now)
    await _away_and_in_office(house, now)
    # It has the theme of the action that has just closed here.
    house.asked["repeat"] = await _one(house, "SELECT id FROM repeat_finding ORDER BY noticed_at DESC LIMIT 1")
    await _closed_long_ago(house, past, now)
    await _newer_pathways(house, now)
    return house


async def _closed_long_ago(house: House, past: datetime, now: datetime) -> None:
    """Closed forty days ago at high risk, so that its first re-audit has come due."""
    action = await evidenced(house, "checked-again", past, risk=Risk.HIGH, theme="weights of newcomers")
    await sample(house.cast, action, True, past)
    await approve_it(house.cast, action, past)
    await advance_action(house.cast.office, action, now)
    house.steps["re-audit"] = await open_step(house.cast, action, "re-audit")


async def _newer_pathways(house: House, now: datetime) -> None:
    """Two pathways have a second version that no action follows yet, and one a draft of its third."""
    for key, old, new in (
        ("general", "categories_needed: 2", "categories_needed: 3"),
        ("care-plan-audit", "title: Brief staff at handover", "title: Brief all staff at handover"),
    ):
        source = (SHIPPED / f"{key}.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
        assert old in source
        source = source.replace(old, new)
        await publish(house.cast.office, OPERATOR, read_pathway(source), now, source, next_only=True)
    await start_draft(house.cast.office, signed_in(house.cast.quality_lead), "care-plan-audit", uuid4(), now)


async def _late(house: House, past: datetime, now: datetime) -> None:
    late = await accepted(house, "late", past, due_at=past + timedelta(days=10))
    house.steps["late"] = await open_step(house.cast, late, "care-plans")
    for rung in (1, 2):
        await fire_rung(house.cast.office, late, house.steps["late"], rung, now)
    house.asked["escalation"] = await _one(house, "SELECT id FROM escalation WHERE must_answer")


async def _open(house: House, now: datetime) -> None:
    cast = house.cast
    open_action = await accepted(house, "open", now)
    for key in ("care-plans", "briefing"):
        house.steps[key] = await open_step(cast, open_action, key)
    plans, briefing = house.steps["care-plans"], house.steps["briefing"]
    actor = await by_link(cast, plans)
    wanted = now + timedelta(days=30)
    await ask_for_time(cast.office, actor, plans, uuid4(), "Two people are in hospital.", wanted, now)
    await tell_barrier(cast.office, await by_link(cast, briefing), briefing, uuid4(), "No agency cover at night.", now)
    house.asked["extension"] = await _one(house, "SELECT id FROM extension")
    house.asked["barrier"] = await _one(house, "SELECT id FROM barrier")
    async with anybody(house) as browser:
        await browser.get(f"/do/{await house.token_of(plans)}")
        sent = await browser.post(
            f"/steps/{plans}/evidence", data={"do": "add"}, files={"files": ("rota.png", PNG, "image/png")}
        )
        assert sent.status_code == 200, sent.text
    house.asked["evidence"] = await _one(house, "SELECT id FROM evidence WHERE filename = 'rota.png'")


async def _review(house: House, now: datetime) -> None:
    """This week's review, just opened."""
    await plan_reviews(house.cast.office, now)
    async with house.engine.begin() as connection:
        due = text("UPDATE review SET opens_at = :now WHERE location_id = :l")
        await connection.execute(due, {"now": now, "l": house.cast.location})
    house.asked["review"] = await _one(house, f"SELECT id FROM review WHERE location_id = '{house.cast.location}'")
    await advance_review(house.cast.office, house.asked["review"], now)
    house.asked["home"] = house.cast.location


async def _refused_mail(house: House, now: datetime) -> None:
    """The mail that asks for a new owner's acceptance was refused for good."""
    async with house.engine.begin() as connection:
        dead = text("UPDATE message SET status = 'dead', last_error = '550 no such mailbox' WHERE step_id = :s")
        await connection.execute(dead, {"s": house.steps["accept"]})
    await ask_about_dead_mail(house.cast.office, now)
    house.asked["undelivered"] = await _one(house, "SELECT id FROM undelivered")


async def _away_and_in_office(house: House, now: datetime) -> None:
    """The deputy will be away, in a year that no other test looks at; and the role they hold."""
    deputy, away = house.cast.deputy, Away(date(2098, 3, 1), date(2098, 3, 2))
    house.asked["absence"] = await record_absence(house.cast.office, OPERATOR, deputy, away, uuid4(), now)
    house.asked["role"] = await _one(house, f"SELECT id FROM role_assignment WHERE person_id = '{deputy}'")


async def _one(house: House, query: str) -> UUID:
    async with house.engine.connect() as connection:
        return (await connection.execute(text(query))).scalar_one()
