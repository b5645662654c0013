"""Published pathway versions: the list of them, and one with its text."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import PathwayVersion
from db.models.base import Json
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
_NEWEST = text(
    "SELECT id FROM pathway_version WHERE key = :key AND published_at IS NOT NULL ORDER BY version DESC LIMIT 1"
)
_NUMBERED = text("SELECT id, definition FROM pathway_version WHERE key = :key AND version = :version")
_NEXT = text("SELECT coalesce(max(version), 0) + 1 FROM pathway_version WHERE key = :key")
_ONE_AT_A_TIME = text("LOCK TABLE pathway_version IN SHARE ROW EXCLUSIVE MODE")


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


async def newest_version(connection: AsyncConnection, key: str) -> UUID | None:
    """The newest published version of a pathway, by its key alone."""
    return (await connection.execute(_NEWEST, {"key": key})).scalar_one_or_none()


async def one_publication_at_a_time(connection: AsyncConnection) -> None:
    """Whoever publishes takes turns, until this transaction ends: each number is given once."""
    await connection.execute(_ONE_AT_A_TIME)


async def version_numbered(connection: AsyncConnection, key: str, version: int) -> tuple[UUID, Pathway] | None:
    """The version that has this number already, if any."""
    row = (await connection.execute(_NUMBERED, {"key": key, "version": version})).one_or_none()
    return None if row is None else (row.id, Pathway.model_validate(row.definition))


async def next_number(connection: AsyncConnection, key: str) -> int:
    return (await connection.execute(_NEXT, {"key": key})).scalar_one()


async def insert_version(
    connection: AsyncConnection, version_id: UUID, pathway: Pathway, source: str | None, by: UUID | None, now: datetime
) -> None:
    """Keep a version as published now; `source` is the text it was read from."""
    values: Json = {"id": version_id, "key": pathway.key, "version": pathway.version, "source": source}
    values |= {"definition": pathway.model_dump(mode="json"), "published_by": by}
    await connection.execute(insert(PathwayVersion).values(**values, published_at=now, created_at=now))
