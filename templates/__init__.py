"""Pages in words: the Jinja environment, and how dates and counts are said in it.

Everything is escaped, whatever a template's name ends in: Starlette's own set-up would leave
`.jinja` files unescaped.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain import saying
from domain.deadlines import Calendar

PAGES = Path(__file__).parent / "pages"


@cache
def environment() -> Environment:
    """The environment of all pages."""
    made = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        date=saying.say_date, day=saying.say_day, short=saying.say_short, count=saying.say_count, size=say_size
    )
    return made


def render(name: str, now: datetime, calendar: Calendar, **values: Any) -> str:
    """A page; `due`, `distance`, `moment` and `on` in it speak of the provider's time zone."""
    return environment().get_template(name).render(
        now=now,
        due=lambda at: saying.say_due(at, calendar),
        distance=lambda at: saying.say_distance(at, now, calendar),
        late=lambda at: saying.say_late(at, now, calendar),
        moment=lambda at: saying.say_moment(at, calendar),
        on=lambda at: saying.say_date(calendar.day_of(at)),
        is_late=lambda at: at is not None and now > at,
        **values,
    )


def say_size(size: int) -> str:
    """1.8 MB; 210 kB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
