"""What owners ask for: help with a barrier, or more time. Somebody else decides."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.answering import Asked, ask_again
from commands.deciders import ask_for_help, tell_decider, who_decides
from commands.escalate import MOVES_ACTION, check_may_decide
from commands.holding import tell_holder
from commands.office import Office
from commands.standing_in import asked_columns, asked_words, for_words, part_at, who_answers_today
from db.actions import ActionFacts, lock_action
from db.ids import new_id
from db.requests import (
    ExtensionFacts,
    answer_barrier,
    decide_extension,
    insert_extension,
    load_barrier,
    load_extension,
    pending_extension,
    revise_due,
    seen_before,
)
from db.session import Transaction, transaction
from db.steps import StepFacts, load_step
from db.trail import Entry
from domain.actors import Actor
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.more_time import TimeAnswer, lacking, lacking_to_ask
from domain.vocabulary import Form, Role
from notifications.letters_requests import for_time


async def tell_barrier(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, barrier: str, now: datetime
) -> None:
    """Say what is in the way. The registered manager is asked to help; the step stays open and its date stands."""
    if len(barrier.strip()) < 5:
        raise Invalid({"barrier": "Say what is in the way, so that somebody can help."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await _still_open(tx, office, step_id, request_id)
        if asked.step.form == Form.ACCEPTANCE:
            raise NotFound("Answer “yes, but I need support” instead: then you are asked again once it is there.")
        if await seen_before(tx.connection, "barrier", request_id):
            return
        await ask_for_help(tx, office, asked.action, asked.step, barrier.strip(), request_id)


async def help_with_barrier(office: Office, actor: Actor, barrier_id: UUID, answer: str, now: datetime) -> None:
    """Say what was done about a barrier; the owner hears of it with a fresh link."""
    if len(answer.strip()) < 5:
        raise Invalid({"answer": "Say what you did or decided about it."})
    async with transaction(office.engine, actor, now) as tx:
        barrier = await load_barrier(tx.connection, barrier_id)
        step = await load_step(tx.connection, barrier.step_id) if barrier else None
        action = await lock_action(tx.connection, step.action_id) if step else None
        barrier = await load_barrier(tx.connection, barrier_id)
        if barrier is None or step is None or action is None:
            raise NotFound("There is no such barrier.")
        if actor.known in (barrier.told_by, step.assignee_id, step.assigned_for_id):
            raise NotAllowed("It is in your own way, so somebody else must answer. They have been asked.")
        part = await part_at(tx, office, barrier.asked, await who_decides(tx, office, action, step, barrier.told_by))
        await check_may_decide(tx, office, action, part, Role.REGISTERED_MANAGER)
        if not await answer_barrier(tx.connection, barrier_id, actor.known, part.for_id, answer.strip(), now):
            raise AlreadySettled("This barrier has been answered already.")
        words = {"step": step.key, "answer": answer.strip(), **for_words(part)}
        tx.record(Entry("barrier answered", "barrier", barrier_id, action.id, action.location_id, words))
        asked = Asked(action, step, new_id())
        # Told in a weekly review, it is in the way of whoever has the step, who hears of the help as well.
        for person_id in dict.fromkeys((barrier.told_by, step.assignee_id)):
            await tell_holder(tx, office, asked, person_id, "Help with what is in the way", answer.strip())


async def ask_for_time(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, reason: str, wanted: datetime | None, now: datetime
) -> None:
    """Ask for a later date. Nothing moves until somebody else has decided."""
    if (fields := lacking_to_ask(reason, wanted, now)) or wanted is None:
        raise Invalid(fields)
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await _still_open(tx, office, step_id, request_id)
        if await seen_before(tx.connection, "extension", request_id):
            return
        if wanted <= asked.step.due_at:
            raise Invalid({"wanted": "This is not later than the date it is due already."})
        if await pending_extension(tx.connection, step_id):
            raise AlreadySettled("More time has been asked for already, and waits for a decision.")
        may = await who_decides(tx, office, asked.action, asked.step, actor.known)
        decider = await who_answers_today(tx, office, may)
        extension_id = new_id()
        values = {
            "id": extension_id,
            "action_id": asked.action.id,
            "step_id": step_id,
            "request_id": request_id,
            "asked_by": actor.known,
            "asked_at": now,
            "reason": reason.strip(),
            "wanted_due_at": wanted,
            **asked_columns(decider, "decider_id", "decider_for_id"),
        }
        await insert_extension(tx.connection, values)
        words = {"step": asked.step.key, "reason": reason.strip(), "wanted": wanted.isoformat(), **asked_words(decider)}
        tx.record(Entry("more time asked", "extension", extension_id, asked.action.id, asked.action.location_id, words))
        request = for_time(extension_id, asked.step, actor.known, reason.strip(), wanted, office.calendar)
        if decider is not None:
            await tell_decider(tx, office, asked.action, asked.step, request, decider)


async def decide_time(office: Office, actor: Actor, extension_id: UUID, given: TimeAnswer, now: datetime) -> None:
    """Grant or refuse more time. Granting needs the risk now, what controls it, and the date."""
    if fields := lacking(given, now):
        raise Invalid(fields)
    async with transaction(office.engine, actor, now) as tx:
        extension, action, step = await _locked(tx, extension_id)
        may = await who_decides(tx, office, action, step, extension.asked_by)
        if actor.known in may.never:
            raise NotAllowed("You asked for this, or stand in for whoever did. Somebody else must decide on it.")
        part = await part_at(tx, office, extension.asked, may)
        await check_may_decide(tx, office, action, part, Role.REGISTERED_MANAGER)
        if not await decide_extension(tx.connection, _decision(tx, extension_id, given, part.for_id)):
            raise AlreadySettled("This request has been decided already.")
        words = {"step": step.key, "granted": given.granted, "reason": given.reason.strip()}
        words |= {"risk": given.risk_now.strip(), **for_words(part)}
        due = given.new_due_at
        if due is not None and step.is_open:
            await revise_due(tx.connection, step.id, action.id, due, step.control in MOVES_ACTION, now)
            words["due"] = f"{step.due_at.isoformat()} → {due.isoformat()}"
        tx.record(Entry("more time decided", "extension", extension_id, action.id, action.location_id, words))
        tx.wake(action.id)
        headline = "More time was granted" if given.granted else "More time was not granted"
        after = Asked(action, replace(step, due_at=due) if due else step, new_id())
        until = f"\nUntil then: {given.interim_control.strip()}" if given.granted else ""
        await tell_holder(tx, office, after, extension.asked_by, headline, given.reason.strip() + until)


async def _locked(tx: Transaction, extension_id: UUID) -> tuple[ExtensionFacts, ActionFacts, StepFacts]:
    """The request as it stands once nobody else can change its action."""
    found = await load_extension(tx.connection, extension_id)
    action = await lock_action(tx.connection, found.action_id) if found else None
    extension = await load_extension(tx.connection, extension_id)
    step = await load_step(tx.connection, extension.step_id) if extension else None
    if extension is None or action is None or step is None:
        raise NotFound("There is no such request.")
    return extension, action, step


def _decision(tx: Transaction, extension_id: UUID, given: TimeAnswer, for_id: UUID | None) -> dict[str, Any]:
    return {
        "id": extension_id,
        "by": tx.actor.known,
        "for": for_id,
        "now": tx.now,
        "granted": given.granted,
        "reason": given.reason.strip(),
        "risk_now": given.risk_now.strip() or None,
        "interim_control": given.interim_control.strip() or None,
        "revised_due_at": given.new_due_at,
    }


async def _still_open(tx: Transaction, office: Office, step_id: UUID, request_id: UUID) -> Asked:
    asked = await ask_again(tx, office, step_id, request_id)
    if not asked.step.is_open:
        raise AlreadySettled("This step has been answered already, so there is nothing to ask for.")
    return asked
