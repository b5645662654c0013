"""Webhooks: where changes are told to, and what did not arrive. For administrators of a location or all."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.connections import (
    Filled,
    administrator,
    filled_in,
    location_beside,
    show_connections,
    show_secret,
    those_of,
)
from api.pages.reading import read_form, request_id_of, typed_in
from api.pages.showing import done
from commands.office import utc_now
from commands.webhook_test import Tested, send_test_call
from commands.webhooks import add_webhook, change_secret, check_webhook, send_again, send_all_again, stop_webhook
from db.webhooks import dead_deliveries, list_webhooks
from domain.connecting import EventKind
from domain.errors import Invalid
from notifications.webhook_signing import OLD_SECRET_FOR

router = APIRouter()
EVENTS = [
    (EventKind.CREATED, "An action is recorded"),
    (EventKind.STATUS_CHANGED, "Its status changes"),
    (EventKind.DUE_CHANGED, "Its due date changes"),
    (EventKind.ESCALATED, "It escalates"),
]
SAID = {
    EventKind.CREATED: "Action recorded",
    EventKind.STATUS_CHANGED: "Status changed",
    EventKind.DUE_CHANGED: "Due date changed",
    EventKind.ESCALATED: "Escalated",
}
FRESH = Filled({}, [str(EventKind.STATUS_CHANGED)])


@router.get("/webhooks")
async def hooks_page(request: Request) -> Response:
    """Every webhook, what did not arrive, and a form to add one."""
    return await _hooks(request, FRESH)


async def _hooks(request: Request, form: Filled, tested: Tested | None = None) -> Response:
    who, places = await administrator(request)
    now = utc_now()
    async with front_of(request).office.engine.connect() as connection:
        rows = [{**row._mapping, "two_secrets": _has_two(row, now)} for row in await list_webhooks(connection, places)]
        dead = await dead_deliveries(connection, places)
    events = [(str(kind), words) for kind, words in EVENTS]
    return await show_connections(
        request, "webhooks.jinja", who, places, form, rows=rows, dead=dead, events=events, said=SAID, tested=tested
    )


def _has_two(row: Any, now: datetime) -> bool:
    return row.rotated_at is not None and now < row.rotated_at + OLD_SECRET_FOR


@router.post("/webhooks")
async def hooks_post(request: Request) -> Response:
    """Tell a receiver of changes from now on; its secret is shown this once."""
    who, _ = await administrator(request)
    front, form = front_of(request), filled_in(await read_form(request), "kinds")
    typed, url = form.typed, form.typed.get("url", "")
    try:
        kinds, own = those_of(EventKind, form.ticked), front.settings.own_ports
        where = location_beside(typed, lambda: check_webhook(url, kinds, own))
        made = await add_webhook(
            front.office, who.actor, request_id_of(typed), url, kinds, where, utc_now(), own_ports=own
        )
    except Invalid as wrong:
        return await _hooks(request, replace(form, errors=wrong.fields))
    return await show_secret(request, who, "Webhook secret", url, made.secret, "/webhooks")


@router.post("/webhooks/{webhook_id}/secret")
async def secret_post(request: Request, webhook_id: UUID) -> Response:
    """Take a new secret. The form says which one it replaces, so that sending it twice changes it once."""
    who, _ = await administrator(request)
    typed = typed_in(await read_form(request))
    seen = int(typed["seen"]) if typed.get("seen", "").isdecimal() and len(typed["seen"]) < 9 else 0
    made = await change_secret(front_of(request).office, who.actor, webhook_id, seen, utc_now())
    return await show_secret(request, who, "New webhook secret", typed.get("url", ""), made.secret, "/webhooks")


@router.post("/webhooks/{webhook_id}/test")
async def test_post(request: Request, webhook_id: UUID) -> Response:
    """Make a test call, and show what was answered."""
    who, _ = await administrator(request)
    front = front_of(request)
    private = front.settings.webhooks_to_private_addresses
    tested = await send_test_call(front.office, who.actor, webhook_id, utc_now(), allow_private=private)
    return await _hooks(request, FRESH, tested)


@router.post("/webhooks/{webhook_id}/stop")
async def stop_post(request: Request, webhook_id: UUID) -> Response:
    """Tell it nothing more."""
    who, _ = await administrator(request)
    await stop_webhook(front_of(request).office, who.actor, webhook_id, utc_now())
    return done("/webhooks", "webhook-stopped")


@router.post("/webhooks/{webhook_id}/again")
async def all_again_post(request: Request, webhook_id: UUID) -> Response:
    """Send everything that did not arrive there again."""
    who, _ = await administrator(request)
    await send_all_again(front_of(request).office, who.actor, webhook_id, utc_now())
    return done("/webhooks", "sent-again")


@router.post("/webhook-deliveries/{delivery_id}/again")
async def again_post(request: Request, delivery_id: UUID) -> Response:
    """Send what did not arrive again."""
    who, _ = await administrator(request)
    await send_again(front_of(request).office, who.actor, delivery_id, utc_now())
    return done("/webhooks", "sent-again")
