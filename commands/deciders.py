"""Who decides on what an owner asks for, and how they hear of it. Never whose request it is, nor their cover."""

from uuid import UUID

from commands.office import Office
from commands.standing_in import asked_columns, asked_words, who_answers_today, whom_to_tell
from commands.telling import Mail, about, tell
from db.actions import ActionFacts
from db.ids import new_id
from db.outbox import URGENT
from db.people import covers_of, people_of
from db.requests import answer_by_giving_away, end_time_by_giving_away, insert_barrier
from db.session import Transaction
from db.steps import StepFacts
from db.trail import Entry
from domain.assigning import Choice, both_of
from domain.covering import Answerers
from domain.escalating import above
from domain.vocabulary import Role
from notifications.letters_requests import Request, for_help, request_made


async def who_decides(tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, asker: UUID) -> Answerers:
    """The registered manager, else whoever stands above.

    Never whose request it is: who asks, whose step it is, and everybody who covers for one of them today.
    """
    people = {asker, *both_of(step)}
    never = frozenset(people | await covers_of(tx.connection, people, office.calendar.day_of(tx.now)))
    return Answerers((Role.REGISTERED_MANAGER, *above(Role.REGISTERED_MANAGER)), action.location_id, never)


async def tell_decider(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, request: Request, decider: Choice
) -> None:
    """Mail a request to whoever decides on it."""
    person, reader = await whom_to_tell(tx, decider)
    asker = (await people_of(tx, {request.asker_id}))[request.asker_id]
    letter = request_made(about(tx, office, action), reader, step, asker.name, request)
    tell(tx, office, action, Mail(request.kind, person, letter, request.path, step_id=step.id, priority=URGENT))


async def ask_for_help(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, barrier: str, request_id: UUID
) -> UUID:
    """Record what is in the way of a step, and ask somebody to help. Returns the barrier's key."""
    decider = await who_answers_today(tx, office, await who_decides(tx, office, action, step, tx.actor.known))
    barrier_id = new_id()
    values = {
        "id": barrier_id,
        "step_id": step.id,
        "told_by": tx.actor.known,
        "told_at": tx.now,
        "barrier": barrier,
        "request_id": request_id,
        **asked_columns(decider, "asked_id", "asked_for_id"),
    }
    await insert_barrier(tx.connection, values)
    words = {"step": step.key, "barrier": barrier, **asked_words(decider)}
    tx.record(Entry("barrier told", "barrier", barrier_id, action.id, action.location_id, words))
    if decider is not None:
        await tell_decider(tx, office, action, step, for_help(barrier_id, tx.actor.known, barrier), decider)
    return barrier_id


async def end_requests(tx: Transaction, action: ActionFacts, step_ids: list[UUID], *, left: bool = False) -> None:
    """Somebody else does these steps now, which answers what was in the way of whoever had them, or asked for time.

    They read it in the mail that takes the step from them. A cover does it for them: there it still has to be answered.
    With `left`, whoever has a step by now keeps what they asked for, and what a weekly review said stays in the way.
    """
    answer = {"answer": "The step was given to somebody else."}
    by = tx.actor.person_id
    for ended in await answer_by_giving_away(tx.connection, step_ids, by, tx.now, left=left):
        words = {"step": ended.key, **answer}
        tx.record(Entry("barrier answered", "barrier", ended.id, action.id, action.location_id, words))
    for ended in await end_time_by_giving_away(tx.connection, step_ids, by, tx.now, left=left):
        words = {"step": ended.key, "granted": False, **answer}
        tx.record(Entry("more time decided", "extension", ended.id, action.id, action.location_id, words))
