"""Assign: “yes, but I need support”. The manager helps with the barrier, and the owner is asked again."""

from datetime import datetime
from uuid import UUID

from commands.answering import Answer, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.receipts import tell_receipt
from db.journal import load_journal
from db.session import transaction
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed
from domain.vocabulary import Form, Outcome

SHORTEST = 5


async def need_support(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, barrier: str, now: datetime
) -> Receipt:
    """Answer the acceptance with what is in the way. It is the registered manager's turn then; they must answer."""
    words = barrier.strip()
    if len(words) < SHORTEST:
        raise Invalid({"barrier": "Say what is in the way, so that somebody can help."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.ACCEPTANCE)
        if receipt := kept_before(tx, asked):
            return receipt
        answer = Answer(Outcome.NEEDS_SUPPORT, {"barrier": words}, reasons=words)
        kept = await keep_answer(tx, asked, answer)
        receipt = await receipt_after(tx, office, asked, kept)
        tell_receipt(tx, office, asked, receipt, answer)
        return receipt


async def give_support(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, helped: str, now: datetime
) -> Receipt:
    """Say what was done about the barrier. The owner is asked again, with this answer and a fresh link."""
    words = helped.strip()
    if len(words) < SHORTEST:
        raise Invalid({"helped": "Say what you did or decided about it."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.SUPPORT)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await load_journal(tx.connection, asked.action.id, office.calendar)
        accept = journal.latest("accept")
        if accept and actor.known in (accept.assignee_id, accept.assigned_for_id, accept.settled_by):
            raise NotAllowed("You said what is in the way, so somebody else must help with it.")
        kept = await keep_answer(tx, asked, Answer(Outcome.SUPPORTED, {"helped": words}, reasons=words))
        return await receipt_after(tx, office, asked, kept)
