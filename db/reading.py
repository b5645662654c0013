"""Statements that run with every answer or mail, on the driver itself; others are SQLAlchemy's `text`.

Through SQLAlchemy they took a third of the processor time of an answer (decision 0028).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from db.driver import driver_of, said_as_sqlalchemy_does

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class Row(asyncpg.Record):
    """A row whose columns are attributes, as SQLAlchemy's are."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class Reading:
    """One statement with its `:named` values. `within` says that it means nothing outside a transaction."""

    def __init__(self, sql: str, *, within: bool = False) -> None:
        self._names = tuple(dict.fromkeys(_NAMED.findall(sql)))
        self._sql = _NAMED.sub(lambda found: f"${self._names.index(found[1]) + 1}", sql)
        self._within = within

    async def all(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Every row."""
        driver = driver_of(connection)
        if self._within and not driver.is_in_transaction():
            raise RuntimeError("This statement needs a transaction around it: see db.session.transaction.")
        with said_as_sqlalchemy_does(driver, self._sql):
            return await driver.fetch(self._sql, *(values[name] for name in self._names), record_class=Row)

    async def one_or_none(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Any:
        """The only row, or None where there is none."""
        rows = await self.all(connection, values)
        return rows[0] if rows else None

    async def one(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Any:
        """The only row."""
        (row,) = await self.all(connection, values)
        return row


def reading(sql: str) -> Reading:
    """A statement for a look."""
    return Reading(sql)


def deciding(sql: str) -> Reading:
    """A statement that locks or writes as a part of its transaction."""
    return Reading(sql, within=True)
