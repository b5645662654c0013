"""How strong an action is, as stored: by its words, or by a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.strength import Strength

_LOAD = text("SELECT strength, strength_is_chosen FROM action WHERE id = :id")
_SET = text("UPDATE action SET strength = :strength, strength_is_chosen = :is_chosen, updated_at = :now WHERE id = :id")


@dataclass(frozen=True, slots=True)
class StrengthFacts:
    """What an action's strength is, and whether a person chose it."""

    strength: Strength | None
    is_chosen: bool

    @property
    def mark(self) -> str:
        """It in words, such as “weak, suggested”."""
        return f"{self.strength or 'not told'}, {'chosen' if self.is_chosen else 'suggested'}"


async def load_strength(connection: AsyncConnection, action_id: UUID) -> StrengthFacts:
    row = (await connection.execute(_LOAD, {"id": action_id})).one()
    return StrengthFacts(Strength(row.strength) if row.strength else None, row.strength_is_chosen)


async def set_strength(connection: AsyncConnection, action_id: UUID, facts: StrengthFacts, now: datetime) -> None:
    values = {"id": action_id, "strength": facts.strength, "is_chosen": facts.is_chosen, "now": now}
    await connection.execute(_SET, values)
