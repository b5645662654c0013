"""What flows ask of the tracker. Ids go in and plans come out; no person's words ever pass through Prefect."""

from functools import partial
from typing import Any
from uuid import UUID

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from commands import advance, escalate
from commands.office import utc_now
from db.run_checks import ask_wakes
from domain.ladder import RungDue
from domain.plans import Plan
from tasks.desk import the_office


async def is_outage(of: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Only a database that is away is worth another try at once; anything else is for people to see."""
    try:
        await state.aresult()
    except (IntegrityError, ProgrammingError, DataError):
        return False
    except (OSError, TimeoutError, DBAPIError):
        return True
    except Exception:
        return False
    return False


# One way of doing steps: nothing is stored by Prefect, and a database that is away is waited for.
step = partial(
    task,
    persist_result=False,
    cache_policy=NO_CACHE,
    retries=3,
    retry_delay_seconds=[1, 3, 8],
    retry_condition_fn=is_outage,
)


async def advance_action(action_id: UUID) -> Plan:
    """Open what is next and say what is due: the same command that answers use.

    Not a task run of its own: every wake begins with it and most end with it, so Prefect would record
    hundreds that say nothing, for a quarter of what a wake costs. When it fails, so does the run.
    """
    return await advance.advance_action(the_office(), action_id, utc_now())


@step(name="fire rung")
async def fire_rung(action_id: UUID, rung: RungDue) -> Plan:
    """Record the rung, ask its person, and queue their mail; once, however often this runs."""
    return await escalate.fire_rung(the_office(), action_id, rung.step_id, rung.rung, utc_now())


@step(name="wake action")
async def wake_action(action_id: UUID) -> None:
    """Ask for the action's own run to look again."""
    async with the_office().engine.begin() as connection:
        await ask_wakes(connection, [action_id])
