"""The action flow's body, with leases and parking scripted: no Prefect server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from uuid import UUID, uuid4

import pytest

from domain.ladder import RungDue
from domain.plans import Plan
from domain.vocabulary import Status
from flows import action
from flows.action import run_action

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
STEP = uuid4()


class LeftHere(Exception):
    """The body went to wait."""


class Script:
    """Stands where Prefect and the tracker stand, and keeps what was done."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = list(plans)
        self.did: list[str] = []

    async def advance(self, action_id: UUID) -> Plan:
        self.did.append("advance")
        return self.plans.pop(0)

    async def escalate(self, action_id: UUID, rung: RungDue) -> Plan:
        self.did.append(f"rung {rung.rung}")
        return self.plans.pop(0)

    async def schedule(self, action_id: UUID, ref: str) -> None:
        self.did.append("schedule re-audits")

    async def park(self, name: str, until: datetime | None) -> NoReturn:
        self.did.append(f"{name} until {until:%d %b}" if until else name)
        raise LeftHere

    @asynccontextmanager
    async def lease(self, action_id: UUID) -> AsyncGenerator[None]:
        self.did.append("lease")
        try:
            yield
        finally:
            self.did.append("release")


async def play(monkeypatch: pytest.MonkeyPatch, *plans: Plan) -> list[str]:
    script = Script(*plans)
    monkeypatch.setattr(action, "advance_action", script.advance)
    monkeypatch.setattr(action, "escalate", script.escalate)
    monkeypatch.setattr(action, "schedule_re_audits", script.schedule)
    monkeypatch.setattr(action, "park", script.park)
    monkeypatch.setattr(action, "lease", script.lease)
    with suppress(LeftHere):
        await run_action.fn(uuid4(), "FT-2026-0001")
    return script.did


def waits(*rungs: int) -> Plan:
    due = tuple(RungDue(STEP, rung, NOW) for rung in rungs)
    return Plan(Status.IN_PROGRESS, "Awaiting evidence", rungs_due=due, until=NOW + timedelta(days=3))


async def test_an_action_that_waits_parks_inside_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await play(monkeypatch, waits()) == ["lease", "advance", "Awaiting evidence until 05 Nov", "release"]


async def test_every_rung_that_is_due_fires_lowest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    did = await play(monkeypatch, waits(1, 2), waits(2), waits())
    assert did == ["lease", "advance", "rung 1", "rung 2", "Awaiting evidence until 05 Nov", "release"]


async def test_a_closed_action_gets_its_re_audits_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(Status.CLOSED_MONITORING, "Closed – monitoring", shows_re_audits=True)
    assert await play(monkeypatch, plan) == ["lease", "advance", "schedule re-audits", "release"]


async def test_a_cancelled_action_just_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await play(monkeypatch, Plan(Status.CANCELLED, "Ended")) == ["lease", "advance", "release"]
