"""Close: approve through the gate, or send evidence back with reasons."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.answering import Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.telling import tell_closed
from db.closures import insert_closure, insert_re_audits, snapshot, took_part
from db.ids import new_id
from db.journal import load_journal, load_pathway
from db.session import Transaction, transaction
from db.trail import Entry, canonical
from domain.actors import Actor
from domain.agreeing import enough_agreed, have_agreed
from domain.closing import gate, may_not_approve
from domain.errors import GateClosed, Invalid, NotAllowed
from domain.evidencing import returnable
from domain.journal import Journal
from domain.sustaining import planned_times
from domain.vocabulary import Form, Outcome


async def approve(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    rationale: str,
    outcome_value: str,
    now: datetime,
    seen: bytes | None = None,
) -> Receipt:
    """Decide that improvement was shown. Raises GateClosed naming everything that is missing.

    `seen` is the hash of what the page showed; a decision on something that has changed since is refused.
    """
    if len(rationale.strip()) < 10:
        raise Invalid({"rationale": "Say in a sentence or two what convinced you that the improvement is real."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.APPROVAL)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await load_journal(tx.connection, asked.action.id, office.calendar)
        if missing := gate(journal, actor.known, bool(outcome_value.strip())):
            raise GateClosed(missing)
        shown, shown_hash = await what_is_shown(tx, asked)
        if seen is not None and seen != shown_hash:
            raise Invalid({"rationale": "Something changed since you opened this page. Look again, then decide."})
        answer = {"approved": True, "rationale": rationale, "outcome": outcome_value}
        kept = await keep_answer(tx, office, asked, Outcome.APPROVED, answer, shown=shown_hash)
        if kept[1]:
            await _close_when_enough_agree(tx, office, asked, rationale, outcome_value, shown, shown_hash)
        return await receipt_after(tx, office, asked, *kept)


async def reject(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    returned_keys: tuple[str, ...],
    reasons: str,
    now: datetime,
) -> Receipt:
    """Send evidence back for another round, saying what is missing."""
    fields: dict[str, str] = {}
    if len(reasons.strip()) < 10:
        fields["reasons"] = "Say what is missing, so that they know what to do."
    if not returned_keys:
        fields["returned"] = "Choose at least one piece of evidence to send back."
    if fields:
        raise Invalid(fields)
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.APPROVAL)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await load_journal(tx.connection, asked.action.id, office.calendar)
        if actor.known in may_not_approve(journal):
            raise NotAllowed("You owned, evidenced or sampled this action. Somebody else must decide on it.")
        if actor.known in have_agreed(journal):
            raise NotAllowed("You have agreed already that this can close. Somebody else must decide on it.")
        keys = tuple(step.key for step in returnable(journal) if step.key in returned_keys)
        if not keys:
            raise Invalid({"returned": "Choose at least one piece of evidence to send back."})
        answer = {"approved": False, "reasons": reasons, "returned": list(keys)}
        kept = await keep_answer(tx, office, asked, Outcome.REJECTED, answer, returned_keys=keys, reasons=reasons)
        return await receipt_after(tx, office, asked, *kept)


async def what_is_shown(tx: Transaction, asked: Asked) -> tuple[dict[str, Any], bytes]:
    """What an approver decides on: form, pathway version, evidence and samples; and the hash of it."""
    found, _ = await snapshot(tx.connection, asked.action.id, asked.action.cycle)
    pathway = await load_pathway(tx.connection, asked.action.pathway_version_id)
    shown = {"form": "approval 1", "pathway": f"{pathway.key} {pathway.version}", **found}
    return shown, hashlib.sha256(canonical(shown)).digest()


async def _close_when_enough_agree(
    tx: Transaction,
    office: Office,
    asked: Asked,
    rationale: str,
    outcome_value: str,
    shown: dict[str, Any],
    shown_hash: bytes,
) -> None:
    action = asked.action
    journal = await load_journal(tx.connection, action.id, office.calendar)
    if not enough_agreed(journal):
        return
    closure = {
        "id": new_id(),
        "action_id": action.id,
        "cycle": action.cycle,
        "step_id": asked.step.id,
        "approver_id": tx.actor.known,
        "owner_id": action.owner_id,
        "rationale": rationale,
        "outcome": {"measured": outcome_value},
        "snapshot": shown,
        "snapshot_hash": shown_hash,
        "closed_at": tx.now,
    }
    if await insert_closure(tx.connection, closure, action.cycle, tx.now):
        await insert_re_audits(tx.connection, _re_audits(tx, journal))
        words = {"rationale": rationale, "outcome": outcome_value, "snapshot": shown_hash.hex()}
        tx.record(Entry("closed", "action", action.id, action.id, action.location_id, words))
        people = await took_part(tx.connection, action.id, action.cycle)
        tell_closed(tx, office, action, people, rationale)


def _re_audits(tx: Transaction, journal: Journal) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "action_id": journal.action_id,
            "cycle": journal.cycle,
            "number": number,
            "due_at": due_at,
            "status": "planned",
        }
        for number, due_at in enumerate(planned_times(journal, tx.now), start=1)
    ]
