"""The web application: made by a factory, so that each process and each test has its own."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.errors import add_error_pages
from api.guards import Guards
from api.office import Front
from api.pages import (
    absences,
    account,
    actions,
    api_keys,
    checking,
    completing,
    crosswalking,
    deciding,
    defining,
    drafting,
    ending,
    errors_page,
    evidencing,
    imported,
    importing,
    judging,
    links,
    locations,
    moving,
    office,
    overview,
    owner,
    owner_words,
    owning,
    pathways,
    people,
    people_changing,
    people_list,
    referring,
    repeats,
    review_schedule,
    reviews,
    sampling,
    small_homes,
    tracker,
    undelivered,
    webhooks,
    withdrawing,
    work,
)
from api.v1.app import create_api, nothing_here
from commands.office import Office, england_and_wales
from db.engine import make_engine
from evidence.store import EvidenceStore
from settings import Settings

# Routes are tried in order: those that most answers come through first, and an owner's words after
# everything else under a step, since they take every other name there.
PAGES = (
    links,
    evidencing,
    owner,
    account,
    work,
    overview,
    tracker,
    actions,
    checking,
    completing,
    api_keys,
    webhooks,
    deciding,
    defining,
    referring,
    crosswalking,
    judging,
    importing,
    imported,
    office,
    owning,
    people_list,
    people_changing,
    people,
    absences,
    locations,
    pathways,
    drafting,
    moving,
    repeats,
    review_schedule,
    reviews,
    undelivered,
    withdrawing,
    sampling,
    owner_words,
    ending,
    small_homes,
)
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The pages and the API, on the configured database."""
    known = settings or Settings()
    url = known.database_url or (known.home / "database.url").read_text().strip()
    engine = make_engine(url, pool_size=known.database_connections)
    desk = Office(engine, known.secret_key, england_and_wales(known.timezone))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield
        await engine.dispose()

    app = FastAPI(title="Followthrough", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.front = Front(desk, known, EvidenceStore(known.evidence_folder))
    app.add_middleware(Guards, address=known.address)
    add_error_pages(app, errors_page.page)
    for pages in PAGES:
        # Not `include_router`: each router included costs every request 25 µs, and there are forty.
        app.router.routes.extend(pages.router.routes)
    app.mount("/api/v1", create_api(app.state.front))
    app.mount("/api", nothing_here)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    app.add_api_route("/health", health, methods=["GET"], include_in_schema=False)
    return app


async def health() -> dict[str, int]:
    """Which process answers: the supervisor compares it with the one it started."""
    return {"pid": os.getpid()}
