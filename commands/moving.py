"""Moving an action on: apply what `advance` says, in the transaction that stored the answer."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from commands.choosing import choose_asked
from commands.letting_go import ask_for_what_waits_here
from commands.nobody_to_ask import tell_who_is_missing
from commands.office import Office
from commands.opened import LINK_OUTLIVES_DUE, Opened, link_rows, tell_opened
from commands.standing_down import stand_down
from db.actions import ActionFacts, set_status
from db.ids import new_id
from db.journal import load_journal
from db.opening import NewStatus, Opening, open_steps
from db.session import Transaction
from db.sustaining import open_re_audit
from db.trail import Entry
from domain.journal import Journal
from domain.plans import Plan, StepToOpen
from domain.process import advance
from domain.vocabulary import Control


@dataclass(frozen=True, slots=True)
class Moved:
    """What an action needs next, and what was opened for it."""

    plan: Plan
    opened: tuple[Opened, ...]


async def move_on(tx: Transaction, office: Office, action: ActionFacts) -> Moved:
    """Open what is next, void what is not asked any more, and set the status. The action is locked by the caller."""
    return await move_on_from(tx, office, action, await load_journal(tx.connection, action.id, office.calendar))


async def move_on_from(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, *, last: bool = False
) -> Moved:
    """The same from a journal that is known. `last` says that the command looks at none of its steps after this."""
    plan = advance(journal, tx.now)
    if plan.voids:
        await stand_down(tx, office, action, journal, plan.voids, anew=frozenset(ask.key for ask in plan.opens))
    opened = await _open(tx, office, action, journal, plan, last=last) if plan.opens else ()
    left = journal.voiding(frozenset(plan.voids))
    then, found = await ask_for_what_waits_here(tx, office, action, left, plan.status)
    opened += found
    if then is not left:  # somebody lost a step, which may wait for another day now
        plan = replace(plan, until=advance(then, tx.now).until)
    if plan.status != action.status:
        if not plan.opens:  # otherwise it was set together with them
            await set_status(tx.connection, action.id, plan.status, tx.now)
        change = {"status": [action.status, str(plan.status)]}
        tx.record(
            Entry("status changed", "action", action.id, action.id, action.location_id, change),
        )
    tx.wake(action.id)
    return Moved(plan, opened)


async def _open(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, plan: Plan, *, last: bool
) -> tuple[Opened, ...]:
    opened: list[Opened] = []
    for ask in plan.opens:
        # Two approvals that open together go to two people.
        taken = _asked_among(opened) if ask.control is Control.CLOSE else frozenset[UUID]()
        opened.append(await _opened(tx, office, action, journal, ask, taken))
    becomes = NewStatus(action.id, plan.status, tx.now) if plan.status != action.status else None
    opening = Opening([_step_row(tx, action, item) for item in opened], link_rows(tx, office, opened), becomes)
    re_audits = [item for item in opened if item.ask.control is Control.SUSTAIN]
    if last and not re_audits:
        tx.open_last(opening)
    else:
        await open_steps(tx.connection, opening)
    for item in re_audits:
        await open_re_audit(tx.connection, action.id, action.cycle, item.ask.round, item.id)
    await tell_opened(tx, office, action, journal, opened)
    if any(item.choice is None for item in opened):
        await tell_who_is_missing(tx, office, action, journal, opened)
    return tuple(opened)


def _asked_among(opened: list[Opened]) -> frozenset[UUID]:
    choices = [item.choice for item in opened if item.choice and item.ask.control is Control.CLOSE]
    people = {person for choice in choices for person in (choice.assignee_id, choice.assigned_for_id) if person}
    return frozenset(people)


async def _opened(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, ask: StepToOpen, taken: frozenset[UUID]
) -> Opened:
    choice = await choose_asked(tx, office, action, journal, ask, taken)
    with_link = choice is not None and not ask.form.needs_account
    until = max(ask.due_at, tx.now) + LINK_OUTLIVES_DUE
    return Opened(new_id(), ask, choice, new_id() if with_link else None, until)


def _step_row(tx: Transaction, action: ActionFacts, item: Opened) -> dict[str, Any]:
    ask, choice = item.ask, item.choice
    return {
        "id": item.id,
        "action_id": action.id,
        "cycle": action.cycle,
        "key": ask.key,
        "round": ask.round,
        "control": str(ask.control),
        "form": str(ask.form),
        "title": ask.title,
        "role": ask.who,
        "assignee_id": choice.assignee_id if choice else None,
        "assigned_for_id": choice.assigned_for_id if choice else None,
        "status": "open",
        "opened_at": tx.now,
        "due_at": ask.due_at,
        "original_due_at": ask.due_at,
    }
