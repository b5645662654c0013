"""Published pathway versions: the list of them, and one with its text."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.pathways import Pathway

_VERSIONS = text("""
SELECT v.id, v.key, v.version, v.definition->>'title' AS title, v.published_at, p.name AS published_by,
       (SELECT count(*) FROM action a WHERE a.pathway_version_id = v.id
        AND a.status NOT IN ('closed – monitoring', 'sustained', 'cancelled', 'superseded')) AS open_actions
FROM pathway_version v LEFT JOIN person p ON p.id = v.published_by
WHERE v.published_at IS NOT NULL AND (CAST(:key AS text) IS NULL OR v.key = :key) ORDER BY v.key, v.version DESC
""")
_VERSION = text("""
SELECT id, definition, source FROM pathway_version
WHERE key = :key AND (CAST(:version AS integer) IS NULL OR version = :version) AND published_at IS NOT NULL
ORDER BY version DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """One published version, and how many open actions follow it."""

    id: UUID
    key: str
    version: int
    title: str
    published_at: datetime
    published_by: str | None
    open_actions: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Version:
    """One published version: what it says, and the text it was published from where there was one."""

    id: UUID
    pathway: Pathway
    source: str | None


async def load_versions(connection: AsyncConnection, key: str | None = None) -> list[VersionFacts]:
    """Every published version, or those of one pathway; the newest of each first."""
    return [VersionFacts(**row._mapping) for row in await connection.execute(_VERSIONS, {"key": key})]


async def load_version(connection: AsyncConnection, key: str, version: int | None = None) -> Version | None:
    """One published version, the newest where none is named; None where there is no such version."""
    row = (await connection.execute(_VERSION, {"key": key, "version": version})).one_or_none()
    return None if row is None else Version(row.id, Pathway.model_validate(row.definition), row.source)
