"""Checks and approvals that lose whoever had them, because they owned or did part of the action since.

Somebody covers for a new owner, say, while the sample waits for them: they would be refused, and it would lie there
until its ladder is climbed. So it is asked of somebody else at once, or a manager reads that nobody is left; what they
had asked for it, more time or help, ends with that.
"""

from dataclasses import replace

from commands.deciders import end_requests
from commands.nobody_to_ask import tell_what_lies_idle
from commands.office import Office
from commands.opened import Opened
from commands.picking_up import pick_up
from commands.telling import Mail, about, tell
from db.actions import ActionFacts
from db.holding import left_idle, release_steps
from db.people import people_of
from db.session import Transaction
from db.trail import Entry
from domain.duties import barred_since
from domain.journal import Journal, Step
from domain.vocabulary import Status
from notifications import letters

WHY = "whoever had it has owned or done part of the action since"
TOLD = "You have owned or done part of this action since you were asked, so somebody else checks it."


async def ask_for_what_waits_here(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, status: Status
) -> tuple[Journal, tuple[Opened, ...]]:
    """Ask for what waits for nobody, or for somebody who may no longer do it; the journal then, and who was found."""
    barred = barred_since(journal, tx.now)
    if barred:
        journal = await _let_go(tx, action, journal, barred)
    found = ()
    if any(step.assignee_id is None for step in journal.open_steps):
        found = await pick_up(tx, office, action, journal, status)
    if barred:
        await end_requests(tx, action, [step.id for step in barred], left=True)
        await _tell(tx, office, action, barred, found)
    return journal, found


async def _let_go(tx: Transaction, action: ActionFacts, journal: Journal, barred: tuple[Step, ...]) -> Journal:
    for step in await release_steps(tx.connection, [step.id for step in barred], tx.now):
        words = {"step": step.key, "reasons": WHY}
        tx.record(Entry("step waits for somebody else", "step", step.id, action.id, action.location_id, words))
    free = {step.id for step in barred}
    steps = (replace(s, assignee_id=None, assigned_for_id=None) if s.id in free else s for s in journal.steps)
    return replace(journal, steps=tuple(steps))


async def _tell(
    tx: Transaction, office: Office, action: ActionFacts, barred: tuple[Step, ...], found: tuple[Opened, ...]
) -> None:
    """Tell whoever had it that somebody else has it now; a manager, where nobody has."""
    titles = {item.id: item.ask.title for item in found}
    people = await people_of(tx, {step.assignee_id for step in barred if step.assignee_id})
    for step in barred:
        former = people.get(step.assignee_id) if step.assignee_id else None
        if former is not None and step.id in titles:
            letter = letters.reassigned(about(tx, office, action), former.name, titles[step.id], TOLD)
            tell(tx, office, action, Mail("reassigned", former, letter, f"{step.id}:barred", step_id=step.id))
    idle = await left_idle(tx.connection, [step.id for step in barred])
    await tell_what_lies_idle(tx, office, idle, WHY)
