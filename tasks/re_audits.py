"""Re-audits as Prefect shows them: upcoming runs at their dates, ended when they are decided."""

from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Completed, Scheduled

from commands.office import utc_now
from db.sustaining import ToTell, re_audit_told, re_audits_to_tell, status_of_run
from domain.vocabulary import ReAuditStatus
from tasks.desk import the_office
from tasks.steps import step

RE_AUDIT_DEPLOYMENT = "re-audit/check-again"
UPCOMING = "Upcoming re-audit"
ENDED = {
    ReAuditStatus.PASSED: "Held",
    ReAuditStatus.FAILED: "Did not hold",
    ReAuditStatus.MISSED: "Missed",
}
NOT_NEEDED = "Not needed any more"


@step(name="schedule re-audits")
async def schedule_re_audits(action_id: UUID, ref: str) -> None:
    """Give every planned re-audit its run, and end the runs of decided ones; once, however often this runs."""
    engine = the_office().engine
    async with engine.connect() as connection:
        untold = await re_audits_to_tell(connection, action_id)
    if not untold:
        return
    async with get_client() as client:
        for re_audit in untold:
            run_id = await _tell(client, action_id, ref, re_audit)
            async with engine.begin() as connection:
                await re_audit_told(connection, re_audit, run_id, utc_now())


@step(name="how it ended")
async def how_it_ended(run_id: UUID) -> str | None:
    """The name of the state in which the run of a decided re-audit ends; None while it is not decided."""
    async with the_office().engine.connect() as connection:
        status = await status_of_run(connection, run_id)
    if status in (None, ReAuditStatus.PLANNED, ReAuditStatus.OPEN):
        return None
    return ENDED.get(status, NOT_NEEDED)


def ended_state(name: str) -> State[Any]:
    """The final state that says how a re-audit ended, whoever finds out first: its own run or its action's."""
    return Cancelled(name=name) if name == NOT_NEEDED else Completed(name=name)


async def _tell(client: PrefectClient, action_id: UUID, ref: str, re_audit: ToTell) -> UUID | None:
    if re_audit.status in (ReAuditStatus.PLANNED, ReAuditStatus.OPEN):
        return re_audit.flow_run_id or await _make(client, action_id, ref, re_audit)
    if re_audit.flow_run_id is not None:
        await _end(client, re_audit.flow_run_id, ReAuditStatus(re_audit.status))
    return re_audit.flow_run_id


async def _make(client: PrefectClient, action_id: UUID, ref: str, re_audit: ToTell) -> UUID:
    """The run of a re-audit, waiting for its date. Its key makes it the only one."""
    deployment = await client.read_deployment_by_name(RE_AUDIT_DEPLOYMENT)
    waiting: State[Any] = Scheduled(scheduled_time=re_audit.due_at, name=UPCOMING)
    run = await client.create_flow_run_from_deployment(
        deployment.id,
        name=f"{ref} re-audit {re_audit.number} of {re_audit.of}",
        parameters={"action_id": str(action_id), "ref": ref, "number": re_audit.number},
        tags=["re-audit", ref],
        idempotency_key=f"re-audit:{re_audit.id}",
        state=waiting,
    )
    # It may have been there before, and have ended with an older copy of our database.
    if run.state is None or run.state.is_final():
        await client.set_flow_run_state(run.id, waiting, force=True)
    return run.id


async def _end(client: PrefectClient, run_id: UUID, status: ReAuditStatus) -> None:
    try:
        run = await client.read_flow_run(run_id)
        if run.state is None or not run.state.is_final():
            await client.set_flow_run_state(run_id, ended_state(ENDED.get(status, NOT_NEEDED)), force=True)
    except ObjectNotFound:
        return  # Prefect lost it; there is nothing left to end
