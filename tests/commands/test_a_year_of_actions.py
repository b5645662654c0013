"""A simulated year at Cedar View: one clock, three actions, each woken only when its own plan said so.

One reopens because its re-audit fails and is sustained in its second cycle; one reopens because
nobody comes to re-audit it; one reopens because its theme is found again and a person confirms it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from commands.repeats import decide_on_repeat
from commands.submit import say_why
from db.trail import verify
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, open_step, signed_in
from tests.commands.test_re_audits import check_again, climb, through_evidence

DAY = timedelta(days=1)
CLOSED = MONDAY + DAY
# What must hold whatever happened: no rung twice or early, one open cycle, the first date kept, approver apart.
BROKEN = text("""
SELECT 'a rung fired early' AS what FROM escalation WHERE fired_at < expected_at
UNION ALL SELECT 'a rung fired twice' FROM escalation GROUP BY step_id, rung HAVING count(*) > 1
UNION ALL SELECT 'two open cycles' FROM cycle WHERE closed_at IS NULL GROUP BY action_id HAVING count(*) > 1
UNION ALL SELECT 'the first date is lost' FROM action
    WHERE original_due_at IS NULL OR original_due_at > defined_at + interval '14 days'
UNION ALL SELECT 'two open rounds' FROM step WHERE status = 'open' GROUP BY action_id, key HAVING count(*) > 1
UNION ALL SELECT 'an owner approved' FROM closure WHERE approver_id = owner_id
UNION ALL SELECT 'an open action asks nobody' FROM action a
    WHERE a.status NOT IN ('closed – monitoring', 'sustained')
    AND NOT EXISTS (SELECT FROM step s WHERE s.action_id = a.id AND s.status = 'open')
""")
STORY = text("""
SELECT a.status, a.cycle,
       (SELECT array_agg(c.reopened ORDER BY c.number) FROM cycle c WHERE c.action_id = a.id AND c.number > 1) AS why,
       (SELECT array_agg(r.cycle || '.' || r.number || ' ' || r.status ORDER BY r.cycle, r.number)
        FROM re_audit r WHERE r.action_id = a.id) AS re_audits,
       (SELECT array_agg(e.rung ORDER BY e.fired_at, e.rung) FROM escalation e JOIN step s ON s.id = e.step_id
        WHERE e.action_id = a.id AND s.key = 're-audit') AS rungs,
       (SELECT count(*) FROM closure c WHERE c.action_id = a.id) AS closures
FROM action a WHERE a.id = :id
""")


@dataclass
class Clock:
    """Time at Cedar View. Every action is woken at the moment its last plan named, and at no other."""

    cast: Cast
    now: datetime
    until: dict[UUID, datetime | None] = field(default_factory=dict[UUID, datetime | None])
    wakes: int = 0

    async def watch(self, action_id: UUID) -> None:
        """Look at an action now, as its flow does after every answer."""
        self.until[action_id] = (await climb(self.cast, action_id, self.now)).until

    async def pass_to(self, moment: datetime) -> None:
        while due := [(at, action_id) for action_id, at in self.until.items() if at is not None and at <= moment]:
            at, action_id = min(due)
            self.now = max(self.now, at)
            self.wakes += 1
            await self.watch(action_id)
            until = self.until[action_id]
            assert until is None or until > self.now
            assert await broken(self.cast) == []
        self.now = moment


async def broken(cast: Cast) -> list[str]:
    async with cast.office.engine.connect() as connection:
        return [row.what for row in await connection.execute(BROKEN)]


async def story(cast: Cast, action_id: UUID) -> Any:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(STORY, {"id": action_id})).one()


async def close(cast: Cast, theme: str) -> UUID:
    action_id = (await a_care_plan_action(cast, theme=theme)).action_id
    await accept_it(cast, action_id, MONDAY)
    await through_evidence(cast, action_id, CLOSED)
    return action_id


async def say_why_it_did_not_hold(cast: Cast, action_id: UUID, now: datetime) -> None:
    step = await open_step(cast, action_id, "why-reopened")
    why = "New staff were never shown where weights are written."
    await say_why(cast.office, await by_link(cast, step), step, uuid4(), why, now)


async def test_a_year_of_failed_missed_and_repeated_findings(cast: Cast) -> None:
    failing, missed, repeated = [await close(cast, theme) for theme in ("nutrition", "falls", "medicines")]
    clock = Clock(cast, CLOSED)
    for action_id in (failing, missed, repeated):
        await clock.watch(action_id)
    await in_january_one_fails_and_one_passes(clock, failing, repeated)
    again = await a_week_later_it_closes_again(clock, failing)
    await nobody_comes_to_the_other(clock, missed)
    await in_spring_a_theme_is_found_again(clock, repeated)
    await this_time_it_holds(clock, failing, again)

    held, back = await story(cast, failing), await story(cast, repeated)
    assert (held.status, held.cycle, held.closures) == ("sustained", 2, 2)
    assert held.re_audits == ["1.1 failed", "1.2 void", "2.1 passed", "2.2 passed"]
    assert (back.status, back.cycle, back.why) == ("in progress", 2, ["repeat finding"])
    assert await broken(cast) == []
    assert clock.wakes >= 20
    async with cast.office.engine.connect() as connection:
        _, fault = await verify(connection)
    assert fault is None


async def in_january_one_fails_and_one_passes(clock: Clock, failing: UUID, repeated: UUID) -> None:
    """Every re-audit is asked for on its day. One fails, one passes, one is left lying."""
    await clock.pass_to(CLOSED + 62 * DAY)
    await check_again(clock.cast, failing, False, clock.now)
    await check_again(clock.cast, repeated, True, clock.now)
    await clock.watch(failing)
    await clock.watch(repeated)
    assert (await story(clock.cast, failing)).why == ["re-audit failed"]


async def a_week_later_it_closes_again(clock: Clock, failing: UUID) -> datetime:
    """The reopened one says why, is evidenced anew, and closes; when that was."""
    await clock.pass_to(clock.now + 7 * DAY)
    await say_why_it_did_not_hold(clock.cast, failing, clock.now)
    await through_evidence(clock.cast, failing, clock.now)
    await clock.watch(failing)
    return clock.now


async def nobody_comes_to_the_other(clock: Clock, missed: UUID) -> None:
    """The ladder of its re-audit runs out, each rung once, and it reopens."""
    await clock.pass_to(CLOSED + 125 * DAY)
    lying = await story(clock.cast, missed)
    assert (lying.cycle, lying.why, lying.rungs) == (2, ["re-audit missed"], [1, 2, 3, 4])
    assert lying.re_audits == ["1.1 missed", "1.2 void"]


async def in_spring_a_theme_is_found_again(clock: Clock, repeated: UUID) -> None:
    """Nothing happens until the manager confirms that it is the same."""
    cast = clock.cast
    found = await a_care_plan_action(cast, clock.now, theme="Medicines", due_at=clock.now + 14 * DAY)
    async with cast.office.engine.connect() as connection:
        repeat = (await connection.execute(text("SELECT id, closed_action_id FROM repeat_finding"))).one()
    assert (repeat.closed_action_id, (await story(cast, repeated)).cycle) == (repeated, 1)
    words = "The same medicines were not signed for."
    await decide_on_repeat(cast.office, signed_in(cast.manager), repeat.id, True, words, clock.now)
    await clock.watch(repeated)
    await clock.watch(found.action_id)
    assert (await story(cast, repeated)).re_audits == ["1.1 passed", "1.2 void"]


async def this_time_it_holds(clock: Clock, failing: UUID, closed_again: datetime) -> None:
    """Both re-audits of the second cycle pass, and the year runs out."""
    for days in (61, 181):
        await clock.pass_to(closed_again + days * DAY)
        await check_again(clock.cast, failing, True, clock.now)
        await clock.watch(failing)
    await clock.pass_to(CLOSED + 365 * DAY)
