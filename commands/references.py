"""Which statements of a framework an action is about, changed later: with a reason, and on the trail."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from commands.define import check_may_define
from commands.office import Office
from db.actions import lock_action
from db.frameworks import load_references, replace_references
from db.session import transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.frameworks import Reference
from frameworks import library

LEAST_REASON = 5


async def refer(
    office: Office,
    actor: Actor,
    action_id: UUID,
    was: Iterable[Reference],
    chosen: Iterable[Reference],
    reason: str,
    now: datetime,
) -> tuple[Reference, ...]:
    """Add and take away statements; returns what the action is about now.

    `was` is what its page showed: what somebody else added or took away since stays so. Sent twice, the second
    changes nothing. Raises Invalid naming what is wrong.
    """
    shown, wanted = tuple(was), tuple(dict.fromkeys(chosen))
    async with transaction(office.engine, actor, now) as tx:
        action = await lock_action(tx.connection, action_id)
        if action is None:
            raise NotFound
        await check_may_define(tx, office, action.location_id)
        before = await load_references(tx.connection, action_id)
        taken = set(shown) - set(wanted)
        added = [one for one in wanted if one not in shown and one not in before]
        after = (*(one for one in before if one not in taken), *added)
        if after == before:
            return before
        if wrong := _wrong(added, after, reason):
            raise Invalid(wrong)
        await replace_references(tx.connection, action_id, after, actor.person_id, tx.now)
        change = {"references": [[str(one) for one in before], [str(one) for one in after]], "reasons": reason.strip()}
        tx.record(Entry("framework references changed", "action", action_id, action_id, action.location_id, change))
        return after


def _wrong(added: list[Reference], after: tuple[Reference, ...], reason: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if len(reason.strip()) < LEAST_REASON:
        wrong["reason"] = "Say why this changes, so that somebody who reads it in a year understands."
    if unknown := library().unknown(added) or library().too_many(after):
        wrong["references"] = unknown
    return wrong
