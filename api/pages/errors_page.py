"""Errors as pages, in the same clothes as the rest."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import DBAPIError

from api.errors import AWAY_KINDS
from api.pages.showing import me_if_any, show


async def page(request: Request, status: int, title: str, words: str) -> Response:
    """What can't be done, and what to do instead."""
    me = await _menu(request) if status < 500 else None
    return show(request, "message.jinja", status=status, me=me, title=title, words=words, missing=None)


async def _menu(request: Request) -> dict[str, Any] | None:
    """The way on for whoever is signed in. A database that went away meanwhile takes the menu, and not the words."""
    try:
        return await me_if_any(request)
    except (*AWAY_KINDS, DBAPIError):
        return None
