"""Assign: the owner accepts, or declines with a reason."""

from datetime import datetime
from uuid import UUID

from commands.answering import Answer, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.receipts import tell_receipt
from db.actions import set_owner
from db.session import transaction
from domain.actors import Actor
from domain.errors import Invalid
from domain.vocabulary import Form, Outcome


async def accept(office: Office, actor: Actor, step_id: UUID, request_id: UUID, now: datetime) -> Receipt:
    """Say yes to owning the action. What has to be shown is asked for at once."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.ACCEPTANCE)
        if receipt := kept_before(tx, asked):
            return receipt
        answer = Answer(Outcome.ACCEPTED, {"accepted": True})
        kept = await keep_answer(tx, asked, answer)
        receipt = await receipt_after(tx, office, asked, kept, asked.answered(tx, answer))
        tell_receipt(tx, office, asked, receipt, answer)
        return receipt


async def decline(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    reason: str,
    suggestion: str | None,
    now: datetime,
) -> Receipt:
    """Say no, and why; the registered manager chooses another owner. Raises Invalid without a reason."""
    if not reason.strip():
        raise Invalid({"reason": "Say why this is not yours, so that the manager can choose somebody else."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.ACCEPTANCE)
        if receipt := kept_before(tx, asked):
            return receipt
        words = {"declined": True, "reason": reason, "suggestion": suggestion}
        answer = Answer(Outcome.DECLINED, words, reasons=reason)
        kept = await keep_answer(tx, asked, answer)
        if kept.counted:
            await set_owner(tx.connection, asked.action.id, None, now)
        receipt = await receipt_after(tx, office, asked, kept)
        tell_receipt(tx, office, asked, receipt, answer)
        return receipt
