"""Errors as pages, in the same clothes as the rest."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import DBAPIError
from starlette.routing import Match

from api.errors import AWAY_KINDS
from api.pages.showing import me_if_any, show

CONFLICT = 409
"""Something was answered or changed meanwhile: there is something to look at."""


async def page(request: Request, status: int, title: str, words: str) -> Response:
    """What can't be done, and what to do instead."""
    me = await _menu(request) if status < 500 else None
    back = request.url.path if status == CONFLICT and _is_a_page(request) else None
    return show(request, "message.jinja", status=status, me=me, title=title, words=words, missing=None, back=back)


def _is_a_page(request: Request) -> bool:
    """Whether the address that a form was sent to also shows something."""
    asked = {**request.scope, "method": "GET"}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)


async def _menu(request: Request) -> dict[str, Any] | None:
    """The way on for whoever is signed in. A database that went away meanwhile takes the menu, and not the words."""
    try:
        return await me_if_any(request)
    except (*AWAY_KINDS, DBAPIError):
        return None
