"""Keys of other systems: given, listed and revoked. For administrators of a location or all."""

from dataclasses import replace
from datetime import datetime, timedelta
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
from api.pages.reading import date_fields, due_in, read_form, request_id_of
from api.pages.showing import done
from commands.api_keys import check_key, make_key, revoke_key
from commands.office import utc_now
from db.api_keys import list_keys
from domain.connecting import Purpose
from domain.errors import Invalid

router = APIRouter()
PURPOSES = [
    (Purpose.RAISE, "Raise findings: each becomes a draft for somebody to complete"),
    (Purpose.DEFINE, "Define actions: complete ones go to their owner at once"),
    (Purpose.READ_STATUS, "Read how actions stand, by role and date"),
    (Purpose.READ_WORDS, "Read names and what people wrote as well"),
    (Purpose.READ_TRAIL, "Read the audit trail of an action"),
]


@router.get("/api-keys")
async def keys_page(request: Request) -> Response:
    """Every key, and a form to give one."""
    return await _keys(request, Filled(date_fields("expires", utc_now() + timedelta(days=365)), []))


async def _keys(request: Request, form: Filled) -> Response:
    who, places = await administrator(request)
    now = utc_now()
    async with front_of(request).office.engine.connect() as connection:
        rows = [{**row._mapping, "state": _state(row, now)} for row in await list_keys(connection, places)]
    purposes = [(str(one), words) for one, words in PURPOSES]
    return await show_connections(request, "api_keys.jinja", who, places, form, rows=rows, purposes=purposes)


def _state(row: Any, now: datetime) -> tuple[str, str]:
    if row.revoked_at is not None:
        return "Revoked", "grey"
    return ("Expired", "grey") if row.expires_at <= now else ("Works", "green")


@router.post("/api-keys")
async def keys_post(request: Request) -> Response:
    """Give a key, and show it this once."""
    who, _ = await administrator(request)
    office, now = front_of(request).office, utc_now()
    form = filled_in(await read_form(request), "purposes")
    typed, name = form.typed, form.typed.get("name", "")
    try:
        until = due_in(typed, "expires", office.calendar)
        may = those_of(Purpose, form.ticked)
        where = location_beside(typed, lambda: check_key(name, may, until, now))
        made = await make_key(office, who.actor, request_id_of(typed), name, may, where, until, now)
    except Invalid as wrong:
        return await _keys(request, replace(form, errors=wrong.fields))
    return await show_secret(request, who, "Key", name, made.token, "/api-keys")


@router.post("/api-keys/{key_id}/revoke")
async def revoke_post(request: Request, key_id: UUID) -> Response:
    """End a key at once."""
    who, _ = await administrator(request)
    await revoke_key(front_of(request).office, who.actor, key_id, utc_now())
    return done("/api-keys", "key-revoked")
