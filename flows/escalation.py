"""Escalation: a deadline passed, so the next person on the ladder is asked to decide."""

from uuid import UUID

from prefect import flow

from domain.ladder import RungDue
from domain.plans import Plan
from tasks.steps import fire_rung


@flow(name="escalation", persist_result=False)
async def escalate(action_id: UUID, rung: RungDue) -> Plan:
    """Fire one rung of one overdue step. A sub-flow acts and returns; the action's own run does the waiting."""
    return await fire_rung(action_id, rung)
