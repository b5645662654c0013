"""What tests of Assign look at: who has which step, what was mailed, what the trail says."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.cast import Cast


async def rows(cast: Cast, query: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(query), bound)).all())


async def open_steps(cast: Cast, action: UUID) -> dict[str, tuple[str | None, str | None]]:
    """By key, who has it and for whom, by first name."""
    found = await rows(
        cast,
        "SELECT s.key, split_part(p.name, ' ', 1) AS who, split_part(c.name, ' ', 1) AS covered FROM step s"
        " LEFT JOIN person p ON p.id = s.assignee_id LEFT JOIN person c ON c.id = s.assigned_for_id"
        " WHERE s.action_id = :a AND s.status = 'open'",
        a=action,
    )
    return {row.key: (row.who, row.covered) for row in found}


async def mailed(cast: Cast, kind: str) -> list[str]:
    """To whom, oldest first, by what stands before the at."""
    found = await rows(
        cast,
        "SELECT split_part(to_address, '@', 1) AS who FROM message WHERE kind = :k ORDER BY created_at, id",
        k=kind,
    )
    return [row.who for row in found]


async def told(cast: Cast, what: str) -> int:
    """How often the trail says this."""
    return len(await rows(cast, "SELECT 1 FROM trail_entry WHERE what = :w", w=what))


async def working_links(cast: Cast, person: UUID) -> int:
    return len(await rows(cast, "SELECT 1 FROM link WHERE person_id = :p AND revoked_at IS NULL", p=person))
