"""From a change to another system's receiver: signed, in order, at least once. Real PostgreSQL, real HTTP."""

import asyncio
import base64
import contextlib
import hmac
import ssl
import subprocess
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.escalate import fire_rung
from commands.webhook_test import send_test_call
from commands.webhooks import NewSecret, add_webhook, change_secret, send_again, stop_webhook
from db.engine import make_engine
from db.session import transaction
from db.webhooks import dead_deliveries
from domain.actors import OPERATOR, SYSTEM
from domain.connecting import EventKind
from domain.errors import AlreadySettled, Invalid
from notifications import webhook_post
from notifications.webhook_post import Forbidden, NotReached, judged, post
from notifications.webhooks import WebhookLoop
from tests.cast import KEY, MONDAY, Cast, a_care_plan_action, accept_it, open_step
from tests.notifications.certificate import self_signed
from tests.notifications.outbox import soon
from tests.notifications.receiver import Call, receiving

ALL = frozenset(EventKind)


async def hooked(cast: Cast, url: str, kinds: frozenset[EventKind] = ALL, location: UUID | None = None) -> NewSecret:
    return await add_webhook(cast.office, OPERATOR, uuid4(), url, kinds, location, datetime.now(UTC))


@contextlib.asynccontextmanager
async def telling(cast: Cast, **options: Any) -> AsyncGenerator[WebhookLoop]:
    """A loop that tries again almost at once."""
    settings: dict[str, Any] = {"again_after": soon} | options
    loop = WebhookLoop(cast.office.engine, KEY, **settings)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fates(cast: Cast, *statuses: str, within: float = 15.0) -> list[Any]:
    """Wait until every delivery has one of these statuses."""
    async with asyncio.timeout(within):
        while True:
            async with cast.office.engine.connect() as connection:
                rows = list((await connection.execute(text("SELECT * FROM webhook_delivery ORDER BY seq"))).all())
            if rows and all(row.status in statuses for row in rows):
                return rows
            await asyncio.sleep(0.03)


async def set_status(cast: Cast, action_id: UUID, *statuses: str) -> None:
    for status in statuses:
        async with transaction(cast.office.engine, SYSTEM, MONDAY) as tx:
            change = text("UPDATE action SET status = :status WHERE id = :id")
            await tx.connection.execute(change, {"status": status, "id": action_id})


def is_signed(call: Call, secret: str) -> bool:
    """As a receiver would check it, from the standard alone."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return expected in call.headers["webhook-signature"].split()


async def test_a_status_change_is_told_signed_and_without_a_word_of_anybody(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        made = await hooked(cast, receiver.url())
        action = await a_care_plan_action(cast)
        await accept_it(cast, action.action_id, MONDAY)
        created, changed = await receiver.until(2)
        await fates(cast, "delivered")
    assert (created.told["type"], changed.told["type"]) == ("action.created", "action.status_changed")
    data = changed.told["data"]
    assert (data["ref"], data["status"], data["was"]["status"]) == (action.ref, "in progress", "awaiting acceptance")
    assert created.told["data"]["sequence"] < data["sequence"]
    assert made.secret is not None
    assert is_signed(created, made.secret)
    assert is_signed(changed, made.secret)
    assert not is_signed(changed, "whsec_" + base64.b64encode(bytes(32)).decode())
    words = created.body + changed.body
    assert not any(name in words for name in (b"Oona", b"Fabricott", b"Weekly", b"weights", b"example.org"))


async def test_what_did_not_commit_is_told_to_nobody(cast: Cast) -> None:
    action = await a_care_plan_action(cast)
    await hooked(cast, "https://example.org/hook")
    with contextlib.suppress(RuntimeError):
        async with transaction(cast.office.engine, SYSTEM, MONDAY) as tx:
            await tx.connection.execute(text("UPDATE action SET status = 'in progress'"))
            raise RuntimeError("cut off")
    async with cast.office.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM webhook_delivery"))).scalar_one() == 0
    await set_status(cast, action.action_id, "in progress", "in progress")
    async with cast.office.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM webhook_delivery"))).scalar_one() == 1


async def test_each_receiver_hears_of_its_location_and_of_what_it_asked_for(cast: Cast) -> None:
    async with cast.office.engine.connect() as connection:
        other = (await connection.execute(text("SELECT id FROM location WHERE name = 'Elm Court'"))).scalar_one()
    async with receiving() as receiver, telling(cast):
        await hooked(cast, receiver.url("/here"), location=cast.location)
        await hooked(cast, receiver.url("/elsewhere"), location=other)
        await hooked(cast, receiver.url("/new"), frozenset({EventKind.CREATED}))
        action = await a_care_plan_action(cast)
        await set_status(cast, action.action_id, "in progress")
        await receiver.until(2, "/here")
        await fates(cast, "delivered")
    assert [call.told["type"] for call in receiver.at("/new")] == ["action.created"]
    assert receiver.at("/elsewhere") == []


async def test_a_later_date_and_an_escalation_are_told(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        action = await a_care_plan_action(cast)
        step = await open_step(cast, action.action_id, "accept")
        await hooked(cast, receiver.url())
        await fire_rung(cast.office, action.action_id, step, 2, MONDAY + timedelta(days=30))
        async with transaction(cast.office.engine, SYSTEM, MONDAY) as tx:
            await tx.connection.execute(text("UPDATE action SET due_at = due_at + interval '7 days'"))
        calls = await receiver.until(2)
        await fates(cast, "delivered")
    escalated, later = sorted(calls, key=lambda call: call.told["data"]["sequence"])
    assert escalated.told["type"] == "action.escalated"
    assert escalated.told["data"]["escalation"]["rung"] == 2
    assert later.told["type"] == "action.due_date_changed"
    assert later.told["data"]["due_at"] > later.told["data"]["original_due_at"]


async def test_a_receiver_that_refuses_and_hangs_up_gets_it_in_the_end_in_order_under_one_id(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        receiver.answers["/hook"], receiver.drops["/hook"] = [500, 429, 204], 1
        await hooked(cast, receiver.url())
        action = await a_care_plan_action(cast)
        await set_status(cast, action.action_id, "in progress", "evidence submitted", "sample audit")
        rows = await fates(cast, "delivered")
        await receiver.until(7)
    assert len({call.headers["webhook-id"] for call in receiver.calls[:4]}) == 1
    assert len({call.body for call in receiver.calls[:4]}) == 1
    told = [call.told["data"]["status"] for call in receiver.calls[3:]]
    assert told == ["awaiting acceptance", "in progress", "evidence submitted", "sample audit"]
    assert [row.attempts for row in rows] == [4, 1, 1, 1]


async def test_a_redirect_is_not_followed(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        receiver.answers["/hook"] = [302, 307, 204]
        await hooked(cast, receiver.url())
        await a_care_plan_action(cast)
        await fates(cast, "delivered")
    assert receiver.at("/elsewhere") == []
    assert len(receiver.at("/hook")) == 3


async def test_a_slow_receiver_delays_nobody_else(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast, patience=20.0):
        receiver.slow = {"/slow"}
        await hooked(cast, receiver.url("/slow"))
        await hooked(cast, receiver.url("/quick"))
        for _ in range(7):
            await a_care_plan_action(cast)
        quick = await receiver.until(7, "/quick", within=10)
        assert len(receiver.at("/slow")) == 4
        receiver.release.set()
        await fates(cast, "delivered")
    assert len(quick) == len(receiver.at("/slow")) == 7


async def test_a_test_call_cut_off_before_its_answer_is_on_the_trail(cast: Cast) -> None:
    async with receiving() as receiver:
        receiver.slow = {"/hook"}
        hook = await hooked(cast, receiver.url())
        for calls in (1, 2):
            testing = asyncio.create_task(
                send_test_call(cast.office, OPERATOR, hook.id, datetime.now(UTC), allow_private=True)
            )
            await receiver.until(calls)
            testing.cancel()
            await asyncio.gather(testing, return_exceptions=True)
        receiver.release.set()
    said = text("SELECT what, words->>'call' AS call FROM trail_entry WHERE object_id = :id AND what LIKE '% test%'")
    async with cast.office.engine.connect() as connection:
        found = (await connection.execute(said, {"id": hook.id})).all()
    assert [row.what for row in found] == ["webhook test call"] * 2
    assert {row.call for row in found} == {call.headers["webhook-id"] for call in receiver.calls}


async def test_a_receiver_that_says_nothing_is_given_up_and_a_person_can_send_again(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast, patience=0.3):
        receiver.slow = {"/hook"}
        await hooked(cast, receiver.url())
        action = await a_care_plan_action(cast)
        await receiver.until(2)
        async with cast.office.engine.begin() as connection:
            await connection.execute(text("UPDATE webhook_delivery SET give_up_at = now()"))
        [row] = await fates(cast, "dead")
        assert "no answer within 0.3 seconds" in row.last_error
        async with cast.office.engine.connect() as connection:
            [letter] = await dead_deliveries(connection, None)
        assert (letter.ref, letter.kind) == (action.ref, "action.created")
        receiver.slow = set()
        for _ in range(2):
            await send_again(cast.office, OPERATOR, row.id, datetime.now(UTC))
        [row] = await fates(cast, "delivered")
    assert {call.headers["webhook-id"] for call in receiver.calls} == {str(row.id)}


async def test_a_receiver_that_is_gone_for_good_is_stopped(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        receiver.answers["/hook"] = [410]
        await hooked(cast, receiver.url())
        await a_care_plan_action(cast)
        await fates(cast, "dead")
        await a_care_plan_action(cast)
    assert len(receiver.calls) == 1


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast):
        made = await hooked(cast, receiver.url())
        fresh = await change_secret(cast.office, OPERATOR, made.id, 1, datetime.now(UTC))
        with pytest.raises(AlreadySettled):
            await change_secret(cast.office, OPERATOR, made.id, 1, datetime.now(UTC))
        await a_care_plan_action(cast)
        [both] = await receiver.until(1)
        async with cast.office.engine.begin() as connection:
            await connection.execute(text("UPDATE webhook SET rotated_at = now() - interval '25 hours'"))
        await a_care_plan_action(cast)
        _, one = await receiver.until(2)
        await fates(cast, "delivered")
    assert made.secret is not None
    assert fresh.secret is not None
    assert is_signed(both, made.secret)
    assert is_signed(both, fresh.secret)
    assert is_signed(one, fresh.secret)
    assert not is_signed(one, made.secret)


async def test_a_stopped_webhook_is_told_nothing_more(cast: Cast) -> None:
    made = await hooked(cast, "https://example.org/hook")
    await a_care_plan_action(cast)
    for _ in range(2):
        await stop_webhook(cast.office, OPERATOR, made.id, datetime.now(UTC))
    await a_care_plan_action(cast)
    [row] = await fates(cast, "dead")
    assert row.last_error == "the webhook was stopped"
    with pytest.raises(AlreadySettled):
        await send_again(cast.office, OPERATOR, row.id, datetime.now(UTC))


async def test_two_loops_tell_each_change_once_and_in_order(cast: Cast) -> None:
    async with receiving() as receiver, telling(cast), telling(cast):
        await hooked(cast, receiver.url())
        actions = [(await a_care_plan_action(cast)).action_id for _ in range(5)]
        for action_id in actions:
            await set_status(cast, action_id, "in progress", "sample audit", "awaiting approval")
        await receiver.until(20)
        await fates(cast, "delivered")
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == len(receiver.calls) == 20
    for action_id in actions:
        heard = [call.told["data"] for call in receiver.calls if call.told["data"]["action_id"] == str(action_id)]
        assert [data["sequence"] for data in heard] == sorted(data["sequence"] for data in heard)


async def test_the_same_form_twice_is_one_webhook_and_its_secret_is_shown_once(cast: Cast) -> None:
    request, now = uuid4(), datetime.now(UTC)
    made = [await add_webhook(cast.office, OPERATOR, request, "https://example.org/", ALL, None, now) for _ in range(2)]
    assert made[0].secret is not None
    assert made[1].secret is None
    with pytest.raises(Invalid):
        await add_webhook(cast.office, OPERATOR, uuid4(), "http://example.org/", ALL, None, now)


async def test_a_name_that_leads_inside_is_not_called() -> None:
    for host in ("127.0.0.1", "localhost"):
        assert await judged(host, 80, False) in ("127.0.0.1", "::1")
    for host in ("10.1.2.3", "192.168.0.9", "169.254.169.254", "0.0.0.0", "fd00::1", "::ffff:10.0.0.1"):
        with pytest.raises(Forbidden):
            await judged(host, 443, False)
    assert await judged("10.1.2.3", 443, True) == "10.1.2.3"
    with pytest.raises(NotReached, match=r"no address is known for no-such-host\.invalid"):
        await post("https://no-such-host.invalid/", {}, b"{}", allow_private=False)


async def test_a_receiver_that_cannot_show_who_it_is_is_told_nothing(tmp_path: Path) -> None:
    async with receiving(self_signed(tmp_path)) as receiver:
        with pytest.raises(NotReached, match="CERTIFICATE_VERIFY_FAILED"):
            await post(f"https://127.0.0.1:{receiver.port}/hook", {}, b"{}", allow_private=False)
    assert receiver.calls == []


async def test_a_dead_workers_claim_runs_out_and_the_call_is_made_again_under_the_same_id(cast: Cast) -> None:
    async with receiving() as receiver:
        await hooked(cast, receiver.url())
        await a_care_plan_action(cast)
        async with cast.office.engine.begin() as connection:
            left = (
                "UPDATE webhook_delivery SET status = 'sending', attempts = 1, claimed_until = now() + interval '0.5 s'"
            )
            await connection.execute(text(left))
        async with telling(cast):
            [row] = await fates(cast, "delivered")
    assert row.attempts == 2
    assert [call.headers["webhook-id"] for call in receiver.calls] == [str(row.id)]


async def test_a_database_that_drops_every_connection_loses_no_call(cast: Cast) -> None:
    everybody_else = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    theirs = make_engine(cast.office.engine.url.render_as_string(hide_password=False))
    async with receiving() as receiver:
        task = asyncio.create_task(WebhookLoop(theirs, KEY, again_after=soon).run())
        await hooked(cast, receiver.url())
        for number in range(3):
            await a_care_plan_action(cast)
            await receiver.until(number + 1)
            async with cast.office.engine.connect() as connection:
                await connection.execute(text(everybody_else))
        await fates(cast, "delivered")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await theirs.dispose()
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 3


async def test_a_certificate_is_checked_for_the_name_although_the_call_goes_to_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    for name in ("localhost", "receiver.example"):
        key, certificate = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        more = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate)]
        await asyncio.to_thread(subprocess.run, [*make, *more], check=True, capture_output=True)
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(certificate, key)
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(webhook_post, "_trusted", lambda known=trusting: known)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours)
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/hook"
        if name == "localhost":
            assert await post(url, {}, b"{}", allow_private=False) == 204
        else:
            with pytest.raises(NotReached, match="localhost"):
                await post(url, {}, b"{}", allow_private=False)
        server.close()
