"""The daily digest: one mail a person, on working days, when something of theirs is late or due soon."""

from dataclasses import replace
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from commands.office import Office
from commands.telling import Mail, post
from db.digests import load_due
from db.managers import whom_to_ask
from db.outbox import WHENEVER
from db.session import PersonFacts, Transaction, transaction
from domain.actors import SYSTEM
from domain.deadlines import Calendar
from domain.saying import say_date, say_late
from domain.vocabulary import Form
from domain.waking_hours import within_hours
from notifications import letters_personal as letters

FROM_CLOCK = time(8)
SOON_DAYS = 2


async def send_digests(office: Office, organisation: str, now: datetime) -> int:
    """Queue today's digests; how many people have something to read.

    Can run as often as one likes: the day is each mail's cause. Steps that came to somebody
    today were mailed already and wait until tomorrow.
    """
    calendar = office.calendar
    today = calendar.day_of(now)
    if not calendar.is_working(today) or now < calendar.at(today, FROM_CLOCK):
        return 0
    soon = calendar.end_of(calendar.plus_working_days(today, SOON_DAYS))
    async with transaction(office.engine, SYSTEM, now) as tx:
        found = await load_due(tx.connection, soon, calendar.at(today, time(0)))
        each = [list(rows) for _, rows in groupby(found, key=lambda row: row.id)]
        for rows in each:
            _queue(tx, calendar, organisation, rows)
        return len(each)


def _queue(tx: Transaction, calendar: Calendar, organisation: str, rows: list[Any]) -> None:
    """One person's digest, of all their steps in `rows`."""
    first, now, today = rows[0], tx.now, calendar.day_of(tx.now)
    person = PersonFacts(first.id, first.name, first.email)
    late = [f"{r.ref}: {r.title}, {say_late(r.due_at, now, calendar)} late" for r in rows if r.due_at < now]
    waiting = [f"{r.ref}: {r.title}, due {say_date(calendar.day_of(r.due_at))}" for r in rows if r.due_at >= now]
    # Who answers by link alone has no password to see a page of their work with.
    by_link = not any(row.signs_in or Form(row.form).needs_account for row in rows)
    letter = letters.digest(organisation, person.name, late, waiting, None if by_link else "/work")
    if letter is not None:
        letter = replace(letter, questions=_to_ask(rows, today))
        at = within_hours(now, first.opens, first.closes, calendar)
        post(tx, Mail("digest", person, letter, today.isoformat(), priority=WHENEVER), at)


def _to_ask(rows: list[Any], today: date) -> str | None:
    """Whom to ask: one person about all of it, or for each home its own where they differ."""
    named = {row.location: whom_to_ask(row.managers, row.id, today) for row in rows}
    if len(set(named.values())) == 1:
        return named.popitem()[1]
    return " ".join(f"About {home or 'the rest'}: {words}" for home, words in sorted(named.items(), key=str) if words)
