"""What waits for the answer of somebody who is away goes to their cover, and is answered for them.

The worker looks every few minutes, so that it happens on the first day of an absence without anybody's doing.
"""

from datetime import date, datetime
from uuid import UUID

from commands.deciders import Request, asked_words, decider_of, for_help, for_time, sides_of, tell_decider
from commands.escalate import tell_must_answer, who_must_answer
from commands.office import Office
from commands.one_by_one import one_by_one
from commands.standing_in import whose_today
from db.actions import ActionFacts, lock_action
from db.covering import Waiting, give_request, load_waiting, requests_astray, requests_waiting_for
from db.journal import load_journal
from db.session import Transaction
from db.steps import StepFacts, load_step
from db.trail import Entry
from domain.assigning import Choice
from domain.covering import Asked, asked_instead


async def pass_on_requests(office: Office, now: datetime) -> int:
    """Ask others for what waits for somebody who is away, who has left, or for nobody; how many were passed on.

    Can run at any time and as often as one likes. Each in a transaction of its own: a broken one holds up no other,
    and is raised at the end.
    """
    day = office.calendar.day_of(now)
    async with office.engine.connect() as connection:
        astray = await requests_astray(connection, day)

    async def work(tx: Transaction, found: Waiting) -> int:
        return await _pass_on(tx, office, found, day)

    return await one_by_one(office, now, astray, work, "Some requests could not be passed on.")


async def pass_on_from(tx: Transaction, office: Office, person_id: UUID, day: date) -> int:
    """The same for one person, as they are on that day, inside a transaction that does more."""
    waiting = await requests_waiting_for(tx.connection, person_id)
    return sum([await _pass_on(tx, office, found, day) for found in waiting])


async def _pass_on(tx: Transaction, office: Office, found: Waiting, day: date) -> bool:
    action = await lock_action(tx.connection, found.action_id)
    step, waiting = await load_step(tx.connection, found.step_id), await load_waiting(tx.connection, found.id)
    if action is None or step is None or waiting is None:
        return False
    choice = await _instead(tx, office, action, step, waiting, day)
    if choice is None or not await give_request(tx.connection, waiting, choice.assignee_id, choice.assigned_for_id):
        return False
    words = {"step": step.key, **asked_words(choice)}
    what = f"{waiting.kind} asked of somebody else"
    tx.record(Entry(what, waiting.kind, waiting.id, action.id, action.location_id, words))
    if waiting.kind == "escalation":
        asked = Asked(choice.assignee_id, choice.assigned_for_id)
        await tell_must_answer(tx, office, action, step, waiting.id, waiting.rung, asked)
    else:
        await tell_decider(tx, office, action, step, choice, _request(office, step, waiting))
    return True


def _request(office: Office, step: StepFacts, waiting: Waiting) -> Request:
    assert waiting.asker_id is not None
    if waiting.wanted is None:
        return for_help(waiting.id, waiting.asker_id, waiting.words)
    return for_time(waiting.id, step, waiting.asker_id, waiting.words, waiting.wanted, office.calendar)


async def _instead(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, waiting: Waiting, day: date
) -> Choice | None:
    """Who is asked from now on: the cover, or whoever comes next where the person has left or nobody was found."""
    whose = await whose_today(tx, waiting.asked, action.location_id, day)
    if whose is not None:
        return asked_instead(waiting.asked, whose, await _never(tx, office, step, waiting))
    if waiting.asker_id is not None:
        return await decider_of(tx, office, action, step, waiting.asker_id)
    journal = await load_journal(tx.connection, action.id, office.calendar)
    return await who_must_answer(tx, office, action, journal, step, waiting.role)


async def _never(tx: Transaction, office: Office, step: StepFacts, waiting: Waiting) -> frozenset[UUID]:
    """Whoever has the late step answers no escalation of it, and nobody decides on what they asked for."""
    if waiting.asker_id is not None:
        return await sides_of(tx, office, step, waiting.asker_id)
    return frozenset(person for person in (step.assignee_id, step.assigned_for_id) if person)
