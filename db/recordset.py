"""Many rows in one parameter: they travel as JSON, so that one round trip writes to several tables."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import dialect

from db.models.base import Base

_DIALECT = dialect()


def insert_from(model: type[Base], parameter: str, columns: Sequence[str]) -> str:
    """The statement that inserts the rows bound as `parameter` by `as_json`, in their order."""
    table = model.__table__
    names = ", ".join(f'"{name}"' for name in columns)
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(_DIALECT)}' for name in columns)
    return (
        f"INSERT INTO {model.__tablename__} ({names}) SELECT {names}"
        f" FROM jsonb_to_recordset(CAST(:{parameter} AS jsonb)) AS rows({typed})"
    )


def as_json(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as `insert_from` reads them."""
    try:
        return orjson.dumps(rows, default=_as_text).decode()
    except orjson.JSONEncodeError:  # the standard library also takes numbers of more than 64 bits
        return json.dumps(rows, default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")
