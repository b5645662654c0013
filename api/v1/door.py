"""The door of the API: who calls, how often, and with how large a body. Runs after routing, before any body is read.

Only the Authorization header lets anybody in. Cookies are not looked at, so a page in a signed-in
browser can do nothing here.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from api.office import front_of
from api.v1.problems import CHALLENGE, ApiRefused
from commands.api_keys import Caller, KeyUnknown, who_calls
from commands.office import utc_now
from domain.connecting import Purpose

LARGEST_BODY = 64 * 1024
SLOWEST_BODY = 20.0
WRONG_KEYS = parse("30/minute")
bearer = HTTPBearer(auto_error=False, description="A key as an administrator gave it: `ftk_…`")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Counter:
    """How often a key was used in this minute; and an address, with keys that are none.

    Each web process counts for itself, in memory: with three of them a key may get three times as many through, and
    a restart begins anew. That holds up a program that runs wild, which is what the limit is for. Counting in the
    database would add a write, and a row that all requests of a key wait for, to questions answered in 3 ms; and
    guessing a key of 256 random bits is hopeless at any number of processes.
    """

    def __init__(self, each_minute: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._of_key = parse(f"{each_minute}/minute")

    async def key(self, caller: Caller) -> None:
        """Count one request; raises too-many-requests."""
        if not await self._limiter.hit(self._of_key, "key", caller.key_id.hex):
            await self._refuse(self._of_key, "key", caller.key_id.hex)

    async def wrong_key(self, place: str) -> None:
        """Count one key that is none. Keys that work from the same place are not held up by it."""
        if not await self._limiter.hit(WRONG_KEYS, "wrong", place):
            await self._refuse(WRONG_KEYS, "wrong", place)

    async def _refuse(self, limit: Any, *names: str) -> None:
        stats = await self._limiter.get_window_stats(limit, *names)
        wait = max(1, round(stats.reset_time - utc_now().timestamp()) + 1)
        raise ApiRefused("too-many-requests", headers={"Retry-After": str(wait)})


class Guarded(APIRoute):
    """A route that only a key opens, and that reads no more than it has to."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            request.state.caller = await _let_in(request)
            if request.method == "POST":
                _check_media_type(request)
                await _read_within(request, LARGEST_BODY)
            return await inner(request)

        return handle


async def _let_in(request: Request) -> Caller:
    counter: Counter = request.app.state.counter
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    try:
        if scheme.lower() != "bearer" or not token.strip():
            raise KeyUnknown
        caller = await who_calls(front_of(request).office, token.strip(), utc_now())
    except KeyUnknown:
        await counter.wrong_key(request.client.host if request.client else "")
        raise
    await counter.key(caller)
    return caller


def _check_media_type(request: Request) -> None:
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated != "application/json":
        raise ApiRefused("not-json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiRefused("not-json", "Send the body as plain application/json, without compression.")


async def _read_within(request: Request, limit: int) -> None:
    """Read the body, and no more of it than the limit, whatever its length is said to be."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise ApiRefused("too-large", headers={"Connection": "close"})
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise ApiRefused("too-large", headers={"Connection": "close"})
    except TimeoutError:
        raise ApiRefused("malformed", "The body did not arrive within 20 seconds.") from None
    # Where Starlette keeps a body that was read; what reads it next finds it there.
    request._body = bytes(body)


def caller_for(*purposes: Purpose) -> Any:
    """The caller, if its key is for one of these purposes."""

    async def check(request: Request) -> Caller:
        caller: Caller = request.state.caller
        if purposes and not any(caller.may(purpose) for purpose in purposes):
            words = f"This key is not for this. It needs the purpose “{purposes[0]}”."
            raise ApiRefused("purpose-missing", words)
        return caller

    return Depends(check)


async def _shown(_: Annotated[Any, Security(bearer)]) -> None:
    """Says in the documentation how to sign in; the door itself has looked already."""


KEY_NEEDED = Depends(_shown)
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="A new one for each new finding or action, the same one to send it again; a UUID does well."
        " Kept for seven days.",
        examples=["0b7a4c1e-6f0e-4c59-9d57-2c3f1f5a9b10"],
    ),
]
__all__ = ["CHALLENGE", "KEY_NEEDED", "Counter", "Guarded", "IdempotencyKey", "caller_for"]
