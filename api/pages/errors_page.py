"""Errors as pages, in the same clothes as the rest."""

from fastapi import Request, Response

from api.pages.showing import show


async def page(request: Request, status: int, title: str, words: str) -> Response:
    """What can't be done, and what to do instead."""
    return show(request, "message.jinja", status=status, title=title, words=words, missing=None)
