"""A named cast in one home, and the answers they give. Everybody here is invented."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.accept import accept
from commands.answering import Receipt
from commands.approve import approve
from commands.define import Defined, define
from commands.drawing import draw_sample
from commands.office import Office, england_and_wales, utc_now
from commands.pathways import publish_shipped
from commands.people import Holds, add_location, add_person
from commands.sample import SampleAnswer, decide
from commands.submit import submit
from db.samples import load_items, load_sample
from domain.actors import OPERATOR, Actor
from domain.defining import Definition, Measure
from domain.outcome_form import OutcomeGiven
from domain.saving import ItemResult
from domain.vocabulary import Identified, Risk, Role, Source

KEY = bytes(range(32))
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of Cedar View, by what they do there."""

    office: Office
    location: UUID
    owner: UUID
    team_leader: UUID
    deputy: UUID
    manager: UUID
    quality_lead: UUID
    nominated: UUID
    outsider: UUID


async def engage(engine: AsyncEngine, now: datetime = MONDAY) -> Cast:
    """Publish the pathways and add everybody. The location takes mail at any hour, so that tests need no daytime."""
    office = Office(engine, KEY, england_and_wales())
    await publish_shipped(office, now)
    home = await add_location(office, OPERATOR, "Cedar View", now, opens=time(0), closes=time(0))
    other = await add_location(office, OPERATOR, "Elm Court", now, opens=time(0), closes=time(0))

    async def person(name: str, role: Role, at: UUID | None = home) -> UUID:
        address = f"{name.split()[0].lower()}@example.org"
        return await add_person(office, OPERATOR, name, address, (Holds(role, at),), now)

    return Cast(
        office=office,
        location=home,
        owner=await person("Oona Fabricott", Role.CARE_COORDINATOR),
        team_leader=await person("Tam Inventby", Role.TEAM_LEADER),
        deputy=await person("Dara Mockley", Role.DEPUTY_MANAGER),
        manager=await person("Mina Pretendall", Role.REGISTERED_MANAGER),
        quality_lead=await person("Quill Imaginer", Role.QUALITY_LEAD, None),
        nominated=await person("Nia Testwick", Role.NOMINATED_INDIVIDUAL, None),
        outsider=await person("Odd Elsewhere", Role.REGISTERED_MANAGER, other),
    )


async def employ(engine: AsyncEngine) -> Cast:
    """The cast, and those of the home who only sign in; all of them for sixty days."""
    since = utc_now() - timedelta(days=60)
    cast = await engage(engine, since)
    for name, role, at in (
        ("Ada Keyholder", Role.ADMINISTRATOR, None),
        ("Kit Mimickson", Role.KEY_WORKER, cast.location),
        ("Cora Placeholder", Role.COMMISSIONER, cast.location),
        ("Ines Supposit", Role.INSPECTOR, cast.location),
    ):
        address = f"{name.split()[0].lower()}@example.org"
        await add_person(cast.office, OPERATOR, name, address, (Holds(role, at),), since)
    return cast


def at_work(cast: Cast, engine: AsyncEngine) -> Cast:
    """The same people on a copy of their database."""
    return replace(cast, office=Office(engine, KEY, england_and_wales()))


def signed_in(person: UUID) -> Actor:
    return Actor(person, Identified.LOGIN)


def a_definition(cast: Cast, **changes: Any) -> Definition:
    """A complete care-plan action due in ten working days."""
    facts: dict[str, Any] = {
        "title": "Weekly weights for everyone at risk of malnutrition",
        "what_will_change": "Each person at risk is weighed weekly and the weight is in the care plan.",
        "summary": "7 of 12 people at risk had no weight recorded in the last 30 days.",
        "pathway": "care-plan-audit",
        "location_id": cast.location,
        "source": Source.AUDIT,
        "theme": "nutrition",
        "measure": Measure("plans with a weight from the last 7 days", "42 %", "92 %"),
        "risk": Risk.MEDIUM,
        "due_at": MONDAY + timedelta(days=14),
        "closure_criteria": "Plans updated, staff briefed, 9 of 10 sampled records match.",
        "owner_id": cast.owner,
    }
    return Definition(**(facts | changes))


async def a_care_plan_action(cast: Cast, now: datetime = MONDAY, **changes: Any) -> Defined:
    return await define(cast.office, signed_in(cast.quality_lead), a_definition(cast, **changes), now)


async def open_step(cast: Cast, action_id: UUID, key: str) -> UUID:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT id FROM step WHERE action_id = :a AND key = :k AND status = 'open'"),
            {"a": action_id, "k": key},
        )
        return found.scalar_one()


async def by_link(cast: Cast, step_id: UUID) -> Actor:
    """The person a step was mailed to, identified by that mail's link."""
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT id, person_id FROM link WHERE step_id = :s AND revoked_at IS NULL"), {"s": step_id}
        )
        link = found.one()
    return Actor(link.person_id, Identified.LINK, link_id=link.id)


def evidence_answer(category: str = "processes", kind: str = "care plan update", **more: Any) -> dict[str, Any]:
    return {
        "statement": "All twelve plans now have a weekly weight and when to escalate.",
        "effective_on": "2026-11-02",
        "kind": kind,
        "category": category,
        "elsewhere": {"where": "Care planning system", "witness": "Dara Mockley", "on": "2026-11-02"},
    } | more


BRIEFING: dict[str, Any] = {
    "briefing": {
        "who": "Tam Inventby\nDee Nightly\nFay Daily",
        "attended": 3,
        "expected": 4,
        "questions": "Where to write a refusal",
        "further_guidance": "nobody",
    }
}


async def accept_it(cast: Cast, action_id: UUID, now: datetime) -> Receipt:
    """The owner says yes, by the link they were mailed."""
    step_id = await open_step(cast, action_id, "accept")
    return await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), now)


async def send_evidence(cast: Cast, action_id: UUID, key: str, now: datetime) -> Receipt:
    step_id = await open_step(cast, action_id, key)
    actor = await by_link(cast, step_id)
    more = BRIEFING if key == "briefing" else {}
    category = "feedback from staff and leaders" if key == "briefing" else "processes"
    answer = evidence_answer(category, "briefing attendance" if key == "briefing" else "care plan update", **more)
    return await submit(cast.office, actor, step_id, uuid4(), answer, now)


async def sample(cast: Cast, action_id: UUID, passes: bool, now: datetime) -> Receipt:
    step_id = await open_step(cast, action_id, "sample")
    deputy = signed_in(cast.deputy)
    await draw_sample(cast.office, deputy, step_id, "daily records since the briefing", 60, now)
    async with cast.office.engine.connect() as connection:
        drawn = await load_sample(connection, step_id)
        assert drawn is not None
        items = await load_items(connection, drawn.id)
    result = "pass" if passes else "fail"
    results = [ItemResult(item.position, result, "" if passes else "No weight recorded") for item in items]
    reasons = "" if passes else "Weights are still missing on the night shift."
    return await decide(cast.office, deputy, step_id, uuid4(), SampleAnswer(results, reasons=reasons), now)


async def approve_it(cast: Cast, action_id: UUID, now: datetime) -> Receipt:
    step_id = await open_step(cast, action_id, "approval")
    why = "Plans, briefing and a fresh sample all show that weights are taken."
    return await approve(cast.office, signed_in(cast.manager), step_id, uuid4(), why, outcome(cast, now), now)


def outcome(cast: Cast, now: datetime, value: str = "92 %") -> OutcomeGiven:
    """What was measured today."""
    return OutcomeGiven(value, cast.office.calendar.day_of(now).isoformat())
