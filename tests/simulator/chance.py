"""Chance: one seed decides everything; what happens beside something else draws from a chance of its own."""

import random
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import db.ids

BESIDE: ContextVar[random.Random | None] = ContextVar("beside", default=None)


class Chance(random.Random):
    """Two that run at once take turns as the database likes; what each draws is the same whoever comes first."""

    def random(self) -> float:
        own = BESIDE.get()
        return own.random() if own else super().random()

    def getrandbits(self, k: int, /) -> int:
        own = BESIDE.get()
        return own.getrandbits(k) if own else super().getrandbits(k)


class Ids:
    """Keys as the product makes them, but from the seed and the false clock, so that a run can be had again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._made = 0

    def __call__(self) -> UUID:
        self._made += 1
        return UUID(int=0x0197 << 112 | self._made << 80 | 7 << 76 | 2 << 62 | self._chance.getrandbits(62))


_HONEST = db.ids.uuid7
_MAKES: ContextVar[Ids | None] = ContextVar("makes", default=None)


@contextmanager
def made_by(ids: Ids) -> Generator[None]:
    """Keys come from there in this world; others may live at the same time."""
    db.ids.uuid7 = _key  # pyright: ignore[reportAttributeAccessIssue]
    before = _MAKES.set(ids)
    try:
        yield
    finally:
        _MAKES.reset(before)


def _key() -> UUID:
    ids = _MAKES.get()
    return ids() if ids else _HONEST()
