"""What flows ask of the tracker. Ids go in and plans come out; no person's words ever pass through Prefect."""

from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from commands import advance, escalate
from commands.office import utc_now
from domain.ladder import RungDue
from domain.process import Plan
from tasks.desk import the_office


@task(name="advance action", persist_result=False, cache_policy=NO_CACHE, retries=3, retry_delay_seconds=[1, 5, 20])
async def advance_action(action_id: UUID) -> Plan:
    """Open what is next and say what is due: the same command that answers use."""
    return await advance.advance_action(the_office(), action_id, utc_now())


@task(name="fire rung", persist_result=False, cache_policy=NO_CACHE, retries=3, retry_delay_seconds=[1, 5, 20])
async def fire_rung(action_id: UUID, rung: RungDue) -> Plan:
    """Record the rung, ask its person, and queue their mail; once, however often this runs."""
    return await escalate.fire_rung(the_office(), action_id, rung.step_id, rung.rung, utc_now())
