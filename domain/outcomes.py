"""Outcome: what was measured against what was promised. Reached, partly reached, or not reached.

Where a target holds one number, or the two ends of a range, a value decides; where it holds none,
the person who approves says in words what the test showed, and whether it passed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.measuring import Direction, Measure, ends_in, number_in


class Reached(StrEnum):
    """How far the target was reached."""

    REACHED = "reached"
    PARTLY = "partly reached"
    NOT = "not reached"


_SHARE = re.compile(r"\d ?(?:of|out of|/) ?\d", re.IGNORECASE)
_UNIT = re.compile(r"\d\s*([%°]|[^\W\d][\w ’'/-]*)")
# “no more than” holds “more than”, so upper bounds are looked for first.
_MOST = re.compile(r"≤|<|\b(?:at most|no more than|fewer than|less than|under|up to)\b", re.IGNORECASE)
_LEAST = re.compile(r"≥|>|\b(?:at least|no less than|no fewer than|more than|over)\b", re.IGNORECASE)
_COMMA = re.compile(r"\d,\d{1,2}(?!\d)")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, with its unit. “7 of 12” is a share, in per cent."""

    value: Decimal
    unit: str = ""

    def __str__(self) -> str:
        return f"{_plain(self.value)} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Target:
    """What a measure promised, as far as numbers say it: the goal, or a range from `goal` to `highest`."""

    stated: str
    goal: Decimal
    highest: Decimal | None
    baseline: Decimal | None
    way: Direction | None
    unit: str
    stated_baseline: str = ""


def read_number(words: str) -> Number | None:
    """The one number in some words, with what follows it as its unit; None where there is none, or several."""
    bare = _LEAST.sub("", _MOST.sub("", words)).strip()
    value = None if _COMMA.search(bare) else number_in(bare)
    if value is None:
        return None
    if _SHARE.search(bare):
        return Number(value.quantize(Decimal("0.1")), "%")
    unit = _UNIT.search(bare)
    return Number(value, unit[1].strip() if unit else "")


def target_of(measure: Mapping[str, Any] | None) -> Target | None:
    """The target of a measure as it is stored; None where no number is promised that a value could be held against."""
    if not measure or not measure.get("target"):
        return None
    known = _measure(measure)
    if known.direction is Direction.RANGE:
        return _range(known)
    number, start = read_number(known.target), read_number(known.baseline)
    if number is None:
        return None
    unit = number.unit if number.unit == "%" else known.unit or number.unit or (start.unit if start else "")
    baseline = start.value if start and same_unit(start.unit, unit) else None
    return Target(known.target, number.value, None, baseline, _way(known, number.value, baseline), unit, known.baseline)


def _measure(stored: Mapping[str, Any]) -> Measure:
    said = str(stored.get("direction") or "")
    words = {name: str(stored.get(name) or "") for name in ("what", "baseline", "target", "unit")}
    return Measure(**words, direction=Direction(said) if said in set(Direction) else None)


def _range(measure: Measure) -> Target | None:
    ends, start = ends_in(measure.target), number_in(measure.baseline)
    if ends is None:
        return None
    return Target(measure.target, ends[0], ends[1], start, Direction.RANGE, measure.unit, measure.baseline)


def _way(measure: Measure, goal: Decimal, baseline: Decimal | None) -> Direction | None:
    """Which way is better: as it was said, as the target is worded, or from the baseline to the target."""
    if measure.direction is not None:
        return measure.direction
    if _MOST.search(measure.target):
        return Direction.DOWN
    if _LEAST.search(measure.target):
        return Direction.UP
    if baseline is None or baseline == goal:
        return None
    return Direction.UP if goal > baseline else Direction.DOWN


def same_unit(one: str, other: str) -> bool:
    """“falls” is the unit of “falls a month”; a number alone has the unit of the other."""
    first, second = one.lower().rstrip("s"), other.lower().rstrip("s")
    return not first or not second or first.startswith(second) or second.startswith(first)


def judge(value: Decimal, target: Target) -> Reached:
    """Where a value stands. Nearer to the target than the baseline was is partly reached."""
    gap = _short_of(value, target)
    if gap <= 0:
        return Reached.REACHED
    if target.baseline is None or target.way is None:
        return Reached.NOT
    return Reached.PARTLY if gap < _short_of(target.baseline, target) else Reached.NOT


def _short_of(value: Decimal, target: Target) -> Decimal:
    """How far a value is from its target; nothing, or less, where it is reached."""
    if target.highest is not None:
        return max(target.goal - value, value - target.highest)
    if target.way is None:
        return abs(target.goal - value)
    return value - target.goal if target.way is Direction.DOWN else target.goal - value


def _plain(value: Decimal) -> str:
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured at closing: a value on a day, or the result of a test in words."""

    on: date
    reached: Reached
    measured: str
    target: str = ""
    baseline: str = ""
    value: str = ""
    unit: str = ""

    @property
    def passed(self) -> bool:
        return self.reached is Reached.REACHED

    def stored(self) -> dict[str, Any]:
        """As the closure keeps it; what does not apply is left out."""
        facts = {name: getattr(self, name) for name in ("measured", "target", "baseline", "value", "unit")}
        return {
            "on": self.on.isoformat(),
            "reached": str(self.reached),
            **{name: words for name, words in facts.items() if words},
        }
