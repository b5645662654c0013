"""One improvement action, from definition to closure, as Prefect keeps time for it."""

from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from prefect import flow

from commands.office import utc_now
from db.action_runs import note_failure, release_lease, take_lease
from domain.process import Plan
from flows.escalation import escalate
from flows.waiting import Parked, propose_waiting
from tasks.desk import holder, the_office
from tasks.steps import advance_action

LEASE = timedelta(seconds=60)
HELD_ELSEWHERE = timedelta(seconds=5)


@flow(name="action", persist_result=False, validate_parameters=False)
async def run_action(action_id: str, ref: str) -> None:
    """Keep time for one improvement action.

    Starts from the top at every wake. People's answers have usually moved the action already;
    what is left is what only time can bring.
    """
    key = UUID(action_id)
    await lease(key)
    try:
        plan = await advance_action(key)
        while plan.rungs_due:
            plan = await escalate(key, plan.rungs_due[0])
    except Exception:
        await note_failure(the_office().engine, key, holder())
        raise
    if plan.finished:
        await release_lease(the_office().engine, key, holder(), "Finished", None)
        return
    await park(key, plan)


async def lease(action_id: UUID) -> None:
    """One worker runs an action at a time; while another does, wait a moment and look again."""
    if not await take_lease(the_office().engine, action_id, holder(), LEASE):
        raise Parked(state=await propose_waiting("Being looked at", utc_now() + HELD_ELSEWHERE))


async def park(action_id: UUID, plan: Plan) -> NoReturn:
    """Leave the run waiting until the next deadline, and only then let go of it: no wake is lost in between."""
    parked = await propose_waiting(plan.waiting_for, plan.until)
    await release_lease(the_office().engine, action_id, holder(), plan.waiting_for, plan.until)
    raise Parked(state=parked)
