"""Administrators give keys and set up webhooks on pages: shown once, ended at once, each change on the trail."""

import re
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, anybody, new_action, sign_in
from tests.notifications.receiver import receiving
from tests.notifications.test_webhooks import is_signed

KEY_FORM: dict[str, Any] = {
    "name": "Incident <b>system</b>",
    "purposes": ["raise findings", "read status"],
    "location": "all",
    "expires-day": "1",
    "expires-month": "2",
}
HOOK_FORM: dict[str, Any] = {
    "url": "https://incidents.example.org/hook",
    "kinds": ["action.created", "action.status_changed"],
    "location": "all",
}


async def rows(house: House, query: str) -> list[Any]:
    async with house.engine.connect() as connection:
        return list((await connection.execute(text(query))).all())


async def what(house: House, kind: str) -> list[str]:
    return [row.what for row in await rows(house, f"SELECT what FROM trail_entry WHERE object_type = '{kind}'")]


async def give_up(house: House) -> None:
    """Every call has been tried for three days in vain."""
    dead = "UPDATE webhook_delivery SET status = 'dead', died_at = now(), last_error = 'answered 500'"
    async with house.engine.begin() as connection:
        await connection.execute(text(dead))


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(bare: House) -> None:
    form = KEY_FORM | {"request_id": str(uuid4()), "expires-year": str(utc_now().year + 1)}
    async with aclosing(await sign_in(bare, "administrator")) as browser, anybody(bare) as system:
        page = await browser.post("/api-keys", data=form)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        [token] = re.findall(r"ftk_[\w-]{43}", page.text)
        assert "<b>system" not in page.text
        system.headers["Authorization"] = f"Bearer {token}"
        assert (await system.get("/api/v1/locations")).status_code == 200
        again = await browser.post("/api-keys", data=form)
        assert "This has been made already" in again.text
        assert "ftk_" not in again.text
        listed = await browser.get("/api-keys")
        assert token not in listed.text
        assert "Last used" in listed.text
        [key] = await rows(bare, "SELECT id, name, created_by FROM api_key")
        for _ in range(2):
            assert (await browser.post(f"/api-keys/{key.id}/revoke")).status_code == 303
        assert "Revoked" in (await browser.get("/api-keys")).text
        assert (await system.get("/api/v1/locations")).status_code == 401
    assert await what(bare, "API key") == ["API key given", "API key revoked"]


async def test_a_key_form_that_lacks_something_keeps_what_was_typed(bare: House) -> None:
    async with aclosing(await sign_in(bare, "administrator")) as browser:
        page = await browser.post(
            "/api-keys", data={"name": "Half typed", "purposes": ["read trail", "rule the world"]}
        )
        empty = [(await browser.post(path, data={})).text for path in ("/api-keys", "/webhooks")]
    for words in ("Say which system this is for", "Choose at least one thing", "Choose a location"):
        assert words in empty[0], "all that is missing is said at once"
    assert "Choose a location" in empty[1]
    assert "Choose at least one thing" in empty[1]
    assert page.status_code == 422
    assert 'value="Half typed"' in page.text
    assert re.search(r'value="read trail" checked', page.text)
    assert await rows(bare, "SELECT 1 FROM api_key") == []


async def test_a_webhook_is_added_changed_and_stopped_and_what_did_not_arrive_is_sent_again(bare: House) -> None:
    form = HOOK_FORM | {"request_id": str(uuid4())}
    async with aclosing(await sign_in(bare, "administrator")) as browser:
        page = await browser.post("/webhooks", data=form)
        assert len(re.findall(r"whsec_[\w+/]{43}=", page.text)) == 1
        assert "whsec_" not in (await browser.post("/webhooks", data=form)).text
        await new_action(bare, "asked", utc_now())
        await give_up(bare)
        page = await browser.get("/webhooks")
        assert "1 call did not arrive" in page.text
        [call] = await rows(bare, "SELECT id, webhook_id FROM webhook_delivery")
        for _ in range(2):
            assert (await browser.post(f"/webhook-deliveries/{call.id}/again")).status_code == 303
        assert [row.status for row in await rows(bare, "SELECT status FROM webhook_delivery")] == ["queued"]
        await give_up(bare)
        page = (await browser.get("/webhooks")).text
        assert "Send the call again" in page
        assert "Takes no calls" in page
        for _ in range(2):
            assert (await browser.post(f"/webhooks/{call.webhook_id}/again")).status_code == 303
        assert [row.status for row in await rows(bare, "SELECT status FROM webhook_delivery")] == ["queued"]
        changed = await browser.post(f"/webhooks/{call.webhook_id}/secret", data={"seen": "1"})
        assert len(re.findall(r"whsec_[\w+/]{43}=", changed.text)) == 1
        lost = await browser.post(f"/webhooks/{call.webhook_id}/secret", data={"seen": "1"})
        assert (lost.status_code, "See how it stands now" in lost.text) == (409, False)
        assert "Signed with the old secret too" in (await browser.get("/webhooks")).text
        for _ in range(2):
            assert (await browser.post(f"/webhooks/{call.webhook_id}/stop")).status_code == 303
    assert await what(bare, "webhook") == [
        "webhook added",
        "webhook sent again",
        "webhook sent again",
        "webhook secret changed",
        "webhook stopped",
    ]


async def test_a_test_call_is_signed_as_real_ones_and_says_what_came_of_it(bare: House) -> None:
    async with aclosing(await sign_in(bare, "administrator")) as browser, receiving() as receiver:
        form = HOOK_FORM | {"request_id": str(uuid4()), "url": receiver.url()}
        [secret] = re.findall(r"whsec_[\w+/]{43}=", (await browser.post("/webhooks", data=form)).text)
        [hook] = await rows(bare, "SELECT id FROM webhook")
        receiver.answers["/hook"] = [204, 500]
        pages = [(await browser.post(f"/webhooks/{hook.id}/test")).text for _ in range(2)]
        assert re.search(r"Answered 204 after \d\.\d seconds\. It takes calls\.", pages[0])
        assert "The test call was not taken" in pages[1]
        assert "Answered 500 after" in pages[1]
        [call, _] = receiver.calls
        assert (call.told["type"], call.told["data"]) == ("webhook.test", {"webhook_id": str(hook.id)})
        assert is_signed(call, secret)
        assert await rows(bare, "SELECT 1 FROM webhook_delivery") == []
        nowhere = "UPDATE webhook SET url = 'https://nobody.invalid/'"
        async with bare.engine.begin() as connection:
            await connection.execute(text(nowhere))
        page = (await browser.post(f"/webhooks/{hook.id}/test")).text
        assert "Not reached: no address is known for nobody.invalid." in page
        await browser.post(f"/webhooks/{hook.id}/stop")
        assert (await browser.post(f"/webhooks/{hook.id}/test")).status_code == 409
    assert (await what(bare, "webhook"))[1:] == ["webhook test call", "webhook tested"] * 3 + ["webhook stopped"]


async def test_what_waits_when_a_webhook_is_stopped_is_said_to_be_dropped(bare: House) -> None:
    async with aclosing(await sign_in(bare, "administrator")) as browser:
        await browser.post("/webhooks", data=HOOK_FORM | {"request_id": str(uuid4())})
        [hook] = await rows(bare, "SELECT id FROM webhook")
        await new_action(bare, "asked", utc_now())
        await give_up(bare)
        await new_action(bare, "again", utc_now())
        await browser.post(f"/webhooks/{hook.id}/stop")
        assert "0 waiting, 1 did not arrive, 1 dropped when it was stopped" in (await browser.get("/webhooks")).text


async def test_a_webhook_may_not_lead_to_our_own_ports_or_over_plain_http(bare: House) -> None:
    async with aclosing(await sign_in(bare, "administrator")) as browser:
        for url in (
            "http://example.org/",
            "http://127.0.0.1:4280/api",
            "http://localhost:8080/",
            "javascript:alert(1)",
        ):
            refused = await browser.post("/webhooks", data=HOOK_FORM | {"url": url})
            assert refused.status_code == 422, url
    assert await rows(bare, "SELECT 1 FROM webhook") == []


async def test_what_another_system_raised_shows_its_name_on_the_actions_page(bare: House) -> None:
    form = KEY_FORM | {"request_id": str(uuid4()), "expires-year": str(utc_now().year + 1)}
    async with aclosing(await sign_in(bare, "administrator")) as browser, anybody(bare) as system:
        [token] = re.findall(r"ftk_[\w-]{43}", (await browser.post("/api-keys", data=form)).text)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
        body = {"location_id": str(bare.cast.location), "source": "incident", "summary": "A fall at the basin."}
        raised = (await system.post("/api/v1/findings", json=body, headers=headers)).json()
        page = await browser.get(f"/actions/{raised['ref']}")
    assert "API key “Incident &lt;b&gt;system&lt;/b&gt;”" in page.text
    assert UUID(raised["finding_id"])
