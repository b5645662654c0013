"""The measure of an action: what is counted, where it stands, where it should get to, and how that is found out."""

import re
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation
from enum import StrEnum


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, where it stood, and where it should get to.

    Baseline and target are as people say them (“42 %”, “7 of 12”, “none”); of a range the target names both ends.
    `counted_by`, `counted_from` and `how_often` say how it is measured: who, from what, how often.
    """

    what: str
    baseline: str
    target: str
    unit: str = ""
    direction: Direction | None = None
    counted_by: str = ""
    counted_from: str = ""
    how_often: str = ""

    @property
    def way(self) -> Direction | None:
        """The direction that was said, else the one that baseline and target show; None where neither tells."""
        if self.direction is not None:
            return self.direction
        start, goal = number_in(self.baseline), number_in(self.target)
        if start is None or goal is None or start == goal:
            return None
        return Direction.UP if goal > start else Direction.DOWN

    @property
    def is_whole(self) -> bool:
        """Whether it says what is counted, where it stands, and the target; a draft may lack some."""
        return all(said.strip() for said in (self.what, self.baseline, self.target))

    @property
    def says_how(self) -> bool:
        return bool(self.counted_by and self.counted_from and self.how_often)


_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_SHARE = re.compile(rf"({_NUMBER}) ?(?:of|out of|/) ?({_NUMBER})\b.*", re.IGNORECASE)
_PLAIN = re.compile(rf"[£<>≤≥~ ]*({_NUMBER}) ?(?:%|[^\d]*)")
_RANGE = re.compile(rf"[^\d]*({_NUMBER})[^\d]+?({_NUMBER})[^\d]*")
_NOUGHT = frozenset({"none", "no", "nil", "never", "nobody", "zero"})


def number_in(stated: str) -> Decimal | None:
    """The one number somebody wrote, a share of a whole as per cent; None where it is words or several numbers."""
    plain = " ".join(stated.split())
    if plain.lower() in _NOUGHT:
        return Decimal(0)
    try:
        if share := _SHARE.fullmatch(plain):
            return 100 * _decimal(share[1]) / _decimal(share[2])
        return _decimal(number[1]) if (number := _PLAIN.fullmatch(plain)) else None
    except (InvalidOperation, DivisionByZero):
        return None


def ends_in(stated: str) -> tuple[Decimal, Decimal] | None:
    """The two ends of a range as people write it: “18 to 22”, “between 36.5 and 38”, “4–6”."""
    found = _RANGE.fullmatch(" ".join(stated.split()).replace("-", "–"))
    return (_decimal(found[1]), _decimal(found[2])) if found else None


def _decimal(stated: str) -> Decimal:
    return Decimal(stated.replace(",", ""))


def contradiction_in(measure: Measure) -> str | None:
    """Why target and direction cannot both be meant, in words; None where they can, or where words do not tell."""
    if not measure.target.strip():
        return None
    if measure.direction is Direction.RANGE:
        ends = ends_in(measure.target)
        if ends is None:
            return "Give both ends of the range, for example 18 to 22."
        return None if ends[0] < ends[1] else "The lower end of the range comes first, for example 18 to 22."
    start, goal = number_in(measure.baseline), number_in(measure.target)
    if start is None or goal is None:
        return None
    if start == goal:
        return f"The target is where it stands already ({measure.baseline}). Say what it should get to."
    if measure.direction is Direction.UP and goal < start:
        return f"It should go up, and {measure.target} is below {measure.baseline}. Correct one of them."
    if measure.direction is Direction.DOWN and goal > start:
        return f"It should go down, and {measure.target} is above {measure.baseline}. Correct one of them."
    return None
