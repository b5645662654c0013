"""What time asks of an action: the same moving on that answers use, and what the run shows meanwhile."""

from datetime import datetime
from uuid import UUID

from commands.moving import move_on
from commands.office import Office
from commands.reopen import reopen_missed
from db.actions import lock_action
from db.journal import load_journal
from db.session import transaction
from domain.actors import SYSTEM
from domain.errors import NotFound
from domain.plans import Plan
from domain.process import advance


async def advance_action(office: Office, action_id: UUID, now: datetime) -> Plan:
    """Open what is next, if an answer has not done so already, and say what is due and until when to wait.

    Can run at any time, and twice: a step is opened once, by its key and round.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        action = await lock_action(tx.connection, action_id)
        if action is None:
            raise NotFound(f"There is no action {action_id}.")
        moved = await move_on(tx, office, action)
        if moved.plan.missed is not None:
            # The wake stays: whichever run found this, the action's own keeps time from here.
            return await reopen_missed(tx, office, action, moved.plan.missed)
        if not moved.opened and not moved.plan.voids:
            tx.wakes.clear()
            return moved.plan
        # What was just opened has a ladder of its own; look again for when to wake.
        tx.wakes.clear()
        journal = await load_journal(tx.connection, action_id, office.calendar)
        return advance(journal, now)
