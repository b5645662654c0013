"""Leases: one worker runs an action at a time, and no wake is lost between reading and waiting.

The order is what makes it so: take the lease (noting which request is being answered), read and act,
park, release – and release tells whether another request came since, which means look again. While
the lease is held nobody else pushes the run; a holder that dies is replaced when its lease runs out.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from prefect.exceptions import Pause

from commands.office import utc_now
from db import action_runs
from flows.waiting import WOKEN, Parked, park
from tasks.desk import holder, the_office

LASTS = timedelta(seconds=30)
KEEP_EVERY = 10.0
TRIES, TRY_EVERY = 10, 0.2
HELD_ELSEWHERE = timedelta(seconds=5)
FINISHED = "Finished"
log = structlog.get_logger("leases")


@asynccontextmanager
async def lease(action_id: UUID) -> AsyncGenerator[None]:
    """Hold the action while its process is read and moved on; parks for a moment while somebody else does."""
    me = f"{holder()}:{uuid4().hex[:8]}"
    if not await _take_soon(action_id, me):
        await park("Being looked at", utc_now() + HELD_ELSEWHERE)
    keeper = asyncio.create_task(_keep(action_id, me))
    try:
        yield
        asked_again = await _release(action_id, me, FINISHED, None)
    except Parked as parked:
        # The run shows its wait already. Only now is the lease let go.
        if not await _release(action_id, me, parked.name, parked.until):
            raise
        asked_again = True
    except Pause:
        raise
    except BaseException:
        await _failed(action_id, me)
        raise
    finally:
        keeper.cancel()
    if asked_again:
        await park(WOKEN, utc_now())


async def _take_soon(action_id: UUID, me: str) -> bool:
    """Try for a moment: whoever has the action is usually done in a tenth of a second."""
    for _ in range(TRIES):
        if await _take(action_id, me):
            return True
        await asyncio.sleep(TRY_EVERY)
    return False


async def _take(action_id: UUID, me: str) -> bool:
    async with the_office().engine.begin() as connection:
        return await action_runs.take_lease(connection, action_id, me, LASTS)


async def _release(action_id: UUID, me: str, waiting_for: str, until: datetime | None) -> bool:
    try:
        async with the_office().engine.begin() as connection:
            return await action_runs.release_lease(connection, action_id, me, waiting_for, until)
    except Exception as wrong:  # the run waits as it should; its lease runs out, and it is pushed once more
        log.warning("a lease could not be released", action=str(action_id), error=str(wrong)[:200])
        return False


async def _failed(action_id: UUID, me: str) -> None:
    try:
        async with the_office().engine.begin() as connection:
            await action_runs.note_failure(connection, action_id, me)
    except Exception as wrong:  # the lease runs out by itself, and the waker finds it
        log.warning("a failure could not be noted", action=str(action_id), error=str(wrong)[:200])


async def _keep(action_id: UUID, me: str) -> None:
    """Renew the lease of a run that takes long. If it was lost, the run's own end finds out."""
    while True:
        await asyncio.sleep(KEEP_EVERY)
        try:
            async with the_office().engine.begin() as connection:
                await action_runs.keep_lease(connection, action_id, me, LASTS)
        except Exception as wrong:
            log.warning("a lease could not be renewed", action=str(action_id), error=str(wrong)[:200])
