"""Weekly reviews as time brings them: planned ahead, opened for whoever does them, climbing when nobody does."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.review_ladder import fire_review_rung
from commands.review_telling import about_review, tell_of_review
from commands.standing import is_one_of
from commands.standing_in import asked_words, whom_to_tell
from db.ids import new_id
from db.people import holders
from db.reviews import (
    ReviewFacts,
    actions_to_review,
    end_review,
    insert_lines,
    load_review,
    lock_open_review,
    lock_review,
    move_planned,
    open_review,
    plan_review,
    planned_reviews,
    schedules,
    set_schedule,
)
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.assigning import Choice, choose
from domain.errors import NotAllowed, NotFound
from domain.reviewing import (
    ASKED,
    LADDER,
    ReviewPlan,
    ReviewStatus,
    Schedule,
    due_of,
    next_of,
    occurrence,
    upcoming,
)
from domain.vocabulary import Role
from notifications import letters_review as letters

MAY_SCHEDULE = frozenset({Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR})


async def plan_reviews(office: Office, now: datetime) -> int:
    """Plan the next review of every location, and move those whose day or time was changed; how many.

    Can run as often as one likes, by several workers: a location has one review a week.
    """
    changed = 0
    async with transaction(office.engine, SYSTEM, now) as tx:
        planned = {row.location_id: row for row in await planned_reviews(tx.connection)}
        for location_id, schedule in (await schedules(tx.connection)).items():
            known = planned.get(location_id)
            if known is None:
                changed += await _plan(tx, office, location_id, schedule)
                continue
            opens_at = occurrence(schedule, known.week, office.calendar).opens_at
            if opens_at != known.opens_at:
                await move_planned(tx.connection, known.id, opens_at)
                changed += 1
    return changed


async def _plan(tx: Transaction, office: Office, location_id: UUID, schedule: Schedule) -> bool:
    week, opens_at = upcoming(schedule, tx.now, office.calendar)
    row = {"id": new_id(), "location_id": location_id, "week": week, "opens_at": opens_at, "status": "planned"}
    return await plan_review(tx.connection, row)


async def choose_schedule(office: Office, actor: Actor, location_id: UUID, when: Schedule, now: datetime) -> None:
    """Say on which day and at what time a location's review opens."""
    async with transaction(office.engine, actor, now) as tx:
        before = (await schedules(tx.connection)).get(location_id)
        if before is None:
            raise NotFound("There is no such location.")
        if not await is_one_of(tx, office, MAY_SCHEDULE, location_id):
            raise NotAllowed("The registered manager or the quality lead chooses when the weekly review opens.")
        if before == when:
            return
        await set_schedule(tx.connection, location_id, when, actor.known, now)
        change = {"weekday": [before.weekday, when.weekday], "at": [str(before.at), str(when.at)]}
        tx.record(Entry("review schedule changed", "location", location_id, None, location_id, change))
    await plan_reviews(office, now)


async def advance_review(office: Office, review_id: UUID, now: datetime) -> ReviewPlan:
    """Open a review whose time has come; what it needs next. Can run at any time, and twice."""
    async with transaction(office.engine, SYSTEM, now) as tx:
        review = await _locked(tx, review_id)
        if next_of(review.timed, now, office.calendar).opens:
            await _open(tx, office, review)
            review = await _locked(tx, review_id)
        return next_of(review.timed, now, office.calendar)


async def climb_review(office: Office, review_id: UUID, rung: int, now: datetime) -> ReviewPlan:
    """Fire one rung of a review, if it is still due; what the review needs next. A rung fires once."""
    async with transaction(office.engine, SYSTEM, now) as tx:
        review = await _locked(tx, review_id)
        if rung in next_of(review.timed, now, office.calendar).rungs_due:
            await fire_review_rung(tx, office, review, rung)
            review = await _locked(tx, review_id)
        return next_of(review.timed, now, office.calendar)


async def plan_of(office: Office, review_id: UUID, now: datetime) -> ReviewPlan:
    """What a review needs next, to look at."""
    async with office.engine.connect() as connection:
        review = await load_review(connection, review_id)
    if review is None:
        raise NotFound(f"There is no review {review_id}.")
    return next_of(review.timed, now, office.calendar)


async def _locked(tx: Transaction, review_id: UUID) -> ReviewFacts:
    review = await lock_review(tx.connection, review_id)
    if review is None:
        raise NotFound(f"There is no review {review_id}.")
    return review


async def _open(tx: Transaction, office: Office, review: ReviewFacts) -> None:
    await _end_the_one_before(tx, office, review)
    actions = await actions_to_review(tx.connection, review.location_id)
    if not actions:
        await end_review(tx.connection, review.id, review.status, ReviewStatus.NOT_NEEDED)
        return
    due = due_of(tx.now, office.calendar)
    role, choice = await _whom(tx, office, review.location_id)
    values = {"id": review.id, "now": tx.now, "due": due, "role": role}
    values |= {"assignee": choice.assignee_id if choice else None}
    values |= {"covered": choice.assigned_for_id if choice else None}
    await open_review(tx.connection, values)
    rows = [{"id": new_id(), "review_id": review.id, "action_id": action.id} for action in actions]
    await insert_lines(tx.connection, rows)
    words: dict[str, Any] = {"week": review.week.isoformat(), "actions": len(actions), "due": due.isoformat()}
    tx.record(Entry("review opened", "review", review.id, None, review.location_id, words | asked_words(choice)))
    if choice:
        named = [f"{action.ref}: {action.title}" for action in actions]
        await _ask(tx, office, replace(review, due_at=due), choice, named)


async def _ask(tx: Transaction, office: Office, review: ReviewFacts, choice: Choice, named: list[str]) -> None:
    person, reader = await whom_to_tell(tx, choice)
    letter = letters.review_asked(about_review(tx, office, review), reader, named)
    await tell_of_review(tx, office, review, person, "review asked", letter)


async def _whom(tx: Transaction, office: Office, location_id: UUID) -> tuple[Role, Choice | None]:
    """Who does the review: the deputy manager or their cover, and where there is none the registered manager."""
    day = office.calendar.day_of(tx.now)
    for role in ASKED:
        choice = choose(await holders(tx, role, location_id, day), signed_in=True)
        if choice is not None:
            return role, choice
    return ASKED[0], None


async def _end_the_one_before(tx: Transaction, office: Office, review: ReviewFacts) -> None:
    """Nobody sent last week's: it was missed. Its ladder is climbed to the top first, so that its last rung hears."""
    before = await lock_open_review(tx.connection, review.location_id)
    if before is None:
        return
    for rung in range(max(before.fired, default=0) + 1, len(LADDER) + 1):
        await fire_review_rung(tx, office, before, rung)
    await end_review(tx.connection, before.id, before.status, ReviewStatus.MISSED)
    words = {"week": before.week.isoformat(), "with": str(before.assignee_id) if before.assignee_id else None}
    tx.record(Entry("review missed", "review", before.id, None, before.location_id, words))
