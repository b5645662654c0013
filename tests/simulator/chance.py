"""Chance: one seed decides everything; what happens beside something else draws from a chance of its own."""

import random
from contextvars import ContextVar

BESIDE: ContextVar[random.Random | None] = ContextVar("beside", default=None)


class Chance(random.Random):
    """Two that run at once take turns as the database likes; what each draws is the same whoever comes first."""

    def random(self) -> float:
        own = BESIDE.get()
        return own.random() if own else super().random()

    def getrandbits(self, k: int, /) -> int:
        own = BESIDE.get()
        return own.getrandbits(k) if own else super().getrandbits(k)
