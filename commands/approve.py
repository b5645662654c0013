"""Close: approve through the gate, or send evidence back with reasons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.answering import Answer, Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.telling import tell_closed
from db.closures import FORM, hash_of, insert_closure, insert_re_audits, load_measure, snapshot, took_part
from db.ids import new_id
from db.journal import load_journal
from db.models.base import Json
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.agreeing import enough_agreed, have_agreed
from domain.closing import Missing, gate
from domain.duties import SAMPLED_OWN, Use, exception_at, hands_of, may_not_approve, standing_for, uses
from domain.errors import GateClosed, Invalid, NotAllowed
from domain.evidencing import returnable
from domain.journal import Journal
from domain.outcome_form import OutcomeGiven, read_outcome
from domain.outcomes import Measured
from domain.returning import Chosen, read_returned
from domain.sustaining import planned_times
from domain.vocabulary import Control, Form, Outcome


async def approve(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    rationale: str,
    outcome: OutcomeGiven,
    now: datetime,
    seen: bytes | None = None,
) -> Receipt:
    """Decide that improvement was shown. Raises GateClosed naming everything that is missing.

    An outcome short of its target closes nothing: the way on is to send evidence back, or another action.
    `seen` is the hash of what the page showed; a decision on something that has changed since is refused.
    """
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.APPROVAL)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await load_journal(tx.connection, asked.action.id, office.calendar)
        measured = await _through_the_gate(tx, journal, asked, rationale, outcome)
        shown = await what_is_shown(tx.connection, journal, actor.known, now)
        if seen is not None and seen != hash_of(shown):
            raise Invalid({"rationale": "Something changed since you opened this page. Look again, then decide."})
        words = {"approved": True, "rationale": rationale, "outcome": measured.stored() if measured else None}
        kept = await keep_answer(tx, asked, Answer(Outcome.APPROVED, words, seen=hash_of(shown)))
        if kept.counted and measured:
            await _close_when_enough_agree(tx, office, asked, rationale, measured, shown)
        return await receipt_after(tx, office, asked, kept)


async def reject(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    chosen: Chosen,
    reasons: str,
    now: datetime,
) -> Receipt:
    """Send the chosen evidence back for another round, saying what is missing."""
    if not chosen:
        raise Invalid({"returned": "Choose at least one piece of evidence to send back."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.APPROVAL)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await load_journal(tx.connection, asked.action.id, office.calendar)
        if standing_for(journal, actor.known) & may_not_approve(journal, now):
            raise NotAllowed("You owned, evidenced or sampled this action. Somebody else must decide on it.")
        if actor.known in have_agreed(journal):
            raise NotAllowed("You have agreed already that this can close. Somebody else must decide on it.")
        back = read_returned(chosen, returnable(journal), reasons, "Say what is missing, so that they know what to do.")
        if not back.keys:
            raise Invalid({"returned": "Choose at least one piece of evidence to send back."})
        words = {"approved": False, "reasons": back.reasons, "returned": back.pieces}
        kept = await keep_answer(tx, asked, Answer(Outcome.REJECTED, words, returned=back))
        return await receipt_after(tx, office, asked, kept)


async def what_is_shown(connection: AsyncConnection, journal: Journal, person_id: UUID, now: datetime) -> Json:
    """What an approver decides on: form, pathway version, evidence, samples, and any exception they make use of."""
    found = await snapshot(connection, journal.action_id, journal.cycle)
    pathway = journal.pathway
    shown = {"form": FORM, "pathway": f"{pathway.key} {pathway.version}", **found}
    people = have_agreed(journal) | standing_for(journal, person_id)
    if used := used_words(journal, uses(journal, people), now):
        shown["small_home"] = used
    return shown


def used_words(journal: Journal, used: Sequence[Use], now: datetime) -> list[Json]:
    """Each use of a small home's exception as the closure keeps it: the rule, who, and under which exception."""
    known = [(use, _exception(journal, use, now)) for use in used]
    return [{"rule": use.rule, "person": str(use.person_id), "exception": found} for use, found in known if found]


def _exception(journal: Journal, use: Use, now: datetime) -> str | None:
    """A sample was taken under the exception of its own day, which may have ended since."""
    at = now
    if use.rule == SAMPLED_OWN:
        checks = [s for s in journal.this_cycle if s.control is Control.CHECK and use.person_id in hands_of(s)]
        at = max((s.settled_at for s in checks if s.settled_at is not None), default=now)
    found = exception_at(journal, at)
    return str(found.id) if found else None


async def _through_the_gate(
    tx: Transaction, journal: Journal, asked: Asked, rationale: str, outcome: OutcomeGiven
) -> Measured | None:
    """What was measured. Raises GateClosed naming everything that is missing, Invalid for what is wrong."""
    measured, wrong = await _measured(tx, journal, asked, outcome)
    if len(rationale.strip()) < 10:
        wrong["rationale"] = "Say in a sentence or two what convinced you that the improvement is real."
    if asked.step.is_open and (missing := _missing(journal, tx.actor.known, measured, wrong, tx.now)):
        raise GateClosed(missing, wrong)
    if wrong:
        raise Invalid(wrong)
    return measured


def _missing(
    journal: Journal, approver_id: UUID, measured: Measured | None, wrong: dict[str, str], now: datetime
) -> list[Missing]:
    """What the gate lacks; not the outcome, where it was given and is named field by field already."""
    given = bool(wrong.keys() - {"rationale"})
    return [item for item in gate(journal, approver_id, measured, now) if not (given and item.code == "outcome")]


async def _measured(
    tx: Transaction, journal: Journal, asked: Asked, outcome: OutcomeGiven
) -> tuple[Measured | None, dict[str, str]]:
    """What was measured, and what is wrong with how it was given."""
    measure = await load_measure(tx.connection, asked.action.id)
    opened = min((step.opened_at for step in journal.this_cycle), default=tx.now)
    earliest = asked.action.found_on if journal.cycle == 1 else journal.calendar.day_of(opened)
    try:
        return read_outcome(outcome, measure, earliest, journal.calendar.day_of(tx.now)), {}
    except Invalid as wrong:
        return None, dict(wrong.fields)


async def _close_when_enough_agree(
    tx: Transaction, office: Office, asked: Asked, rationale: str, measured: Measured, shown: Json
) -> None:
    action = asked.action
    journal = await load_journal(tx.connection, action.id, office.calendar)
    if not enough_agreed(journal):
        return
    closure: Json = {
        "id": new_id(),
        "action_id": action.id,
        "cycle": action.cycle,
        "step_id": asked.step.id,
        "approver_id": tx.actor.known,
        "owner_id": action.owner_id,
        "rationale": rationale,
        "outcome": measured.stored(),
        "snapshot": shown,
        "snapshot_hash": hash_of(shown),
        "closed_at": tx.now,
        **_exception_used(shown),
    }
    if await insert_closure(tx.connection, closure, action.cycle, tx.now):
        await insert_re_audits(tx.connection, _re_audits(tx, journal))
        words = {"rationale": rationale, "outcome": measured.stored(), "snapshot": hash_of(shown).hex()}
        if used := shown.get("small_home"):
            words["small_home"] = used
        tx.record(Entry("closed", "action", action.id, action.id, action.location_id, words))
        people = await took_part(tx.connection, action.id, action.cycle)
        tell_closed(tx, office, action, people, rationale)


def _exception_used(shown: Json) -> Json:
    """The exception a closure names: the approver's, where one was needed, else the sampler's."""
    used: list[Json] = shown.get("small_home", [])
    if not used:
        return {}
    named = sorted(used, key=lambda one: one["rule"] == SAMPLED_OWN)[0]["exception"]
    return {"small_home_id": UUID(named), "small_home_uses": used}


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
