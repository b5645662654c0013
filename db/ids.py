"""Keys: UUIDv7, so that rows sort by when they were made and indexes grow at one end."""

from uuid import UUID

from uuid6 import uuid7


def new_id() -> UUID:
    """A new key; a plain `uuid.UUID`, which asyncpg and JSON know."""
    return UUID(int=uuid7().int)
