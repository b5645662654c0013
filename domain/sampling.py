"""Sample audits: how many, which ones, and what the result can show.

A draw is reproducible by anybody: the same population, size and seed give the same items, on any
version of Python, by the counter-based shuffle written out here.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

Z_95 = 1.959963984540054
NOT_APPLICABLE = "not applicable"


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


def sample_size(population: int, fixed: int | None = None) -> int:
    """How many to look at: what the pathway fixes, or the default; never more than there are."""
    default = default_size(population)
    return default if fixed is None else min(fixed, population)


def draw(population: int | Sequence[str], size: int, seed: str) -> tuple[int, ...]:
    """Item numbers from 1, in the order drawn; of a list, the places in it.

    Fisher–Yates from the front: the n-th swap takes an item from those left by the SHA-256 of
    "seed:n", read as a whole number. 256 bits against at most millions of items leave no bias to see.
    """
    population = population if isinstance(population, int) else len(population)
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


def shares_of(strata: Mapping[str, int], size: int) -> dict[str, int]:
    """How many to draw from each group, in proportion, at least one from each that has any.

    Where there are more groups than items asked for, one from each is drawn all the same.
    """
    there = {name: count for name, count in sorted(strata.items()) if count > 0}
    if not there:
        raise CannotDraw
    total = sum(there.values())
    given = dict.fromkeys(there, 1)
    for _ in range(min(size, total) - len(there)):
        open_groups = [name for name in there if given[name] < there[name]]
        given[max(open_groups, key=lambda name: size * there[name] - given[name] * total)] += 1
    return given


def draw_stratified(strata: Mapping[str, int], size: int, seed: str) -> dict[str, tuple[int, ...]]:
    """Item numbers from 1 within each group, by name of group; each drawn with the seed "seed/name"."""
    return {name: draw(strata[name], n, f"{seed}/{name}") for name, n in shares_of(strata, size).items()}


@dataclass(frozen=True, slots=True)
class Result:
    """What a sample showed. `judged` leaves out what was not applicable; `population` where it is known."""

    passes: int
    fails: int
    not_applicable: int
    threshold: Decimal
    population: int | None = None

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
        return None if self.judged == 0 else Decimal(self.passes) >= self.threshold * self.judged

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson 95 % interval of the share in the whole population."""
        return None if self.judged == 0 else wilson(self.passes, self.judged)

    @property
    def words(self) -> str:
        """What the result can and cannot show, in a sentence or two."""
        if self.interval is None:
            return "Nothing could be judged: every item was not applicable. Draw from records this applies to."
        counted = f"{self.passes} of {self.judged} met the standard{self._left_out}."
        if self.judged + self.not_applicable == self.population:
            return f"{counted} Every record was looked at, so this shows how they are now, not how they will stay."
        low, high = (round(100 * bound) for bound in self.interval)
        return (
            f"{counted} A sample of this size is consistent with {low} % to {high} % in all records, so it can show"
            f" {'that practice has changed' if self.passed else 'that practice has not changed enough'},"
            f" not that every record is {'right' if self.passed else 'wrong'}."
        )

    @property
    def _left_out(self) -> str:
        return f" ({self.not_applicable} not applicable, left out)" if self.not_applicable else ""


def wilson(passes: int, judged: int) -> tuple[float, float]:
    """The Wilson score interval at 95 % (Wilson 1927): honest for small samples and shares near 0 or 1."""
    share, z2 = passes / judged, Z_95**2
    centre = share + z2 / (2 * judged)
    spread = Z_95 * math.sqrt(share * (1 - share) / judged + z2 / (4 * judged**2))
    scale = 1 + z2 / judged
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
