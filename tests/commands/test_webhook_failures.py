"""Calls of a webhook that were given up: somebody who can see to it is told, once a day at most."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from commands.people import Holds, add_person
from commands.webhook_failures import tell_of_failing_webhooks
from commands.webhooks import add_webhook, stop_webhook
from db.webhooks import stop
from domain.actors import OPERATOR, Actor
from domain.connecting import EventKind
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, signed_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENTS = frozenset({EventKind.CREATED})


async def administrator(cast: Cast, name: str = "Ada Keyholder") -> UUID:
    holds = (Holds(Role.ADMINISTRATOR, None),)
    address = f"{name.split()[0].lower()}@example.org"
    return await add_person(cast.office, OPERATOR, name, address, holds, MONDAY)


async def hooked(cast: Cast, by: Actor, location: UUID | None = None) -> UUID:
    url = "https://incidents.example.org/hook?token=hidden"
    return (await add_webhook(cast.office, by, uuid4(), url, EVENTS, location, MONDAY)).id


async def run(cast: Cast, statement: str, **values: Any) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def give_up(cast: Cast, at: Any = MONDAY) -> None:
    """Something happened, and the other system did not take it for three days."""
    await a_care_plan_action(cast)
    dead = (
        "UPDATE webhook_delivery SET status = 'dead', died_at = :at, last_error = 'answered 500' WHERE died_at IS NULL"
    )
    await run(cast, dead, at=at)


async def told(cast: Cast) -> list[tuple[str, str]]:
    async with cast.office.engine.connect() as connection:
        query = "SELECT to_address, context->>'subject' AS subject FROM message WHERE kind = 'webhook failed'"
        return [tuple(row) for row in await connection.execute(text(f"{query} ORDER BY created_at, id"))]


async def test_whoever_made_it_is_told_once_a_day_and_only_of_what_is_new(cast: Cast) -> None:
    ada = await administrator(cast)
    await administrator(cast, "Zoe Locksmith")
    await hooked(cast, signed_in(ada))
    assert await tell_of_failing_webhooks(cast.office, MONDAY) == 0
    await give_up(cast)
    assert [await tell_of_failing_webhooks(cast.office, MONDAY + HOUR) for _ in range(2)] == [1, 0]
    await give_up(cast, MONDAY + 2 * HOUR)
    assert await tell_of_failing_webhooks(cast.office, MONDAY + 3 * HOUR) == 0
    assert await tell_of_failing_webhooks(cast.office, MONDAY + DAY + HOUR) == 1
    assert await tell_of_failing_webhooks(cast.office, MONDAY + 3 * DAY) == 0
    assert await told(cast) == [
        ("ada@example.org", "incidents.example.org did not take 1 call"),
        ("ada@example.org", "incidents.example.org did not take 2 calls"),
    ]


async def test_where_its_maker_administers_it_no_more_another_administrator_is_told(cast: Cast) -> None:
    ada = await administrator(cast)
    await hooked(cast, signed_in(ada))
    await run(cast, "UPDATE role_assignment SET ends_on = '2026-11-02' WHERE person_id = :id", id=ada)
    await administrator(cast, "Zoe Locksmith")
    await give_up(cast)
    await tell_of_failing_webhooks(cast.office, MONDAY + DAY)
    assert [address for address, _ in await told(cast)] == ["zoe@example.org"]


async def test_a_home_without_an_administrator_hears_of_it_through_its_manager(cast: Cast) -> None:
    await hooked(cast, OPERATOR, cast.location)
    await give_up(cast)
    await tell_of_failing_webhooks(cast.office, MONDAY)
    assert [address for address, _ in await told(cast)] == ["mina@example.org"]


async def test_one_that_the_receiver_ended_is_told_and_one_that_we_stopped_is_not(cast: Cast) -> None:
    ada = signed_in(await administrator(cast))
    gone, ours = await hooked(cast, ada), await hooked(cast, ada)
    await give_up(cast)
    await stop_webhook(cast.office, ada, ours, MONDAY)
    async with cast.office.engine.begin() as connection:
        await stop(connection, gone, "The receiver answered that it is gone (410).", MONDAY)
    assert await tell_of_failing_webhooks(cast.office, MONDAY) == 1
    assert len(await told(cast)) == 1
