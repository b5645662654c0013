"""One improvement action, from definition to closure, as Prefect keeps time for it."""

from uuid import UUID

from prefect import flow

from flows.escalation import escalate
from flows.leases import lease
from flows.waiting import park
from tasks.re_audits import schedule_re_audits
from tasks.steps import advance_action


@flow(name="action", persist_result=False)
async def run_action(action_id: UUID, ref: str) -> None:
    """Keep time for one improvement action, from definition to closure.

    Starts from the top at every wake. People's answers have usually moved the action already;
    what is left is what only time can bring.
    """
    async with lease(action_id):
        plan = await advance_action(action_id)
        while plan.rungs_due:
            plan = await escalate(action_id, plan.rungs_due[0])
        if plan.shows_re_audits:
            await schedule_re_audits(action_id, ref)
        if not plan.finished:
            await park(plan.waiting_for, plan.until)
