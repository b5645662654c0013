"""A re-audit: months after closure, somebody checks whether the improvement held."""

from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run as this_run

from flows.escalation import escalate
from flows.leases import lease
from flows.waiting import park
from tasks.re_audits import ended_state, how_it_ended
from tasks.steps import advance_action, wake_action


@flow(name="re-audit", persist_result=False)
async def run_re_audit(action_id: UUID, ref: str, number: int) -> State[Any] | None:
    """Keep time for one re-audit, from its date to its result.

    At its date a fresh sample is asked for. Silence escalates as for any step; after the last rung the
    re-audit counts as missed. Whatever the result, the action's own run goes on from it, and this one
    ends in a state that says it, also where it had been decided before this run began.
    """
    async with lease(action_id):
        plan = await advance_action(action_id)
        while plan.rungs_due:
            plan = await escalate(action_id, plan.rungs_due[0])
        # One before it may still wait for somebody; this one's turn comes after.
        if plan.re_audit is not None and plan.re_audit <= number:
            await park(plan.waiting_for, plan.until)
    await wake_action(action_id)
    how = await how_it_ended(UUID(this_run.id))
    return ended_state(how) if how else None
