"""Steps that lose the person they were with: freed, asked of somebody else at once where somebody may be."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from commands.deciders import end_requests
from commands.moving import move_on
from commands.nobody_to_ask import tell_what_lies_idle
from commands.office import Office
from db.actions import ActionFacts, lock_action
from db.holding import InHand, left_idle, release_steps, set_owner
from db.roles import actions_waiting
from db.session import Transaction
from db.trail import Entry


async def release(tx: Transaction, office: Office, steps: Iterable[InHand], why: str) -> int:
    """Free these steps, action by action, and move each action on; how many were with somebody.

    What whoever had them asked for, more time or help, goes with them: the next person asks for themselves.
    What nobody else may be asked for is told to a manager at once.
    """
    count, steps = 0, sorted(steps, key=lambda s: (s.action_id, s.id))
    for action_id, group in groupby(steps, key=lambda s: s.action_id):
        action = await lock_action(tx.connection, action_id)
        assert action is not None
        ids = [step.id for step in group]
        count += await free(tx, action, ids, why)
        await move_on(tx, office, action)
        await end_requests(tx, action, ids, left=True)
    await tell_what_lies_idle(tx, office, await left_idle(tx.connection, [step.id for step in steps]), why)
    return count


async def free(tx: Transaction, action: ActionFacts, ids: list[UUID], why: str) -> int:
    """Take open steps from whoever has them; the caller moves the action on."""
    freed = await release_steps(tx.connection, ids, tx.now)
    for step in freed:
        words = {"step": step.key, "reasons": why}
        tx.record(Entry("step waits for somebody else", "step", step.id, action.id, action.location_id, words))
    return len(freed)


async def leave_without_owner(tx: Transaction, office: Office, actions: Iterable[UUID], why: str) -> None:
    """The owner is gone: somebody is asked to choose another."""
    for action_id in actions:
        action = await lock_action(tx.connection, action_id)
        assert action is not None
        await set_owner(tx.connection, action_id, None, tx.now)
        tx.record(Entry("owner gone", "action", action_id, action_id, action.location_id, {"reasons": why}))
        await move_on(tx, office, replace(action, owner_id=None))


async def ask_for_what_waits(tx: Transaction, office: Office, location_id: UUID | None) -> None:
    """Somebody new may be asked: look again at every step there, or anywhere (None), that waits for nobody."""
    for action_id in await actions_waiting(tx.connection, location_id):
        action = await lock_action(tx.connection, action_id)
        assert action is not None
        await move_on(tx, office, action)
