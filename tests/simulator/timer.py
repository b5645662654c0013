"""The timer: what the flows do, without Prefect. It keeps one run for each action, re-audit and review.

`waits` stands for Prefect's own database: it survives our crashes, and is lost now and then by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from commands.advance import advance_action
from commands.escalate import fire_rung
from commands.office import Office
from commands.reviews import advance_review, climb_review, plan_reviews
from db.action_runs import Wanted, claim_wakes, release_lease, set_run, take_lease
from db.review_runs import ended_in_prefect, live_review_runs
from db.run_checks import ask_for_astray, ask_wakes, open_runs
from db.session import glance
from db.sustaining import forget_re_audit_runs, planned_re_audits, re_audit_told, re_audits_to_tell
from domain.plans import Plan
from domain.vocabulary import ReAuditStatus

AT_ONCE = timedelta(0)
NIL = UUID(int=0)
MANY = 10_000
LOOK_AGAIN = timedelta(days=30)
LIVE = (ReAuditStatus.PLANNED, ReAuditStatus.OPEN)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: of an action (number 0), of its re-audit with that number, or of a review."""

    of: UUID
    number: int = 0
    is_review: bool = False


@dataclass
class Timer:
    """Wakes runs when their time has come or somebody asked; `woken` is told of each action that was looked at."""

    office: Office
    clock: Callable[[], datetime]
    woken: Callable[[UUID], None]
    waits: dict[Run, datetime] = field(default_factory=dict[Run, datetime])
    re_audit_runs: dict[UUID, Run] = field(default_factory=dict[UUID, Run])
    wakes: int = 0

    async def asked(self) -> None:
        """Wake whoever was asked to look again, until nobody is."""
        again = True
        while again:
            async with glance(self.office.engine) as connection:
                wanted = await claim_wakes(connection, MANY, AT_ONCE)
            ordered = sorted(wanted, key=lambda one: (one.id, one.re_audit_run_id or NIL))
            again = any([await self._wake_wanted(one) for one in ordered])

    async def _wake_wanted(self, one: Wanted) -> bool:
        if one.flow_run_id is None:
            async with glance(self.office.engine) as connection:
                await set_run(connection, one.id, uuid5(one.id, "run"))
        run = self.re_audit_runs.get(one.re_audit_run_id or NIL, Run(one.id))
        return await self.wake(run)

    async def due(self) -> bool:
        """Wake every run whose time has come; whether somebody asked for another look meanwhile."""
        asked, now = False, self.clock()
        while late := [(at, run.number, run.of, run) for run, at in self.waits.items() if at <= now]:
            asked = await self.wake(min(late)[-1]) or asked
        return asked

    def next_at(self) -> datetime | None:
        return min(self.waits.values(), default=None)

    async def wake(self, run: Run) -> bool:
        """Look at what a run is about; whether somebody asked for another look meanwhile."""
        self.wakes += 1
        if run.is_review:
            await self._review(run)
            return False
        self.woken(run.of)
        holder = f"simulated:{self.wakes}"
        async with glance(self.office.engine) as connection:
            await take_lease(connection, run.of, holder, AT_ONCE)
        plan = await self._climb(run.of)
        waits = not plan.finished
        if run.number:
            # One before it may still wait for somebody; this one's turn comes after.
            waits = plan.re_audit is not None and plan.re_audit <= run.number
        elif plan.shows_re_audits:
            await self._show_re_audits(run.of)
        self._park(run, plan.until or self.clock() + LOOK_AGAIN if waits else None)
        async with glance(self.office.engine) as connection:
            name, until = (plan.waiting_for, plan.until) if waits else ("Finished", None)
            again = await release_lease(connection, run.of, holder, name, until)
            if run.number and not waits:
                await ask_wakes(connection, [run.of])
            return again or (run.number > 0 and not waits)

    async def _climb(self, action_id: UUID) -> Plan:
        plan = await advance_action(self.office, action_id, self.clock())
        while plan.rungs_due:
            rung = plan.rungs_due[0]
            plan = await fire_rung(self.office, action_id, rung.step_id, rung.rung, self.clock())
        return plan

    def _park(self, run: Run, until: datetime | None) -> None:
        """Wait until then; None is the end of this run."""
        if until is None:
            self.waits.pop(run, None)
        else:
            self.waits[run] = until

    async def _show_re_audits(self, action_id: UUID) -> None:
        async with glance(self.office.engine) as connection:
            for one in await re_audits_to_tell(connection, action_id):
                key, run = one.flow_run_id or uuid5(one.id, "run"), Run(action_id, one.number)
                if one.status not in LIVE:
                    self._park(run, None) if self.re_audit_runs.pop(key, None) else None
                elif one.flow_run_id is None:
                    self.re_audit_runs[key] = run
                    self._park(run, one.due_at)
                known = one.flow_run_id is not None or one.status in LIVE
                await re_audit_told(connection, one, key if known else None, self.clock())

    async def _review(self, run: Run) -> None:
        plan = await advance_review(self.office, run.of, self.clock())
        while plan.rungs_due:
            plan = await climb_review(self.office, run.of, plan.rungs_due[0], self.clock())
        self._park(run, None if plan.finished else plan.until or self.clock() + LOOK_AGAIN)

    async def keep_reviews(self) -> None:
        """Plan what is to come, and give every review that lives its run."""
        await plan_reviews(self.office, self.clock())
        async with glance(self.office.engine) as connection:
            for one in await live_review_runs(connection):
                run = Run(one.id, is_review=True)
                if one.timed.status.is_live:
                    self.waits.setdefault(run, one.opens_at)
                else:
                    self._park(run, None)
                    await ended_in_prefect(connection, one.id, self.clock())

    async def lose_everything(self) -> None:
        """The engine's database is gone: its runs are made again from ours, as the reconciler does."""
        self.waits.clear()
        self.re_audit_runs.clear()
        async with glance(self.office.engine) as connection:
            gone = [one.action_id for one in await open_runs(connection, NIL, MANY)]
            await ask_wakes(connection, gone, forget=True)
            lost = [one.flow_run_id for one in await planned_re_audits(connection, NIL, MANY)]
            await forget_re_audit_runs(connection, lost)
            await ask_for_astray(connection)
        await self.keep_reviews()
