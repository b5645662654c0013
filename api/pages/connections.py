"""Connections: keys of other systems, and where changes are told to them. For administrators of a location or all."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import date_fields, due_in, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import done, me_for, show
from commands.api_keys import make_key, revoke_key
from commands.office import utc_now
from commands.webhooks import add_webhook, change_secret, send_again, stop_webhook
from db.api_keys import list_keys
from db.api_reading import read_locations
from db.webhooks import dead_deliveries, list_webhooks
from domain.connecting import EventKind, Purpose
from domain.errors import Invalid, NotAllowed
from domain.vocabulary import Role
from notifications.webhook_signing import OLD_SECRET_FOR

router = APIRouter()
PURPOSES = [
    (Purpose.RAISE, "Raise findings: each becomes a draft for somebody to complete"),
    (Purpose.DEFINE, "Define actions: complete ones go to their owner at once"),
    (Purpose.READ_STATUS, "Read how actions stand, by role and date"),
    (Purpose.READ_WORDS, "Read names and what people wrote as well"),
    (Purpose.READ_TRAIL, "Read the audit trail of an action"),
]
EVENTS = [
    (EventKind.CREATED, "An action is recorded"),
    (EventKind.STATUS_CHANGED, "Its status changes"),
    (EventKind.DUE_CHANGED, "Its due date changes"),
    (EventKind.ESCALATED, "It escalates"),
]


async def administrator(request: Request) -> tuple[Visitor, list[UUID] | None]:
    """The visitor, and the locations they administer: None for all of them."""
    who = await visitor(request)
    places = [location for role, location in who.viewer.roles if role == Role.ADMINISTRATOR]
    if not places:
        raise NotAllowed
    return who, None if None in places else [place for place in places if place is not None]


async def _choices(request: Request, places: list[UUID] | None) -> list[tuple[str, str]]:
    async with front_of(request).office.engine.connect() as connection:
        rows = await read_locations(connection, None)
    every = [("all", "All locations")] if places is None else []
    return every + [(str(row.id), row.name) for row in rows if places is None or row.id in places]


def _place(typed: dict[str, str]) -> UUID | None:
    """The location chosen; None for all. Raises Invalid, so that forgetting to choose opens nothing."""
    if typed.get("location") == "all":
        return None
    place = uuid_in(typed.get("location"))
    if place is None:
        raise Invalid({"location": "Choose a location, or all of them."})
    return place


@router.get("/api-keys")
async def keys_page(request: Request) -> Response:
    """Every key, and a form to give one."""
    return await _keys(request)


async def _keys(
    request: Request,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    chosen: list[str] | None = None,
) -> Response:
    who, places = await administrator(request)
    office, now = front_of(request).office, utc_now()
    async with office.engine.connect() as connection:
        rows = await list_keys(connection, places)
    return show(
        request,
        "api_keys.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        rows=[{**row._mapping, "state": _state(row, now)} for row in rows],
        purposes=[(str(one), words) for one, words in PURPOSES],
        locations=await _choices(request, places),
        chosen=chosen or [],
        errors=errors,
        typed=typed or date_fields("expires", now + timedelta(days=365)),
    )


def _state(row: Any, now: datetime) -> tuple[str, str]:
    if row.revoked_at is not None:
        return "Revoked", "grey"
    return ("Expired", "grey") if row.expires_at <= now else ("Works", "green")


@router.post("/api-keys")
async def keys_post(request: Request) -> Response:
    """Give a key, and show it this once."""
    who, _ = await administrator(request)
    office, now, form = front_of(request).office, utc_now(), await read_form(request)
    typed, purposes = typed_in(form), _listed(form, "purposes")
    try:
        until = due_in(typed, "expires", office.calendar)
        may = frozenset(Purpose(word) for word in purposes if word in set(Purpose))
        made = await make_key(
            *(office, who.actor, request_id_of(typed), typed.get("name", ""), may, _place(typed), until, now)
        )
    except Invalid as wrong:
        return await _keys(request, wrong.fields, typed, purposes)
    return await _secret(request, who, "Key", typed.get("name", ""), made.token, "/api-keys")


async def _secret(request: Request, who: Visitor, kind: str, name: str, secret: str | None, back: str) -> Response:
    me = await me_for(request, who)
    address = front_of(request).settings.address
    return show(
        request,
        "secret.jinja",
        me=me,
        here="/api-keys",
        kind=kind,
        whose=name,
        secret=secret,
        back=back,
        address=address,
    )


def _listed(form: FormData, field: str) -> list[str]:
    return [value for value in form.getlist(field) if isinstance(value, str)]


@router.post("/api-keys/{key_id}/revoke")
async def revoke_post(request: Request, key_id: UUID) -> Response:
    """End a key at once."""
    who, _ = await administrator(request)
    await revoke_key(front_of(request).office, who.actor, key_id, utc_now())
    return done("/api-keys", "key-revoked")


@router.get("/webhooks")
async def hooks_page(request: Request) -> Response:
    """Every webhook, what did not arrive, and a form to add one."""
    return await _hooks(request)


async def _hooks(
    request: Request,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    chosen: list[str] | None = None,
) -> Response:
    who, places = await administrator(request)
    office, now = front_of(request).office, utc_now()
    async with office.engine.connect() as connection:
        rows = await list_webhooks(connection, places)
        dead = await dead_deliveries(connection, places)
    return show(
        request,
        "webhooks.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        here="/api-keys",
        rows=[{**row._mapping, "two_secrets": _has_two(row, now)} for row in rows],
        said={str(kind): words for kind, words in EVENTS},
        dead=dead,
        events=[(str(kind), words) for kind, words in EVENTS],
        locations=await _choices(request, places),
        chosen=[str(EventKind.STATUS_CHANGED)] if chosen is None else chosen,
        errors=errors,
        typed=typed or {},
    )


def _has_two(row: Any, now: datetime) -> bool:
    return row.rotated_at is not None and now < row.rotated_at + OLD_SECRET_FOR


@router.post("/webhooks")
async def hooks_post(request: Request) -> Response:
    """Tell a receiver of changes from now on; its secret is shown this once."""
    who, _ = await administrator(request)
    front, form = front_of(request), await read_form(request)
    typed, events = typed_in(form), _listed(form, "kinds")
    try:
        kinds = frozenset(EventKind(word) for word in events if word in set(EventKind))
        made = await add_webhook(
            *(front.office, who.actor, request_id_of(typed), typed.get("url", ""), kinds, _place(typed), utc_now()),
            own_ports=front.settings.own_ports,
        )
    except Invalid as wrong:
        return await _hooks(request, wrong.fields, typed, events)
    return await _secret(request, who, "Webhook secret", typed.get("url", ""), made.secret, "/webhooks")


@router.post("/webhooks/{webhook_id}/secret")
async def secret_post(request: Request, webhook_id: UUID) -> Response:
    """Take a new secret. The form says which one it replaces, so that sending it twice changes it once."""
    who, _ = await administrator(request)
    typed = typed_in(await read_form(request))
    seen = int(typed["seen"]) if typed.get("seen", "").isdecimal() and len(typed["seen"]) < 9 else 0
    made = await change_secret(front_of(request).office, who.actor, webhook_id, seen, utc_now())
    return await _secret(request, who, "New webhook secret", typed.get("url", ""), made.secret, "/webhooks")


@router.post("/webhooks/{webhook_id}/stop")
async def stop_post(request: Request, webhook_id: UUID) -> Response:
    """Tell it nothing more."""
    who, _ = await administrator(request)
    await stop_webhook(front_of(request).office, who.actor, webhook_id, utc_now())
    return done("/webhooks", "webhook-stopped")


@router.post("/webhook-deliveries/{delivery_id}/again")
async def again_post(request: Request, delivery_id: UUID) -> Response:
    """Send what did not arrive again."""
    who, _ = await administrator(request)
    await send_again(front_of(request).office, who.actor, delivery_id, utc_now())
    return done("/webhooks", "sent-again")
