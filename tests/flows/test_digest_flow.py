"""The digest as a flow: once a day however often and late it runs, on a schedule that Prefect shows."""

from datetime import datetime, timedelta

import pytest
from prefect.client.schemas.schedules import CronSchedule
from sqlalchemy import text

from flows.connection import SharedClient
from flows.deploy import register
from flows.digest import run_digest
from tasks import digest
from tests.cast import MONDAY, Cast, a_care_plan_action

LATER = MONDAY + timedelta(days=7)


async def digests(cast: Cast) -> int:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM message WHERE kind = 'digest'"))).scalar_one()


async def test_a_digest_goes_out_once_a_day_however_late_the_flow_runs(
    cast: Cast, client: SharedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_care_plan_action(cast)
    sent: list[int] = []
    for now in (LATER + timedelta(hours=8), LATER + timedelta(hours=9), LATER + timedelta(days=1)):
        monkeypatch.setattr(digest, "utc_now", at(now))
        await run_digest()
        sent.append(await digests(cast))
    assert sent == [1, 1, 2]


def at(now: datetime) -> object:
    return lambda: now


async def test_the_schedule_is_there_once_however_often_we_register(client: SharedClient) -> None:
    for _ in range(2):
        await register()
    deployment = await client.read_deployment_by_name("digest/daily")
    [one] = deployment.schedules
    assert isinstance(one.schedule, CronSchedule)
    assert (one.schedule.cron, one.schedule.timezone) == ("0 8-17 * * 1-5", "Europe/London")
