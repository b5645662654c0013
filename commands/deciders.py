"""Who decides on what an owner asks for, and how they hear of it. Never whose request it is, nor their cover."""

from uuid import UUID

from commands.office import Office
from commands.telling import about, tell
from db.actions import ActionFacts
from db.ids import new_id
from db.outbox import URGENT
from db.people import covers_of, holders, load_people
from db.requests import insert_barrier
from db.session import Transaction
from db.steps import StepFacts
from db.trail import Entry
from domain.assigning import choose
from domain.escalating import above
from domain.vocabulary import Role
from notifications import letters


async def sides_of(tx: Transaction, office: Office, step: StepFacts, asker: UUID) -> frozenset[UUID]:
    """Whose request it is: who asks, whose step it is, and everybody who covers for one of them today."""
    people = {person for person in (asker, step.assignee_id, step.assigned_for_id) if person}
    return frozenset(people | await covers_of(tx.connection, people, office.calendar.day_of(tx.now)))


async def decider_of(tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, asker: UUID) -> UUID | None:
    """The registered manager, else whoever stands above; nobody where all of them are on the asker's side."""
    never = await sides_of(tx, office, step, asker)
    day = office.calendar.day_of(tx.now)
    for role in (Role.REGISTERED_MANAGER, *above(Role.REGISTERED_MANAGER)):
        choice = choose(await holders(tx, role, action.location_id, day), never)
        if choice:
            return choice.assignee_id
    return None


async def tell_decider(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    step: StepFacts,
    decider: UUID | None,
    what: str,
    words: str,
    path: str,
) -> None:
    """Mail a request to whoever decides on it."""
    people = await load_people(tx.connection, {decider} if decider else set())
    for person in people.values():
        letter = letters.request_made(about(tx, office, action), person.name, what, words, step.title, path)
        tell(tx, office, action, person, what, letter, path, step_id=step.id, priority=URGENT)


async def ask_for_help(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, barrier: str, request_id: UUID
) -> UUID:
    """Record what is in the way of a step, and ask somebody to help. Returns the barrier's key."""
    decider = await decider_of(tx, office, action, step, tx.actor.known)
    barrier_id = new_id()
    values = {
        "id": barrier_id,
        "step_id": step.id,
        "told_by": tx.actor.known,
        "told_at": tx.now,
        "barrier": barrier,
        "request_id": request_id,
        "asked_id": decider,
    }
    await insert_barrier(tx.connection, values)
    words = {"step": step.key, "barrier": barrier}
    tx.record(Entry("barrier told", "barrier", barrier_id, action.id, action.location_id, words))
    await tell_decider(tx, office, action, step, decider, "a barrier", barrier, f"/barriers/{barrier_id}")
    return barrier_id
