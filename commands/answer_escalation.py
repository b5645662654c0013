"""Answering an escalation: the three facts are recorded, what was decided is done, and people are told."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from commands.answering import Asked
from commands.escalate import MOVES_ACTION, who_must_answer
from commands.holding import hand_over, tell_holder
from commands.office import Office
from commands.overtaken import record_overtaken
from commands.standing import roles_here
from commands.standing_in import for_words, part_at
from db.actions import ActionFacts, lock_action
from db.escalations import (
    EscalationFacts,
    answer_escalation,
    load_escalation,
    overtake,
    waiting_rungs,
    what_is_shown,
)
from db.ids import new_id
from db.models.base import Json
from db.people import load_people
from db.requests import revise_due
from db.session import Transaction, transaction
from db.steps import StepFacts, load_step
from db.trail import Entry
from domain.actors import Actor
from domain.covering import Part
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.escalating import Decision, EscalationAnswer, Overtaken, lacking, may_not_answer, overtaken_by


@dataclass(frozen=True, slots=True)
class Escalated:
    """An escalation, its action and the step that is late, as they stand once nobody else can change them.

    `waiting` are the keys of all rungs of this step that wait for an answer.
    """

    escalation: EscalationFacts
    action: ActionFacts
    step: StepFacts
    waiting: dict[int, UUID]

    @property
    def still_waits(self) -> bool:
        return self.escalation.rung in self.waiting


async def answer(office: Office, actor: Actor, escalation_id: UUID, given: EscalationAnswer, now: datetime) -> None:
    """Answer an escalation: record the three facts, do what was decided, tell whoever has the step.

    Raises Invalid naming what the answer lacks. One that comes too late is kept on the trail and
    changes nothing; sent twice by the same person, it has one effect.
    """
    if fields := lacking(given, now):
        raise Invalid(fields)
    async with transaction(office.engine, actor, now) as tx:
        late = await _locked(tx, escalation_id)
        part = await _part_in(tx, office, late)
        if not late.still_waits and late.escalation.answered_by == actor.known:
            return
        words = _words(late.step, given) | for_words(part)
        if late.still_waits:
            words |= await _settle(tx, office, late, given, part.for_id)
        what = "escalation answered" if late.still_waits else "escalation answer kept as late"
        tx.record(Entry(what, "escalation", escalation_id, late.action.id, late.action.location_id, words))
    if not late.still_waits:
        raise AlreadySettled("This needs no answer any more. What you wrote has been kept on the record.")


async def _locked(tx: Transaction, escalation_id: UUID) -> Escalated:
    """The escalation is read again under the lock: it may just have gone to a cover."""
    found = await load_escalation(tx.connection, escalation_id)
    if found is None or not found.must_answer:
        raise NotFound("There is no such escalation to answer.")
    action = await lock_action(tx.connection, found.action_id)
    escalation = await load_escalation(tx.connection, escalation_id)
    step = await load_step(tx.connection, found.step_id)
    assert action is not None
    assert step is not None
    assert escalation is not None
    return Escalated(escalation, action, step, await waiting_rungs(tx.connection, step.id))


async def _settle(
    tx: Transaction, office: Office, late: Escalated, given: EscalationAnswer, covered_id: UUID | None
) -> Json:
    """Keep the answer, which ends the rungs below it too, and do what was decided; what the trail says of that."""
    action, step = late.action, late.step
    words: Json = {}
    shown = await _check(tx, late, given)
    if given.revised_due_at is not None:
        await revise_due(tx.connection, step.id, action.id, given.revised_due_at, step.control in MOVES_ACTION, tx.now)
        words["due"] = f"{step.due_at.isoformat()} → {given.revised_due_at.isoformat()}"
        step = replace(step, due_at=given.revised_due_at)
    who = {"id": late.escalation.id, "by": tx.actor.known, "for": covered_id, "now": tx.now}
    await answer_escalation(tx.connection, {**who, **_said(given), "shown": shown})
    lower = [late.waiting[rung] for rung in overtaken_by(late.escalation.rung, late.waiting)]
    await overtake(tx.connection, lower, Overtaken.ANSWERED_HIGHER, tx.now)
    record_overtaken(tx, action.id, action.location_id, lower, Overtaken.ANSWERED_HIGHER)
    words |= await _carry_out(tx, office, Asked(action, step, new_id()), given)
    tx.wake(action.id)
    return words


async def _check(tx: Transaction, late: Escalated, given: EscalationAnswer) -> bytes:
    """The hash of what there is to see. Raises Invalid where the page showed something else, or names nobody."""
    shown = await what_is_shown(tx.connection, late.escalation.id)
    if given.seen is not None and given.seen != shown:
        raise Invalid({"kind": "Something changed since you opened this page. Look again, then decide."})
    if given.kind == Decision.REASSIGNED and not await load_people(tx.connection, {given.person_id or late.step.id}):
        raise Invalid({"person": "Choose somebody from the list."})
    return shown


def _said(given: EscalationAnswer) -> Json:
    return {
        "kind": given.kind,
        "risk_now": given.risk_now.strip(),
        "interim_control": given.interim_control.strip(),
        "revised_due_at": given.revised_due_at,
        "support": given.support.strip() or None,
        "reassigned_to": given.person_id if given.kind == Decision.REASSIGNED else None,
    }


async def _carry_out(tx: Transaction, office: Office, asked: Asked, given: EscalationAnswer) -> Json:
    """Do what was decided, and tell whoever has the step now; what the trail says of it."""
    risk, control, support = given.risk_now.strip(), given.interim_control.strip(), given.support.strip()
    if given.kind == Decision.REASSIGNED and given.person_id is not None:
        why = f"It was late. {risk} Until it is done: {control}"
        await hand_over(tx, office, asked.action, asked.step, given.person_id, why)
        return {"to": str(given.person_id)}
    helped = given.kind == Decision.SUPPORT_GIVEN
    headline = "Support was given" if helped else "A new date was set"
    said = f"Until it is done: {control}"
    await tell_holder(tx, office, asked, asked.step.assignee_id, headline, f"{support} {said}" if helped else said)
    return {"support": support} if helped else {}


async def _part_in(tx: Transaction, office: Office, late: Escalated) -> Part:
    """What the actor has to do with it; raises NotAllowed where they may not answer."""
    me, step, escalation = tx.actor.known, late.step, late.escalation
    part = await part_at(tx, office, escalation.asked, who_must_answer(late.action, step, escalation.role))
    here = await roles_here(tx, office, late.action.location_id)
    has_it = step.is_open and me in (step.assignee_id, step.assigned_for_id)
    if why := may_not_answer(escalation.role, here, part.is_asked, has_it):
        raise NotAllowed(why)
    return part


def _words(step: StepFacts, given: EscalationAnswer) -> Json:
    facts = {"risk": given.risk_now.strip(), "control": given.interim_control.strip()}
    return {"step": step.key, "decision": given.kind, **facts}
