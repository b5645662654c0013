"""Sample audits: how many, which ones, and what the result can show.

A draw is reproducible by anybody: the same population, size and seed give the same items, on any
version of Python, by the counter-based shuffle written out here.
"""

import hashlib
import math
from dataclasses import dataclass
from decimal import Decimal

Z_95 = 1.959963984540054


class CannotDraw(ValueError):
    """There has to be something to draw from. Say how many records there are."""


def default_size(population: int) -> int:
    """How many items to look at: all up to 9, ten up to 49, a fifth up to 99, then twenty."""
    if population < 1:
        raise CannotDraw
    if population < 10:
        return population
    if population < 50:
        return 10
    return math.ceil(population / 5) if population < 100 else 20


def draw(population: int, size: int, seed: str) -> tuple[int, ...]:
    """Item numbers from 1, in the order drawn.

    Fisher–Yates from the front: the n-th swap takes an item from those left by the SHA-256 of
    "seed:n", read as a whole number. 256 bits against at most millions of items leave no bias to see.
    """
    if population < 1:
        raise CannotDraw
    size = min(size, population)
    moved: dict[int, int] = {}
    drawn: list[int] = []
    for n in range(size):
        number = int.from_bytes(hashlib.sha256(f"{seed}:{n}".encode()).digest())
        place = n + number % (population - n)
        drawn.append(moved.get(place, place) + 1)
        moved[place] = moved.get(n, n)
    return tuple(drawn)


@dataclass(frozen=True, slots=True)
class Result:
    """What a sample showed. `judged` leaves out what was not applicable."""

    passes: int
    fails: int
    not_applicable: int
    threshold: Decimal

    @property
    def judged(self) -> int:
        return self.passes + self.fails

    @property
    def share(self) -> Decimal | None:
        """Passes among the items judged; None where nothing could be judged."""
        return None if self.judged == 0 else Decimal(self.passes) / self.judged

    @property
    def passed(self) -> bool | None:
        """Whether the threshold was reached; None where nothing could be judged."""
        return None if self.share is None else self.share >= self.threshold

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson 95 % interval of the share in the whole population."""
        return None if self.judged == 0 else wilson(self.passes, self.judged)

    @property
    def words(self) -> str:
        """What the result can and cannot show, in a sentence or two."""
        if self.interval is None:
            return "Nothing could be judged: every item was not applicable. Draw from records this applies to."
        low, high = (round(100 * bound) for bound in self.interval)
        return (
            f"{self.passes} of {self.judged} met the standard. A sample of this size is consistent with"
            f" {low} % to {high} % in all records, so it can show that practice"
            " has changed, not that every record is right."
        )


def wilson(passes: int, judged: int) -> tuple[float, float]:
    """The Wilson score interval at 95 % (Wilson 1927): honest for small samples and shares near 0 or 1."""
    share, z2 = passes / judged, Z_95**2
    centre = share + z2 / (2 * judged)
    spread = Z_95 * math.sqrt(share * (1 - share) / judged + z2 / (4 * judged**2))
    scale = 1 + z2 / judged
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
