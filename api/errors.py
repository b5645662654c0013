"""What people read when something can't be done: plain words, the right status, never a stack trace."""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from asyncpg import PostgresConnectionError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api.identity import NotSignedIn
from commands.sign_in import TooManyTries, WrongPassword
from domain.errors import AlreadySettled, GateClosed, Invalid, LinkDead, NotAllowed, NotFound, Refused
from evidence.refusals import FileRefused

STATUS: dict[type[Refused], int] = {
    NotFound: 404,
    NotAllowed: 403,
    AlreadySettled: 409,
    GateClosed: 409,
    Invalid: 422,
    LinkDead: 410,
    TooManyTries: 429,
    WrongPassword: 403,
}
RETRY_AFTER = "10"
NEW_LINE = "\n"
AWAY_KINDS = (OperationalError, InterfaceError, PostgresConnectionError, ConnectionError, TimeoutError)
log = structlog.get_logger("web")


def status_of(refusal: Refused) -> int:
    """The HTTP status for a refusal."""
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 400)


def route_of(request: Request) -> str:
    """The address without what stood in it: a link's token must reach no log."""
    return getattr(request.scope.get("route"), "path", "unknown")


def first_line(wrong: Exception) -> str:
    """What went wrong, without the lines in which PostgreSQL quotes what somebody wrote."""
    return f"{type(wrong).__name__}: {str(wrong).partition(NEW_LINE)[0]}"


Page = Callable[[Request, int, str, str], Awaitable[Response]]
AWAY = "Nothing was stored, and nothing you sent before is lost. Try again in a moment."
OURS = "It is our fault. Nothing was stored. Try again; if it stays so, tell your administrator."


class ErrorPages:
    """The page for every refusal and failure; `page` shows status, title and words."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def refused(self, request: Request, refusal: Exception) -> Response:
        if isinstance(refusal, NotSignedIn):
            return RedirectResponse(f"/sign-in?next={request.url.path}", 303)
        known = cast(Refused, refusal)
        status = status_of(known)
        title = "This can’t be found" if status == 404 else "This can’t be done"
        return await self._page(request, status, title, str(known))

    async def file_refused(self, request: Request, refusal: Exception) -> Response:
        status = cast(FileRefused, refusal).status
        return await self._page(request, status, "This file can’t be taken", str(refusal))

    async def http(self, request: Request, wrong: Exception) -> Response:
        status = cast(HTTPException, wrong).status_code
        title = {404: "Page not found", 405: "This can’t be done here"}.get(status, "Something is not right")
        return await self._page(request, status, title, "Check the address, or start again from the first page.")

    async def malformed(self, request: Request, wrong: Exception) -> Response:
        words = "Something in the address or the form is not right."
        return await self._page(request, 422, "This can’t be read", words)

    async def database_away(self, request: Request, wrong: Exception) -> Response:
        log.warning("the database cannot be reached", error=str(wrong)[:200])
        response = await self._page(request, 503, "Followthrough can’t be reached for a moment", AWAY)
        response.headers["Retry-After"] = RETRY_AFTER
        return response

    async def broken(self, request: Request, wrong: Exception) -> Response:
        if isinstance(wrong, DBAPIError) and wrong.connection_invalidated:
            return await self.database_away(request, wrong)
        log.error("a page failed", route=route_of(request), error=first_line(wrong), exc_info=wrong)
        return await self._page(request, 500, "Something went wrong", OURS)


def add_error_pages(app: FastAPI, page: Page) -> None:
    """Give every refusal and failure its page."""
    pages = ErrorPages(page)
    app.add_exception_handler(Refused, pages.refused)
    app.add_exception_handler(FileRefused, pages.file_refused)
    app.add_exception_handler(HTTPException, pages.http)
    app.add_exception_handler(RequestValidationError, pages.malformed)
    for away in AWAY_KINDS:
        app.add_exception_handler(away, pages.database_away)
    app.add_exception_handler(DBAPIError, pages.broken)
    app.add_exception_handler(Exception, pages.broken)
