"""From the outbox to an SMTP server: refused, slow, dropped, restarted. Real PostgreSQL, real SMTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.outbox_delivery import claim, mark_dead, mark_sent, try_later
from notifications.delivery import CLAIM_FOR
from tests.notifications.outbox import a_letter, a_message, all_settled, delivering, fate, queue, settled
from tests.notifications.smtp_server import Postbox, free_port, serving


async def test_a_queued_mail_is_sent_as_soon_as_it_is_committed(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port, message = Postbox(), free_port(), a_message()
    async with serving(box, port), delivering(engine, port, tmp_path):
        await asyncio.sleep(0.3)
        await queue(engine, message)
        await box.until(1, within=2)
        row = await settled(engine, message["id"], "sent")
    assert row.accepted_at is not None
    assert row.attempts == 1
    assert box.mails[0]["To"] == "Tam Inventby <tam@example.org>"


async def test_what_was_queued_before_the_start_is_sent(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    await queue(engine, *(a_message(f"p{number}@example.org") for number in range(30)))
    async with serving(box, port), delivering(engine, port, tmp_path):
        await all_settled(engine)
    assert len(box.ids()) == 30
    assert box.connections <= 8


async def test_nothing_goes_before_its_time(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    later = a_message("later@example.org", next_attempt_at=datetime.now(UTC) + timedelta(seconds=0.8))
    now = a_message("now@example.org")
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, later, now)
        await settled(engine, now["id"], "sent")
        waits = (await fate(engine, later["id"])).status == "queued"
        assert waits or datetime.now(UTC) >= later["next_attempt_at"]  # a busy machine may be that slow
        sent = await settled(engine, later["id"], "sent")
    assert sent.accepted_at >= later["next_attempt_at"]


async def test_urgent_mail_overtakes(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    await queue(
        engine,
        *(a_message(f"digest{number}@example.org", priority=9) for number in range(40)),
        a_message("urgent@example.org", priority=1),
    )
    async with serving(box, port), delivering(engine, port, tmp_path):
        await all_settled(engine)
    first = [mail["To"] for mail in box.mails[:10]]
    assert any("urgent@" in to for to in first)


async def test_a_refusal_for_now_is_tried_again(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port, message = Postbox(), free_port(), a_message()
    box.on_recipient["tam@example.org"] = ["451 greylisted"]
    box.on_mail["tam@example.org"] = ["452 disk full"]
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, message)
        row = await settled(engine, message["id"], "sent", "dead")
    assert (row.status, row.attempts) == ("sent", 3)
    assert len(box.mails) == 1


async def test_what_is_tried_again_outside_its_hours_waits_for_them_and_holds_up_nothing(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    box, port, london = Postbox(), free_port(), datetime.now(ZoneInfo("Europe/London"))
    opens, closes = ((london + timedelta(hours=hours)).strftime("%H:%M") for hours in (3, 6))
    asleep = a_message("asleep@example.org", attempts=3, context=a_letter().frozen() | {"hours": (opens, closes)})
    awake = a_message("awake@example.org", context=a_letter().frozen() | {"hours": (closes, opens)})
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, asleep)
        await queue(engine, awake)
        await settled(engine, awake["id"], "sent")
        put_off = await settled(engine, asleep["id"], "queued")
    assert [mail["To"] for mail in box.mails] == ["Tam Inventby <awake@example.org>"]
    assert (put_off.attempts, put_off.next_attempt_at.astimezone(london.tzinfo).strftime("%H:%M")) == (3, opens)


async def test_a_refusal_for_good_is_dead_and_somebody_is_told(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    unknown, spam, fine = a_message("gone@example.org"), a_message("spam@example.org"), a_message()
    box.on_recipient["gone@example.org"] = ["550 no such person"]
    box.on_mail["spam@example.org"] = ["554 looks like spam"]
    told: list[UUID] = []

    async def on_dead(message_id: UUID, why: str) -> None:
        told.append(message_id)

    async with serving(box, port), delivering(engine, port, tmp_path, on_dead=on_dead):
        await queue(engine, unknown, spam, fine)
        await all_settled(engine)
        await asyncio.sleep(0.05)
    assert "no such person" in (await fate(engine, unknown["id"])).last_error
    assert (await fate(engine, spam["id"])).status == "dead"
    assert (await fate(engine, fine["id"])).status == "sent"
    assert set(told) == {unknown["id"], spam["id"]}


async def test_a_hook_that_breaks_breaks_nothing_else(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    box.on_recipient["gone@example.org"] = ["550 no such person"]

    async def on_dead(message_id: UUID, why: str) -> None:
        raise RuntimeError("nobody is there")

    after = a_message()
    async with serving(box, port), delivering(engine, port, tmp_path, on_dead=on_dead):
        await queue(engine, a_message("gone@example.org"))
        await all_settled(engine)
        await queue(engine, after)
        assert (await settled(engine, after["id"], "sent")).status == "sent"


async def test_slow_recipients_hold_up_nobody_else(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    box.slow = {f"slow{number}@example.org" for number in range(12)}
    await queue(engine, *(a_message(to, priority=1) for to in sorted(box.slow)))
    others = [a_message(f"quick{number}@example.org") for number in range(20)]
    async with serving(box, port), delivering(engine, port, tmp_path, timeout=30.0):
        await asyncio.sleep(0.2)
        await queue(engine, *others)
        await box.until(20, within=6)
        assert not any("slow" in mail["To"] for mail in box.mails)
        box.release.set()
        await all_settled(engine)
    assert len(box.ids()) == 32
    assert set(box.ids().values()) == {1}


async def test_a_connection_dropped_after_the_mail_was_taken_costs_one_duplicate(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    box, port, message = Postbox(), free_port(), a_message()
    box.dropped_after = {"tam@example.org"}
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, message)
        await settled(engine, message["id"], "sent")
    assert list(box.ids().values()) == [2]


async def test_a_server_that_never_says_it_has_a_mail_is_not_sent_it_for_ever(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    box, port, message = Postbox(), free_port(), a_message()

    class Forgetful(set[str]):
        def remove(self, element: str) -> None:
            pass

    box.dropped_after = Forgetful({"tam@example.org"})
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, message)
        await settled(engine, message["id"], "dead")
    assert list(box.ids().values()) == [5]


async def test_a_server_that_is_down_blames_no_message(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    messages = [a_message(f"p{number}@example.org") for number in range(20)]
    async with delivering(engine, port, tmp_path):
        await queue(engine, *messages)
        await asyncio.sleep(1.0)
        async with serving(box, port):
            await all_settled(engine)
    assert set(box.ids().values()) == {1}
    assert {(await fate(engine, message["id"])).attempts for message in messages} == {1}


async def test_a_server_that_refuses_our_address_blames_no_message(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port, message = Postbox(), free_port(), a_message()
    box.refuses_sender = ["550 you may not send", "451 not now"]
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, message)
        row = await settled(engine, message["id"], "sent", "dead")
    assert (row.status, row.attempts) == ("sent", 1)


def much_later(attempts: int) -> timedelta:
    return timedelta(hours=1)


async def test_a_kept_connection_that_went_stale_is_replaced_at_once(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    async with delivering(engine, port, tmp_path, again_after=much_later):
        for number in range(2):
            async with serving(box, port):
                message = a_message(f"p{number}@example.org")
                await queue(engine, message)
                assert (await settled(engine, message["id"], "sent")).attempts == 1


async def test_two_loops_send_each_mail_once(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    async with (
        serving(box, port),
        delivering(engine, port, tmp_path),
        delivering(engine, port, tmp_path),
    ):
        await queue(engine, *(a_message(f"p{number}@example.org") for number in range(100)))
        await all_settled(engine)
    assert len(box.ids()) == 100
    assert set(box.ids().values()) == {1}


async def test_a_dead_workers_claim_runs_out(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    left = a_message(status="sending", attempts=1, claimed_until=datetime.now(UTC) + timedelta(seconds=0.5))
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, left)
        row = await settled(engine, left["id"], "sent")
    assert row.attempts == 2


async def test_a_claim_that_the_database_forgot_does_not_send_what_is_in_flight_again(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    slow, other = a_message("slow@example.org"), a_message("other@example.org")
    box, port = Postbox(slow={"slow@example.org"}), free_port()
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, slow)
        await settled(engine, slow["id"], "sending")
        # A claim does not wait for the disk, so a crash of the database may undo it, and nothing else.
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE message SET status = 'queued', claimed_until = NULL, attempts = 0"))
        await queue(engine, other)
        await settled(engine, other["id"], "sent")
        box.release.set()
        await settled(engine, slow["id"], "sent")
    assert sorted(mail["To"] for mail in box.mails) == [
        "Tam Inventby <other@example.org>",
        "Tam Inventby <slow@example.org>",
    ]


async def test_a_late_word_of_an_old_claim_does_not_send_a_sent_mail_again(engine: AsyncEngine) -> None:
    message, now = a_message(), datetime.now(UTC)
    await queue(engine, message)
    async with engine.begin() as connection:
        first = (await claim(connection, now, now, 1))[0]
        second = (await claim(connection, now + timedelta(seconds=1), now + timedelta(minutes=1), 1))[0]
        await try_later(connection, first, now, "too late to say")
        assert not await mark_dead(connection, first, "too late to say")
        await mark_sent(connection, [second.id], now)
        await try_later(connection, second, now, "too late to say")
    assert (await fate(engine, message["id"])).status == "sent"


async def test_a_mail_that_cannot_be_written_stops_no_other(engine: AsyncEngine, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    broken, fine = a_message("broken@example.org", context={"subject": "x"}), a_message()
    async with serving(box, port), delivering(engine, port, tmp_path):
        await queue(engine, broken, fine)
        await all_settled(engine)
    assert "could not be composed" in (await fate(engine, broken["id"])).last_error
    assert (await fate(engine, fine["id"])).status == "sent"


async def test_what_was_accepted_is_stored_although_the_database_dropped_every_connection(
    engine: AsyncEngine, database: str, tmp_path: Path
) -> None:
    box, port, theirs = Postbox(), free_port(), make_engine(database)
    everybody_else = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with serving(box, port), delivering(theirs, port, tmp_path):
        for number in range(5):
            await queue(engine, *(a_message(f"p{number}-{each}@example.org") for each in range(10)))
            async with engine.connect() as connection:
                await connection.execute(text(everybody_else))
        # A claim that was committed, but whose answer was lost with the connection, runs out first.
        await all_settled(engine, within=CLAIM_FOR.total_seconds() + 20)
    await theirs.dispose()
    assert len(box.ids()) == 50
    assert set(box.ids().values()) == {1}
