"""The crosswalk, corrected by people: a row gets other counterparts, or again those that ship. Suggestions follow."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from commands.office import Office
from commands.standing import is_one_of
from db.crosswalks import corrections, insert_change, one_at_a_time, seen_before
from db.ids import new_id
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.crosswalk import Place, corrected, row_at, wrong_in_change
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Role
from frameworks import library

MAY_CORRECT = (Role.QUALITY_LEAD, Role.ADMINISTRATOR)
REFUSED = "The crosswalk is for every location: a quality lead or administrator for all of them corrects it."
MEANWHILE = "Somebody else has changed this meanwhile. It says now what is ticked here: look again, then save."


async def correct(
    office: Office,
    actor: Actor,
    place: Place,
    was: Iterable[str],
    counterparts: Iterable[str] | None,
    reason: str,
    request_id: UUID,
    now: datetime,
) -> None:
    """Give a row these counterparts, or (None) those that ship. `was` is what its page showed.

    The same form twice is one change. Raises Invalid naming what is wrong, also where somebody else was faster.
    """
    async with transaction(office.engine, actor, now, request_id) as tx:
        await _check_may(tx, office)
        await one_at_a_time(tx.connection)
        if await seen_before(tx.connection, request_id):
            return
        before = row_at(corrected(library(), await corrections(tx.connection)), place)
        if before is None:
            raise NotFound("The crosswalk has no such row.")
        after = row_at(library(), place) if counterparts is None else tuple(dict.fromkeys(counterparts))
        assert after is not None
        if wrong := wrong_in_change(library(), place, after, reason):
            raise Invalid(wrong)
        if set(before) != set(was):
            raise Invalid({"counterparts": MEANWHILE})
        await _keep(tx, place, before, None if counterparts is None else after, reason.strip())


async def _keep(
    tx: Transaction, place: Place, before: tuple[str, ...], after: tuple[str, ...] | None, reason: str
) -> None:
    key = new_id()
    values = {
        "id": key,
        "from_framework": place.from_framework,
        "statement": place.statement,
        "to_framework": place.to_framework,
        "counterparts": None if after is None else list(after),
        "reason": reason,
        "changed_by": tx.actor.known,
        "changed_at": tx.now,
        "request_id": tx.request_id,
    }
    await insert_change(tx.connection, values)
    words = {
        "row": f"{place.from_framework}/{place.statement} → {place.to_framework}",
        "counterparts": [list(before), "as shipped" if after is None else list(after)],
        "reasons": reason,
    }
    tx.record(Entry("crosswalk corrected", "crosswalk", key, words=words))


async def _check_may(tx: Transaction, office: Office) -> None:
    if not await is_one_of(tx, office, MAY_CORRECT, None):
        raise NotAllowed(REFUSED)
