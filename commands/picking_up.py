"""Steps that wait for nobody: asked of somebody as soon as somebody may be asked."""

from uuid import UUID

from commands.choosing import choose_asked
from commands.office import Office
from commands.opened import LINK_OUTLIVES_DUE, Opened, link_rows, tell_opened
from db.actions import ActionFacts
from db.ids import new_id
from db.opening import insert_links
from db.session import Transaction
from db.steps import StepFacts, assign_step, load_step
from domain.journal import Journal
from domain.pathways import OWNER
from domain.plans import StepToOpen
from domain.vocabulary import Control, Form, Status


async def pick_up(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, status: Status
) -> tuple[Opened, ...]:
    """Ask for each open step that nobody could be asked for until now. The action is locked by the caller."""
    taken: list[Opened] = []
    for waiting in journal.open_steps:
        step = await load_step(tx.connection, waiting.id) if waiting.assignee_id is None else None
        if step is None or _waits_for_an_owner(step, status):
            continue
        # Two approvals that find somebody together find two people.
        hands = {p for t in taken if t.choice for p in (t.choice.assignee_id, t.choice.assigned_for_id) if p}
        busy = frozenset(hands) if step.control == Control.CLOSE else frozenset[UUID]()
        item = await _asked_now(tx, office, action, journal, step, busy)
        if item is not None:
            taken.append(item)
    if taken:
        await insert_links(tx.connection, link_rows(tx, office, taken))
        await tell_opened(tx, office, action, journal, taken, "somebody found for a step")
    return tuple(taken)


def _waits_for_an_owner(step: StepFacts, status: Status) -> bool:
    """What belongs to the owner goes to them once they have said yes."""
    return step.role == OWNER and step.form != Form.ACCEPTANCE and status is Status.AWAITING_ACCEPTANCE


async def _asked_now(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, step: StepFacts, busy: frozenset[UUID]
) -> Opened | None:
    ask = StepToOpen(step.key, step.round, Control(step.control), Form(step.form), step.title, step.role, step.due_at)
    choice = await choose_asked(tx, office, action, journal, ask, busy)
    if choice is None:
        return None
    if not await assign_step(tx.connection, step.id, choice.assignee_id, choice.assigned_for_id, tx.now):
        return None
    link_id = None if step.needs_account else new_id()
    return Opened(step.id, ask, choice, link_id, max(step.due_at, tx.now) + LINK_OUTLIVES_DUE)
