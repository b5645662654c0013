"""What the weekly review's flow asks of the tracker. Ids go in and plans come out."""

from uuid import UUID

from commands import reviews
from commands.office import utc_now
from domain.reviewing import ReviewPlan
from tasks.desk import the_office
from tasks.steps import step


@step(name="advance review")
async def advance_review(review_id: UUID) -> ReviewPlan:
    """Open the review when its time has come, and say what is due and until when to wait."""
    return await reviews.advance_review(the_office(), review_id, utc_now())


@step(name="climb review")
async def climb_review(review_id: UUID, rung: int) -> ReviewPlan:
    """Fire one rung of a review that nobody sent; once, however often this runs."""
    return await reviews.climb_review(the_office(), review_id, rung, utc_now())
