"""Has this been here before? Open actions in similar words, and themes that were closed and are found again.

Similar words are compared by trigrams (the extension pg_trgm), among the open actions of one location alone: the
index on location and status finds those, a few hundred as a rule, and an index on the texts themselves would cost
every answer to every action more than it saves here. A server without the extension gives no such hint.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.scope import EVERY, MAY_SEE, Viewer, reach_of
from domain.themes import theme_key
from domain.vocabulary import FINISHED, Status

MOST = 5
COMPARED = 1000
"""So many of a home's newest open actions are compared: what a hint costs has an end."""
CLOSED = (str(Status.CLOSED_MONITORING), str(Status.SUSTAINED))

_REPEATS = text(f"""
SELECT a.id AS action_id, a.ref, a.title, a.status, a.cycle, k.closed_at
FROM finding f JOIN action a ON a.finding_id = f.id JOIN closure k ON k.action_id = a.id AND k.cycle = a.cycle
WHERE f.location_id = :location AND f.theme_key = :theme AND a.location_id = :location AND a.status = ANY(:closed)
  AND k.closed_at >= :since AND (:everything OR {MAY_SEE})
ORDER BY k.closed_at DESC, a.id
""")
# Three ways to be alike: the words of the action, its name alone, or what was found.
_SIMILAR = text(f"""
SELECT * FROM (
    SELECT a.id AS action_id, a.ref, a.title, a.status, p.name AS owner, a.due_at, greatest(
        similarity(a.title || ' ' || a.what_will_change, :title || ' ' || :change),
        similarity(a.title, :title) - 0.1,
        similarity(f.summary, :summary) - 0.1
    ) AS score
    FROM (SELECT * FROM action a WHERE a.location_id = :location AND a.status <> ALL(:finished)
          AND a.id IS DISTINCT FROM :but AND {MAY_SEE} ORDER BY a.id DESC LIMIT {COMPARED}) a
    JOIN finding f ON f.id = a.finding_id LEFT JOIN person p ON p.id = a.owner_id
) found WHERE score >= :least ORDER BY score DESC, ref LIMIT :most
""")
_TRIGRAMS = text("SELECT to_regprocedure('similarity(text,text)') IS NOT NULL")
# One theme after the other by the index, each as it was first written: findings are many, themes are few.
_EVERY_THEME = text("""
WITH RECURSIVE one AS (
    (SELECT theme_key, theme FROM finding WHERE theme_key IS NOT NULL ORDER BY theme_key, created_at LIMIT 1)
    UNION ALL
    SELECT n.theme_key, n.theme FROM one CROSS JOIN LATERAL (
        SELECT f.theme_key, f.theme FROM finding f WHERE f.theme_key > one.theme_key
        ORDER BY f.theme_key, f.created_at LIMIT 1
    ) n
)
SELECT theme FROM one LIMIT 200
""")


@lru_cache
def _themes(reach: str) -> TextClause:
    if reach == EVERY:
        return _EVERY_THEME
    return text(f"""
    SELECT DISTINCT ON (f.theme_key) f.theme FROM finding f JOIN action a ON a.finding_id = f.id
    WHERE f.theme_key IS NOT NULL AND {reach} ORDER BY f.theme_key, f.created_at LIMIT 200
    """)


LEAST_ALIKE = 0.35
_NOBODY = Viewer(UUID(int=0), ())


@dataclass(frozen=True, slots=True)
class RepeatCandidate:
    """A closed action whose theme is found again at its location."""

    action_id: UUID
    ref: str
    title: str
    status: str
    cycle: int
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class SimilarAction:
    """An open action in similar words; `score` is 1 for the same words."""

    action_id: UUID
    ref: str
    title: str
    status: str
    owner: str | None
    due_at: datetime | None
    score: float


async def repeat_candidates(
    connection: AsyncConnection, location_id: UUID, theme: str, since: datetime, viewer: Viewer | None = None
) -> list[RepeatCandidate]:
    """Actions at the location that closed since then on this theme, however it is spelt; last closed first.

    With a viewer only those that they may see; without one all, for commands.
    """
    bound: dict[str, Any] = {"location": location_id, "theme": theme_key(theme), "since": since, "closed": list(CLOSED)}
    bound |= {"everything": viewer is None} | (viewer or _NOBODY).scope
    return [RepeatCandidate(**row._mapping) for row in await connection.execute(_REPEATS, bound)]


async def similar_open(
    connection: AsyncConnection,
    viewer: Viewer,
    location_id: UUID,
    title: str,
    change: str,
    summary: str,
    but: UUID | None = None,
) -> list[SimilarAction]:
    """Open actions of the location that say much the same, the likest first, without the one that is being written."""
    if not await has_trigrams(connection):
        return []
    bound: dict[str, Any] = {"title": title[:500], "change": change[:5000], "summary": summary[:5000], "but": but}
    bound |= {"location": location_id, "finished": sorted(map(str, FINISHED)), "least": LEAST_ALIKE, "most": MOST}
    return [SimilarAction(**row._mapping) for row in await connection.execute(_SIMILAR, bound | viewer.scope)]


async def has_trigrams(connection: AsyncConnection) -> bool:
    """Whether this database can compare words by trigrams."""
    return (await connection.execute(_TRIGRAMS)).scalar_one()


async def known_themes(connection: AsyncConnection, viewer: Viewer) -> list[str]:
    """Themes in use within reach, each as it was first written."""
    return [row.theme for row in await connection.execute(_themes(reach_of(viewer)), viewer.scope)]
