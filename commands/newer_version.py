"""Move an action to a newer version of its pathway: said by somebody, with a reason, and never by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.choosing import choose_for
from commands.deciders import end_requests
from commands.moving import Moved, move_on
from commands.office import Office
from commands.opened import LINK_OUTLIVES_DUE, Asking, Opened, link_row, tell_asked
from commands.pathways import MAY_DRAFT
from commands.standing import is_one_of
from commands.standing_down import stand_down
from commands.telling import Mail, about, tell
from db.actions import ActionFacts, lock_action
from db.ids import new_id
from db.journal import load_journal
from db.moves import address_step, pin, rename_step, retitle_step
from db.opening import insert_links
from db.pathways import load_version
from db.people import people_of
from db.session import Transaction, transaction
from db.steps import revoke_links
from db.trail import Entry
from domain.actors import Actor
from domain.errors import NotAllowed, NotFound, Refused
from domain.journal import Journal, Step
from domain.pathways import FIXED
from domain.plans import StepToOpen
from domain.versions import Move, Stays, Stop, after, plan_move
from notifications import letters

MAY_MOVE = MAY_DRAFT


class CannotMove(Refused):
    """The action can't move to that version. `stops` says why, each with the step it is about."""

    code = "cannot-move"

    def __init__(self, stops: tuple[Stop, ...]) -> None:
        super().__init__("\n".join(stop.words for stop in stops))
        self.stops = stops


@dataclass(frozen=True, slots=True)
class MovedTo:
    """Where an action stands after a move; `moved` is None where it was on that version already."""

    ref: str
    was: int
    to: int
    move: Move | None = None
    moved: Moved | None = None


async def move_action(
    office: Office,
    actor: Actor,
    action_id: UUID,
    to: int,
    mapping: Mapping[str, str | None],
    reason: str,
    now: datetime,
) -> MovedTo:
    """Move an action to a newer version. Raises CannotMove with everything that stands in the way.

    Answers keep what they meant; open steps that stay keep their links; the rest is asked anew.
    """
    async with transaction(office.engine, actor, now) as tx:
        action = await _locked(tx, action_id)
        await _check_may_move(tx, office, action)
        journal = await load_journal(tx.connection, action_id, office.calendar)
        version = await load_version(tx.connection, journal.pathway.key, to)
        if version is None:
            raise NotFound(f"The pathway “{journal.pathway.key}” has no version {to}.")
        was = journal.pathway.version
        if version.id == action.pathway_version_id:
            return MovedTo(action.ref, was, to)
        move = plan_move(journal, version.pathway, mapping, reason)
        if move.stops:
            raise CannotMove(move.stops)
        await pin(tx.connection, action_id, version.id, now)
        await _apply(tx, office, replace(action, pathway_version_id=version.id), journal, move)
        words = {"version": [was, to], **_words(mapping, reason, move)}
        tx.record(Entry("moved to another pathway version", "action", action_id, action_id, action.location_id, words))
        return MovedTo(action.ref, was, to, move, await move_on(tx, office, await _locked(tx, action_id)))


async def _locked(tx: Transaction, action_id: UUID) -> ActionFacts:
    action = await lock_action(tx.connection, action_id)
    if action is None:
        raise NotFound("There is no such action.")
    return action


def _words(mapping: Mapping[str, str | None], reason: str, move: Move) -> dict[str, Any]:
    """What became of each step, and why."""
    renamed = {key: target or "left out" for key, target in mapping.items()}
    return {"map": renamed, "reason": reason.strip(), "stays": [stay.key for stay in move.stays]}


async def _check_may_move(tx: Transaction, office: Office, action: ActionFacts) -> None:
    if tx.actor.person_id is not None and not await is_one_of(tx, office, MAY_MOVE, action.location_id):
        raise NotAllowed("A quality lead, registered manager, nominated individual or administrator moves an action.")


async def _apply(tx: Transaction, office: Office, action: ActionFacts, journal: Journal, move: Move) -> None:
    for old, new in move.renames.items():
        await rename_step(tx.connection, action.id, action.cycle, old, new)
    if move.voids:
        gone = tuple(step.id for step in move.voids)
        why = f"The action follows version {move.to.version} of its pathway now, which does not ask for this."
        await stand_down(tx, office, action, journal, gone, why)
    then = after(journal, move)
    for stay in move.stays:
        if stay.to_another:
            await _ask_another(tx, office, action, then, stay)
        elif stay.key not in FIXED:
            await retitle_step(tx.connection, stay.step.id, stay.title, stay.who)


async def _ask_another(tx: Transaction, office: Office, action: ActionFacts, then: Journal, stay: Stays) -> None:
    """The step is for another role under the new version: its links end, and both people are told."""
    step, rest = stay.step, replace(then, steps=tuple(s for s in then.steps if s.id != stay.step.id))
    choice = await choose_for(tx, office, action, rest, step.control, stay.who, signed_in=step.form.needs_account)
    assignee, covered = (choice.assignee_id, choice.assigned_for_id) if choice else (None, None)
    if assignee is not None and (assignee, covered) == (step.assignee_id, step.assigned_for_id):
        await retitle_step(tx.connection, step.id, stay.title, stay.who)
        return
    await revoke_links(tx.connection, [step.id], tx.now)
    await address_step(tx.connection, step.id, stay.title, stay.who, assignee, covered, tx.now)
    await end_requests(tx, action, [step.id], left=True)
    words = {"step": stay.key, "from": _key(step.assignee_id), "to": _key(assignee), "why": f"now for the {stay.who}"}
    tx.record(Entry("step given to somebody else", "step", step.id, action.id, action.location_id, words))
    ask = StepToOpen(stay.key, step.round, step.control, step.form, stay.title, stay.who, step.due_at)
    with_link = choice is not None and not step.form.needs_account
    until = max(step.due_at, tx.now) + LINK_OUTLIVES_DUE
    item = Opened(step.id, ask, choice, new_id() if with_link else None, until)
    if item.link_id is not None and assignee is not None:
        await insert_links(tx.connection, [link_row(tx, office, item.link_id, assignee, step.id, until)])
    await _tell_both(tx, office, action, then, step, item)


async def _tell_both(
    tx: Transaction, office: Office, action: ActionFacts, then: Journal, step: Step, item: Opened
) -> None:
    choice = item.choice
    asked = {choice.assignee_id, choice.assigned_for_id} if choice else set[UUID | None]()
    people = await people_of(tx, {person for person in (*asked, step.assignee_id) if person})
    if choice is not None:
        covered = people.get(choice.assigned_for_id) if choice.assigned_for_id else None
        tell_asked(tx, office, Asking(action, then.pathway, item, people[choice.assignee_id], covered))
    former = people.get(step.assignee_id) if step.assignee_id else None
    if former is not None and former.id not in asked:
        why = f"The action follows version {then.pathway.version} of its pathway now."
        letter = letters.reassigned(about(tx, office, action), former.name, item.ask.title, why)
        tell(tx, office, action, Mail("reassigned", former, letter, new_id(), step_id=step.id))


def _key(person: UUID | None) -> str | None:
    return str(person) if person else None
