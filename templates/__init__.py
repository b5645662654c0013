"""Pages in words: the Jinja environment, and how dates and counts are said in it.

Everything is escaped, whatever a template's name ends in: Starlette's own set-up would leave
`.jinja` files unescaped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain import saying
from domain.acknowledging import say_size
from domain.deadlines import Calendar

PAGES = Path(__file__).parent / "pages"


@cache
def environment() -> Environment:
    """The environment of all pages."""
    made = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    words: dict[str, Callable[..., Any]] = {
        "date": saying.say_date,
        "day": saying.say_day,
        "short": saying.say_short,
        "counted": saying.say_count,
        "size": say_size,
    }
    made.filters.update(words)  # pyright: ignore[reportArgumentType]
    return made


@dataclass(frozen=True, slots=True)
class Said:
    """How moments are said on one page: in the provider's time zone, seen from now."""

    now: datetime
    calendar: Calendar

    def due(self, at: datetime) -> str:
        return saying.say_due(at, self.calendar)

    def distance(self, at: datetime) -> str:
        return saying.say_distance(at, self.now, self.calendar)

    def late(self, at: datetime) -> str:
        return saying.say_late(at, self.now, self.calendar)

    def moment(self, at: datetime) -> str:
        return saying.say_moment(at, self.calendar)

    def on(self, at: datetime) -> str:
        return saying.say_date(self.calendar.day_of(at))

    def is_late(self, at: datetime | None) -> bool:
        return at is not None and self.now > at


def render(name: str, now: datetime, calendar: Calendar, **values: Any) -> str:
    """A page. `due`, `distance`, `late`, `moment`, `on` and `is_late` in it are those of `Said`."""
    said = Said(now, calendar)
    sayings = {word: getattr(said, word) for word in ("due", "distance", "late", "moment", "on", "is_late")}
    return environment().get_template(name).render(now=now, **sayings, **values)
