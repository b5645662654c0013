"""API v1 as an application of its own, mounted at /api/v1: its own errors, its own documentation."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Request, Response
from starlette.types import Receive, Scope, Send

from api.office import Front, front_of
from api.v1 import documentation, raising, reading
from api.v1.answers import Event, HealthOut
from api.v1.door import Counter
from api.v1.problems import MEDIA_TYPE, add_problems, documented, problem
from db.engine import check_answers

VERSION = "1.0"
DESCRIPTION = """
For incident, audit and care-planning software: raise findings and actions, and read how they stand.

Send a key with every request: `Authorization: Bearer ftk_…`. An administrator gives keys under “Connections”;
each is for one location or all, for named purposes, until a day. A session cookie opens nothing here.

Every error is a problem (RFC 9457) with a stable `code` and a `detail` in plain words. Unknown fields are refused.
Every POST needs an `Idempotency-Key`: sending the same again has no second effect, and gets the same answer.
"""
told = APIRouter(tags=["Webhooks"])


@told.post(
    "action",
    operation_id="action_changed",
    summary="An action changed",
    status_code=204,
    responses={410: {"description": "Gone: the webhook is stopped"}},
)
async def action_changed(
    body: Event,
    webhook_id: Annotated[str, Header(description="The same at every try")],
    webhook_timestamp: Annotated[str, Header(description="When this try was made, in seconds since 1970")],
    webhook_signature: Annotated[str, Header(description="`v1,` and HMAC-SHA256 over id.timestamp.body, in base64")],
) -> None:
    """Called when an action is recorded, changes status or due date, or escalates. Answer 2xx within ten seconds."""


public = APIRouter(tags=["About the API"])


@public.get(
    "/health",
    response_model=HealthOut,
    responses=documented("broken", "away"),
    operation_id="health",
    summary="Is it well?",
)
async def health(request: Request) -> HealthOut:
    """Whether the API and its database answer. Needs no key."""
    async with front_of(request).office.engine.connect() as connection:
        await check_answers(connection)
    return HealthOut(status="ok", version=VERSION)


def create_api(front: Front) -> FastAPI:
    """The API, on the same database as the pages."""
    app = FastAPI(
        title="Followthrough API",
        version=VERSION,
        description=DESCRIPTION.strip(),
        docs_url=None,
        redoc_url=None,
        servers=[{"url": "/api/v1"}],
        root_path_in_servers=False,
        redirect_slashes=False,
    )
    app.state.front = front
    app.state.counter = Counter(front.settings.api_requests_each_minute)
    add_problems(app)
    for routes in (raising.router, reading.router, public, documentation.router):
        # Not `include_router`, which has every request ask each router in turn.
        app.router.routes.extend(routes.routes)
    app.webhooks.include_router(told)
    app.openapi = _tidied(app.openapi)
    return app


def _tidied(make: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """FastAPI lists problems as plain JSON beside their own media type; they are sent as the latter only."""

    def openapi() -> dict[str, Any]:
        document = make()
        for methods in document["webhooks"].values():  # what a receiver thinks of a body is its own affair
            methods["post"]["responses"].pop("422", None)
        for methods in document["paths"].values():
            for operation in methods.values():
                for answer in operation["responses"].values():
                    if MEDIA_TYPE in (content := answer.get("content", {})):
                        content.pop("application/json", None)
        return document

    return openapi


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever is asked for beside v1."""
    answer: Callable[..., Awaitable[None]] | Response = problem("not-found", "This API is at /api/v1.")
    await answer(scope, receive, send)
