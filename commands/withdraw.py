"""Take back evidence that nobody has looked at: the step opens again for the same person, and the old one stays."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.answering import check_may_answer
from commands.moving import Moved, move_on
from commands.office import Office
from db.actions import lock_action_of_step
from db.answered import By, load_answered
from db.ids import new_id
from db.samples import drawn_times
from db.session import transaction
from db.steps import take_back
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Outcome
from domain.withdrawing import may_withdraw


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back, and what was opened for it; nothing was where it had been taken back before."""

    ref: str
    moved: Moved | None = None


async def withdraw(office: Office, actor: Actor, step_id: UUID, reason: str, now: datetime) -> TakenBack:
    """Take back what was sent to a step, saying why. Raises NotAllowed once somebody has looked at it.

    The link it was sent by may do this though it has been used: it undoes its own answer and nothing else.
    """
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Say why you take it back, for example: wrong file."})
    async with transaction(office.engine, actor, now) as tx:
        action = await lock_action_of_step(tx.connection, step_id)
        by, day = By(None, actor.link_id, new_id()), office.calendar.day_of(now)
        found = await load_answered(tx.connection, step_id, by, day, office.calendar) if action else None
        if action is None or found is None:
            raise NotFound
        await check_may_answer(tx, office, action, found.step, found.link)
        journal = found.journal
        step = next(step for step in journal.steps if step.id == step_id)
        if step.outcome is Outcome.WITHDRAWN and step.settled_by == actor.known:
            return TakenBack(action.ref)
        if why_not := may_withdraw(journal, step, actor.known, await drawn_times(tx.connection, action.id)):
            raise NotAllowed(why_not)
        await take_back(tx.connection, step_id, reason.strip(), now)
        words = {"step": step.key, "round": step.round, "reasons": reason.strip()}
        tx.record(Entry("evidence taken back", "step", step_id, action.id, action.location_id, words))
        return TakenBack(action.ref, await move_on(tx, office, action))
