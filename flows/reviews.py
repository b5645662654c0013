"""The weekly tracker review of one location, from the day it opens until it is sent, as Prefect keeps time for it."""

from uuid import UUID

from prefect import flow

from flows.waiting import park
from tasks.reviews import advance_review, climb_review


@flow(name="weekly-review", persist_result=False)
async def run_review(review_id: UUID) -> None:
    """Keep time for one location's review of one week.

    Opens it for the deputy manager when its day has come, and climbs its ladder when nobody sends it.
    Starts from the top at every wake. No lease: two workers at once open one review and fire each rung
    once, because the database says so.
    """
    plan = await advance_review(review_id)
    while plan.rungs_due:
        plan = await climb_review(review_id, plan.rungs_due[0])
    if not plan.finished:
        await park(plan.waiting_for, plan.until)
