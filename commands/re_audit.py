"""A re-audit's result: it held, or the action reopens."""

from dataclasses import replace

from commands.answering import Asked
from commands.office import Office
from commands.reopen import Because, reopen_in
from db.session import Transaction
from db.sustaining import decide_re_audit
from domain.errors import AlreadySettled
from domain.vocabulary import ReAuditStatus, Reopened


async def settle_re_audit(tx: Transaction, office: Office, asked: Asked, passed: bool, reasons: str) -> Asked:
    """Record a re-audit's result with its step; a failed one reopens the action. The caller moves it on."""
    status = ReAuditStatus.PASSED if passed else ReAuditStatus.FAILED
    if not await decide_re_audit(tx.connection, asked.step.id, status, tx.now):
        raise AlreadySettled("This re-audit belongs to a cycle that has ended.")
    if passed:
        return asked
    again = await reopen_in(tx, office, asked.action, Because(Reopened.RE_AUDIT_FAILED, reasons.strip()))
    return replace(asked, action=again)
