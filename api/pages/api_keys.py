"""Keys of other systems: given, listed and revoked. For administrators of a location or all."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.connections import administrator, location_choices, location_in, show_secret, words_in
from api.pages.reading import date_fields, due_in, read_form, request_id_of, typed_in
from api.pages.showing import done, me_for, show
from commands.api_keys import make_key, revoke_key
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
        locations=await location_choices(request, places),
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
    typed, purposes = typed_in(form), words_in(form, "purposes")
    try:
        until = due_in(typed, "expires", office.calendar)
        may = frozenset(Purpose(word) for word in purposes if word in set(Purpose))
        made = await make_key(
            *(office, who.actor, request_id_of(typed), typed.get("name", ""), may, location_in(typed), until, now)
        )
    except Invalid as wrong:
        return await _keys(request, wrong.fields, typed, purposes)
    return await show_secret(request, who, "Key", typed.get("name", ""), made.token, "/api-keys")


@router.post("/api-keys/{key_id}/revoke")
async def revoke_post(request: Request, key_id: UUID) -> Response:
    """End a key at once."""
    who, _ = await administrator(request)
    await revoke_key(front_of(request).office, who.actor, key_id, utc_now())
    return done("/api-keys", "key-revoked")
