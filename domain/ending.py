"""Ending an action that will not be finished: cancelled, or superseded by another that takes its place.

Both take it out of every figure, so neither is for the one who owns it, and the work behind a high
or critical risk is given up by the nominated individual alone, who answers to CQC for how managers
manage (Regulation 6). Handing it on to an open action of the same home and no lower risk gives
nothing up, so managers may do that.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.vocabulary import Risk, Role, Status

MAY_END = frozenset({Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL})
GRAVE = frozenset({Risk.HIGH, Risk.CRITICAL})
_ORDER = list(Risk)


@dataclass(frozen=True, slots=True)
class Standing:
    """What matters of an action that ends, or that takes another's place."""

    id: UUID
    ref: str
    status: Status
    risk: Risk | None
    location_id: UUID | None


def may_not_end(action: Standing, roles: Collection[str], is_owner: bool, instead: Standing | None) -> str | None:
    """Why this person may not end the action, in words; None where they may."""
    if not MAY_END & set(roles):
        return "This is for the registered manager or the quality lead. Tell them why it should end."
    if is_owner:
        return "You own this action, so somebody else must decide that it ends. Ask another manager."
    if action.risk not in GRAVE or Role.NOMINATED_INDIVIDUAL in roles or _is_carried_on(action, instead):
        return None
    if instead is None:
        return (
            f"At {action.risk} risk only the nominated individual may cancel. Ask them, or name what takes its place."
        )
    return (
        f"{instead.ref} is rated a lower risk, so only the nominated individual may let it take the place of this one."
    )


def _is_carried_on(action: Standing, instead: Standing | None) -> bool:
    return instead is not None and _weight(instead.risk) >= _weight(action.risk)


def _weight(risk: Risk | None) -> int:
    return -1 if risk is None else _ORDER.index(risk)


def cannot_take_its_place(action: Standing, other: Standing | None) -> str | None:
    """Why another action can't supersede this one; the same words for one elsewhere and for none at all."""
    if other is not None and other.id == action.id:
        return "An action cannot take its own place. Give the reference of another one."
    elsewhere = other is not None and action.location_id is not None and other.location_id != action.location_id
    if other is None or elsewhere or not other.status.is_open:
        return "There is no open action with this reference at the same location. Cancel it instead, or look it up."
    return None


def lacking(reason: str) -> dict[str, str]:
    """What a reason still needs."""
    if len(reason.strip()) >= 10:
        return {}
    return {"reason": "Say why it ends, in a sentence. It stays on the record for an inspector to read."}
