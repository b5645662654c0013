"""Define: draft an action, complete it, and send it on its way."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.moving import Moved, move_on
from commands.office import Office
from commands.overtaken import record_overtaken
from commands.pathways import latest_version
from commands.repeats import notice_repeat
from commands.standing import is_one_of
from db.actions import lock_action, next_ref
from db.definitions import (
    NewAction,
    completes_for,
    fix_definition,
    insert_action,
    open_define_step,
    pinned_version,
    write_definition,
)
from db.drafts import load_definition
from db.ids import new_id
from db.people import chosen_person, roles_of
from db.session import Transaction, transaction
from db.steps import settle_step
from db.trail import Entry
from domain.actors import Actor
from domain.defining import EVERY_FIELD, MAY_DEFINE, Definition, lacking, may_define, seen_as, wrong_in
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound, Refused
from domain.escalating import Overtaken
from domain.vocabulary import Outcome, Status
from frameworks import library


class ChangedMeanwhile(Refused):
    """Somebody else has changed this since you opened it. Read what it says now, then send yours again or leave it."""

    code = "changed-meanwhile"

    def __init__(self, current: Definition) -> None:
        super().__init__()
        self.current = current


@dataclass(frozen=True, slots=True)
class Defined:
    """A new action: its key, its reference, and what its definition still lacks."""

    action_id: UUID
    ref: str
    lacks: dict[str, str]
    moved: Moved


async def define(
    office: Office, actor: Actor, definition: Definition, now: datetime, *, draft_reasons: tuple[str, ...] = ()
) -> Defined:
    """Record an action. What is complete goes to its owner at once; what is not stays a draft that says why.

    `draft_reasons` hold it in draft for reasons beyond the definition itself. Raises Invalid where something
    cannot be so even in a draft, such as a due date that has passed.
    """
    refuse_wrong(office, definition, now)
    version_id = await latest_version(office, definition.pathway)
    async with transaction(office.engine, actor, now) as tx:
        await check_owner(tx, office, definition)
        return await define_in(tx, office, definition, version_id, draft_reasons)


async def check_owner(tx: Transaction, office: Office, definition: Definition) -> None:
    """Raise Invalid for an owner whom the list does not offer: a reader, or somebody of another home, or nobody here.

    Where a draft has no location yet, its list is not known; it is looked at when the draft is completed.
    """
    if definition.owner_id is None or definition.location_id is None:
        return
    day = office.calendar.day_of(tx.now)
    if not await chosen_person(tx, definition.owner_id, definition.location_id, day):
        raise Invalid({"owner_id": "Choose somebody from the list: an owner works at the location of the action."})


def refuse_wrong(office: Office, definition: Definition, now: datetime) -> None:
    """Raise Invalid naming what cannot be so: past dates, contradictions, texts too long, unknown statements."""
    wrong = wrong_in(definition, now, office.calendar.day_of(now))
    if unknown := library().unknown(definition.references):
        wrong["references"] = unknown
    if wrong:
        raise Invalid(wrong)


async def define_in(
    tx: Transaction,
    office: Office,
    definition: Definition,
    version_id: UUID,
    draft_reasons: tuple[str, ...] = (),
    *,
    says_all: bool = False,
) -> Defined:
    """The same inside a transaction that does more, such as one row of an import.

    With `says_all` the reasons given say what lacks too, in their own words, and nothing is said twice.
    """
    await check_may_define(tx, office, definition.location_id)
    lacks = lacking(definition)
    reasons = list(draft_reasons) if says_all else list(dict.fromkeys([*lacks.values(), *draft_reasons]))
    ref = await next_ref(tx.connection, office.calendar.day_of(tx.now).year)
    new = NewAction(new_id(), ref, version_id, definition, reasons)
    await insert_action(tx.connection, new, tx.actor.person_id, tx.now)
    what = "drafted" if reasons else "defined"
    tx.record(Entry(what, "action", new.id, new.id, definition.location_id, said_of(definition)))
    action = await lock_action(tx.connection, new.id)
    assert action is not None
    if not reasons:
        await notice_repeat(tx, office, action)
    return Defined(new.id, ref, lacks, await move_on(tx, office, action))


async def complete(
    office: Office, actor: Actor, action_id: UUID, definition: Definition, now: datetime, *, seen: str | None = None
) -> Moved:
    """Complete a draft. Raises Invalid naming what still lacks.

    The original due date is fixed here for ever; an imported draft keeps the first date its tracker had. With
    `seen` (`seen_as` of every field) it raises ChangedMeanwhile where the draft says something else by now.
    """
    if lacks := lacking(definition):
        raise Invalid(lacks)
    refuse_wrong(office, definition, now)
    version_id = await latest_version(office, definition.pathway)
    async with transaction(office.engine, actor, now) as tx:
        covered = await lock_draft(tx, office, action_id, definition.location_id)
        if seen is not None:
            await _check_as_seen(tx, action_id, seen)
        await check_owner(tx, office, definition)
        await write_draft(tx, action_id, definition)
        pinned = await pinned_version(tx.connection, action_id, definition.pathway) or version_id
        await fix_definition(tx.connection, action_id, pinned, definition.due_at, actor.person_id, now)
        await _settle_define_step(tx, action_id, definition.location_id)
        words = {**said_of(definition), **for_whom(covered)}
        tx.record(Entry("defined", "action", action_id, action_id, definition.location_id, words))
        fresh = await lock_action(tx.connection, action_id)
        assert fresh is not None
        await notice_repeat(tx, office, fresh)
        return await move_on(tx, office, fresh)


async def lock_draft(tx: Transaction, office: Office, action_id: UUID, location_id: UUID | None) -> UUID | None:
    """Take a draft that this actor may write on, where it is and where it would go; whom they cover for, if anybody.

    Whoever was asked to complete it while somebody is away may do what that one may. Raises what stands against it.
    """
    action = await lock_action(tx.connection, action_id)
    if action is None:
        raise NotFound
    covered = await completes_for(tx.connection, action_id, tx.actor.person_id)
    for place in {action.location_id, location_id} - {None} or {None}:
        await check_may_define(tx, office, place, covered)
    if action.status != Status.DRAFT:
        raise AlreadySettled("This action has been defined already.")
    return covered


async def write_draft(tx: Transaction, action_id: UUID, definition: Definition) -> None:
    """Put a definition's words on a draft and its finding."""
    await write_definition(tx.connection, action_id, definition, tx.actor.person_id, tx.now)


async def _check_as_seen(tx: Transaction, action_id: UUID, seen: str) -> None:
    """Raise ChangedMeanwhile where the draft says something else than its writer saw."""
    current = await load_definition(tx.connection, action_id)
    assert current is not None
    if seen_as(current, EVERY_FIELD) != seen:
        raise ChangedMeanwhile(current)


async def _settle_define_step(tx: Transaction, action_id: UUID, location_id: UUID | None) -> None:
    step_id = await open_define_step(tx.connection, action_id)
    if step_id is not None:
        settled = await settle_step(tx.connection, step_id, Outcome.DEFINED, tx.actor.person_id, tx.now)
        record_overtaken(tx, action_id, location_id, settled.overtaken, Overtaken.STEP_ANSWERED)


async def check_may_define(
    tx: Transaction, office: Office, location_id: UUID | None, covered: UUID | None = None
) -> None:
    """Raise NotAllowed for anybody who may not define actions at this location, nor covers for somebody who may."""
    if tx.actor.person_id is None or await is_one_of(tx, office, MAY_DEFINE, location_id):
        return
    held = await roles_of(tx.connection, covered, office.calendar.day_of(tx.now)) if covered else []
    if not may_define(held, location_id):
        raise NotAllowed


def for_whom(covered: UUID | None) -> dict[str, str]:
    """Whom a draft was written on for, as the trail says it; nothing where it was somebody's own to write."""
    return {"for": str(covered)} if covered else {}


def said_of(definition: Definition) -> dict[str, Any]:
    return {name: value for name, value in asdict(definition).items() if value is not None}
