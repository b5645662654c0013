"""Writing a definition bit by bit: one person's own words until they are shared, then a draft that others see too."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.define import (
    ChangedMeanwhile,
    check_owner,
    define_in,
    for_whom,
    lock_draft,
    refuse_wrong,
    said_of,
    write_draft,
)
from commands.noticed import still_noticed
from commands.office import Office
from commands.pathways import latest_version
from db.actions import lock_action
from db.definitions import load_draft_reasons, set_draft_reasons
from db.drafts import discard_own, keep_own, load_definition, load_own, own_became, start_own
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.defining import Definition, lacking, seen_as
from domain.errors import NotFound

Typed = dict[str, str]
LOOK_THROUGH = "Nothing is missing. Look it through, then define it."


async def start_draft(office: Office, actor: Actor, draft_id: UUID, typed: Typed, now: datetime) -> None:
    """Keep what somebody has begun to type. Nobody else sees it, and nothing is asked of anybody."""
    async with transaction(office.engine, actor, now) as tx:
        await start_own(tx.connection, draft_id, actor.known, typed, tx.now)


async def keep_typed(office: Office, actor: Actor, draft_id: UUID, typed: Typed, now: datetime) -> None:
    """Put what was typed on one page beside what is kept of the others."""
    async with transaction(office.engine, actor, now) as tx:
        draft = await load_own(tx.connection, actor.known, draft_id, lock=True)
        if draft is None:
            raise NotFound
        await keep_own(tx.connection, actor.known, draft_id, draft.typed | typed, tx.now)


async def discard_draft(office: Office, actor: Actor, draft_id: UUID, now: datetime) -> None:
    """Throw away what nobody else has seen."""
    async with transaction(office.engine, actor, now) as tx:
        await discard_own(tx.connection, actor.known, draft_id)


async def finish_draft(
    office: Office, actor: Actor, draft_id: UUID, definition: Definition, now: datetime, *, share_only: bool = False
) -> str:
    """Make it an action, or a draft that others see: where something lacks, or where it is only to be shared.

    Returns its reference. Sent twice, it is one action.
    """
    refuse_wrong(office, definition, now)
    version_id = await latest_version(office, definition.pathway)
    async with transaction(office.engine, actor, now, draft_id) as tx:
        draft = await load_own(tx.connection, actor.known, draft_id, lock=True)
        if draft is None:
            raise NotFound
        if draft.action_id is not None:
            before = await lock_action(tx.connection, draft.action_id)
            assert before is not None
            return before.ref
        reasons = (LOOK_THROUGH,) if share_only and not lacking(definition) else ()
        await check_owner(tx, office, definition)
        made = await define_in(tx, office, definition, version_id, reasons)
        await own_became(tx.connection, draft_id, made.action_id, tx.now)
        return made.ref


async def revise_draft(
    office: Office, actor: Actor, action_id: UUID, changes: Mapping[str, Any], seen: str, now: datetime
) -> Definition:
    """Change some fields of a draft that others see too; every other field stays as it is.

    `seen` is `seen_as` of these fields as the writer saw them. Raises ChangedMeanwhile where somebody else has
    changed one of them since, Invalid where something cannot be so.
    """
    async with transaction(office.engine, actor, now) as tx:
        covered = await lock_draft(tx, office, action_id, changes.get("location_id"))
        before = await load_definition(tx.connection, action_id)
        assert before is not None
        after = replace(before, **changes)
        if after == before:
            return before
        if seen_as(before, changes) != seen:
            raise ChangedMeanwhile(before)
        # A date that a tracker brought may have passed; only what is written now is held to today.
        refuse_wrong(office, replace(after, due_at=changes.get("due_at")), now)
        if "owner_id" in changes:
            await check_owner(tx, office, after)
        await write_draft(tx, action_id, after)
        await _say_what_lacks(tx, action_id, before, after)
        words = {**_changed(before, after), **for_whom(covered)}
        tx.record(Entry("draft changed", "action", action_id, action_id, after.location_id, words))
        return after


async def _say_what_lacks(tx: Transaction, action_id: UUID, before: Definition, after: Definition) -> None:
    """What lacks now, and what an import brought to notice and nobody has settled yet."""
    kept = await load_draft_reasons(tx.connection, action_id)
    ours = set(lacking(before).values())
    theirs = still_noticed([reason for reason in kept if reason not in ours], before, after)
    reasons = [*lacking(after).values(), *theirs]
    await set_draft_reasons(tx.connection, action_id, reasons)


def _changed(before: Definition, after: Definition) -> dict[str, Any]:
    old, new = said_of(before), said_of(after)
    return {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}
