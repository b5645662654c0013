"""The overview's numbers and lists, each within what the viewer may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.overview_questions import AGES_FROM, questions_within
from db.review_lists import review_counts
from db.scope import MAY_SEE, Viewer, reach_of
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]

_DEAD = text(f"""
SELECT u.id, u.to_address, u.error, u.opened_at, m.to_name, a.ref,
       p.name || coalesce(', for ' || c.name, '') AS asked
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN person p ON p.id = u.asked_id LEFT JOIN person c ON c.id = u.asked_for_id
WHERE u.settled_at IS NULL AND (:sees_all OR u.location_id = ANY(:locations) OR (a.id IS NOT NULL AND {MAY_SEE}))
ORDER BY u.opened_at DESC LIMIT 20
""")


@dataclass(frozen=True, slots=True)
class Board:
    """What the overview is made of."""

    totals: Row[Any]
    waiting: Rows
    rungs: Rows
    ages: Rows
    days: Rows
    heat: Rows
    undelivered: Rows
    reviews: Row[Any]


def _bound(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {**viewer.scope, "now": now, "finished": sorted(map(str, FINISHED))}


async def overview(connection: AsyncConnection, viewer: Viewer, now: datetime, start: datetime, zone: str) -> Board:
    """The overview's numbers; `start` is the beginning of today in the time zone where the people are."""
    bound = _bound(viewer, now)
    fortnight = {"fortnight": start + timedelta(days=14)}

    async def rows(statement: TextClause, **more: Any) -> Rows:
        return list((await connection.execute(statement, {**bound, **more})).all())

    ask = questions_within(reach_of(viewer))
    return Board(
        totals=(await rows(ask.totals, **fortnight))[0],
        waiting=await rows(ask.waiting, most=8),
        rungs=await rows(ask.rungs),
        ages=await rows(ask.ages, **{"from": list(AGES_FROM)}),
        days=await rows(ask.days, start=start, zone=zone, **fortnight),
        heat=await rows(ask.heat),
        undelivered=await rows(_DEAD),
        reviews=await review_counts(connection, viewer, now),
    )
