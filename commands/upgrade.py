"""Before an upgrade: would every live action go on under this code, and could it move to the newest version?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.office import Office
from db.journal import load_journal
from db.moves import LiveAction, live_actions
from db.pathways import load_version
from domain.journal import Journal
from domain.pathways import Pathway
from domain.process import advance
from domain.versions import Why, plan_move

ASKING = "Asked by upgrade check, which moves nothing."


@dataclass(frozen=True, slots=True)
class Standing:
    """How one live action fares under the present code.

    `problem` is why it can't be understood; `changes` is what its next wake would do; `move` is how it
    would get to the newest version: "newest", "free", "map" or "stays", with the reasons in `words`.
    """

    ref: str
    problem: str | None = None
    changes: tuple[str, ...] = ()
    move: str = "newest"
    words: tuple[str, ...] = ()


async def check_upgrade(office: Office, now: datetime) -> AsyncIterator[Standing]:
    """Replay the journal of every live action, one after the other. Nothing is changed."""
    newest: dict[str, Pathway | None] = {}
    async with office.engine.connect() as connection:
        for action in await live_actions(connection):
            yield await _standing(connection, office, action, newest, now)


async def _standing(
    connection: AsyncConnection, office: Office, action: LiveAction, newest: dict[str, Pathway | None], now: datetime
) -> Standing:
    try:
        journal = await load_journal(connection, action.id, office.calendar)
        plan = advance(journal, now)
    # Whatever the present code can't make of an older action is the answer here, and stops no other.
    except Exception as wrong:
        return Standing(action.ref, problem=f"{type(wrong).__name__}: {' '.join(str(wrong).split())[:200]}")
    changes = [f"asks for “{step.title}”" for step in plan.opens]
    changes += [f"no longer asks for “{step.key}”" for step in journal.steps if step.id in plan.voids]
    if plan.status is not journal.status:
        changes.append(f"becomes {plan.status}")
    move, words = await _move(connection, journal, newest)
    return Standing(action.ref, plan.problem, tuple(changes), move, words)


async def _move(
    connection: AsyncConnection, journal: Journal, newest: dict[str, Pathway | None]
) -> tuple[str, tuple[str, ...]]:
    key = journal.pathway.key
    if key not in newest:
        found = await load_version(connection, key)
        newest[key] = found.pathway if found else None
    latest = newest[key]
    if latest is None or latest.version <= journal.pathway.version or not journal.status.is_open:
        return "newest", ()
    stops = plan_move(journal, latest, {}, ASKING).stops
    words = tuple(stop.words for stop in stops)
    if not stops:
        return "free", ()
    return ("map" if all(stop.why is Why.MAP for stop in stops) else "stays"), words
