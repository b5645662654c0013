"""What every table shares: naming of constraints, and how Python's types are stored."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import DeclarativeBase

Json = dict[str, Any]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """A table. Times are aware and in UTC; words of the domain are text, held to their list by a check."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        Json: JSONB,
        list[Any]: JSONB,
        UUID: PgUUID(as_uuid=True),
        str: Text,
        bytes: LargeBinary,
    }


def one_of(column: str, words: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """A check that a column holds one of these words."""
    listed = ", ".join("'" + str(word).replace("'", "''") + "'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
