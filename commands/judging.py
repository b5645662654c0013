"""How strong an action is, judged by a person after it was defined: with a reason, and on the trail."""

from datetime import datetime
from uuid import UUID

from commands.office import Office
from commands.standing import is_one_of
from db.actions import lock_action
from db.session import Transaction, transaction
from db.strengths import StrengthFacts, load_strength, set_strength
from db.trail import Entry
from domain.actors import Actor
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.strength import Strength, action_strength
from domain.vocabulary import Role, Status

MAY_JUDGE = (Role.QUALITY_LEAD, Role.ADMINISTRATOR)
LEAST_REASON = 5


def may_be_judged(status: str) -> bool:
    """A draft says how strong it is in its definition; one that was ended stays as it was."""
    return status not in (Status.DRAFT, Status.CANCELLED, Status.SUPERSEDED)


async def judge_strength(
    office: Office, actor: Actor, action_id: UUID, was: str, strength: Strength | None, reason: str, now: datetime
) -> None:
    """Say how strong an action is, or (None) that its words tell it right after all.

    `was` is what its page showed (`StrengthFacts.mark`). Sent twice, the second changes nothing. Raises Invalid
    naming what is wrong, also where somebody else judged it meanwhile.
    """
    async with transaction(office.engine, actor, now) as tx:
        action = await lock_action(tx.connection, action_id)
        if action is None:
            raise NotFound
        await _check_may(tx, office, action.location_id)
        if not may_be_judged(action.status):
            raise AlreadySettled("This action is a draft or has ended, so nothing is judged of it here.")
        before = await load_strength(tx.connection, action_id)
        suggested = action_strength(f"{action.title}. {action.what_will_change}").strength
        after = StrengthFacts(strength or suggested, strength is not None)
        if after == before:
            return
        if wrong := _wrong(before, was, reason):
            raise Invalid(wrong)
        await set_strength(tx.connection, action_id, after, now)
        words = {"strength": [before.mark, after.mark], "reasons": reason.strip()}
        tx.record(Entry("strength judged", "action", action_id, action_id, action.location_id, words))


async def _check_may(tx: Transaction, office: Office, location_id: UUID | None) -> None:
    if not await is_one_of(tx, office, MAY_JUDGE, location_id):
        raise NotAllowed("How strong an action is, is judged by the quality lead once it is defined.")


def _wrong(before: StrengthFacts, was: str, reason: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if was != before.mark:
        wrong["strength"] = f"Somebody else has judged it meanwhile: it is {before.mark} now. Look again, then decide."
    if len(reason.strip()) < LEAST_REASON:
        wrong["reason"] = "Say why, so that somebody who reads it in a year understands."
    return wrong
