"""Reading: how actions stand, what the trail says of one, and what there is to refer to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from api.office import front_of
from api.v1.answers import (
    ActionBrief,
    ActionOut,
    ActionsOut,
    ClosureOut,
    EscalationOut,
    LocationsOut,
    PathwayOut,
    PathwaysOut,
    PathwayStepOut,
    ReAuditOut,
    StepOut,
    TrailEntryOut,
    TrailOut,
    WordsOut,
)
from api.v1.bodies import WORDS
from api.v1.cursors import opened, seal
from api.v1.door import KEY_NEEDED, Guarded, caller_for
from api.v1.problems import documented
from api.v1.raising import links_of
from commands.api_keys import Caller
from commands.office import utc_now
from db import api_reading
from db.api_reading import Standing, Wanted
from domain.connecting import CONTROL_OF, Purpose
from domain.errors import NotFound
from domain.overdue import is_overdue
from domain.pathways import Pathway
from domain.vocabulary import Status

MOST = 200
# What is being written now has an earlier time than its commit; nothing takes this long to commit.
OVERLAP = timedelta(minutes=1)
router = APIRouter(route_class=Guarded, dependencies=[KEY_NEEDED], tags=["Reading"])
REFUSALS = documented(
    "key-unknown", "key-expired", "key-revoked", "purpose-missing", "too-many-requests", "broken", "away"
)
FOR_PAGES = documented("invalid")
FOR_ONE = documented("not-found", "invalid")
NAMED = frozenset({"asked", "risk_now", "interim_control"})


def _only_iso(value: Any) -> Any:
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("This must be a time with its zone, like 2026-11-25T09:00:00Z.")
    return value


Limit = Annotated[int, Field(ge=1, le=MOST, description="How many at most")]
Cursor = Annotated[str, Field(max_length=300, description="`next` of the page before")]


class Filters(BaseModel):
    """Which actions, and how many of them at once."""

    model_config = ConfigDict(extra="forbid")
    status: Status | None = None
    location: UUID | None = None
    external_ref: Annotated[str, StringConstraints(max_length=200, pattern=WORDS)] | None = None
    overdue: bool | None = Field(default=None, description="Past its current date and not closed; or the opposite")
    updated_since: Annotated[AwareDatetime, BeforeValidator(_only_iso)] | None = Field(
        default=None, description="Only actions with something new on their trail since then; give the last `as_of`"
    )
    limit: Limit = 50
    cursor: Cursor | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.location, self.status, self.external_ref, self.overdue, self.updated_since)


class Page(BaseModel):
    """Where in the trail, and how much of it."""

    model_config = ConfigDict(extra="forbid")
    limit: Limit = 50
    cursor: Cursor | None = None


Ref = Annotated[str, Path(description="An action’s reference", examples=["FT-2026-0042"])]


@router.get(
    "/actions",
    response_model=ActionsOut,
    responses={**REFUSALS, **FOR_PAGES},
    operation_id="list_actions",
    summary="List actions",
)
async def list_actions(
    request: Request,
    filters: Annotated[Filters, Query()],
    caller: Annotated[Caller, caller_for(Purpose.READ_STATUS)],
) -> ActionsOut:
    """Actions within the filters, in the order they were recorded: what comes in meanwhile moves nothing.

    Needs the purpose “read status”. Go on with `next` until it is null.
    """
    front, now = front_of(request), utc_now()
    secret, scope = front.office.secret_key, (caller.key_id, filters.wanted)
    after = UUID(opened(secret, filters.cursor, *scope)) if filters.cursor else api_reading.START
    async with front.office.engine.connect() as connection:
        rows = await api_reading.read_page(
            connection, caller.location_id, filters.wanted, after, filters.limit + 1, now
        )
    page = rows[: filters.limit]
    items = [ActionBrief(**_brief(row, front.settings.address, now)) for row in page]
    more = seal(secret, str(page[-1].id), *scope) if len(rows) > filters.limit else None
    return ActionsOut(items=items, next=more, as_of=now - OVERLAP)


@router.get(
    "/actions/{ref}",
    response_model=ActionOut,
    responses={**REFUSALS, **FOR_ONE},
    operation_id="read_action",
    summary="Read how an action stands",
)
async def read_action(
    request: Request, ref: Ref, caller: Annotated[Caller, caller_for(Purpose.READ_STATUS)]
) -> ActionOut:
    """Status, steps, dates, escalations, closure and re-audits, by role.

    Needs the purpose “read status”. Names and what people wrote are there for keys that may also read them.
    """
    front = front_of(request)
    async with front.office.engine.connect() as connection:
        found = await api_reading.read_standing(connection, caller.location_id, ref)
    if found is None:
        raise NotFound
    return _standing(found, front.settings.address, utc_now(), caller.may(Purpose.READ_WORDS))


@router.get(
    "/actions/{ref}/trail",
    response_model=TrailOut,
    responses={**REFUSALS, **FOR_ONE},
    operation_id="read_trail",
    summary="Read an action’s trail",
)
async def read_trail(
    request: Request,
    ref: Ref,
    page: Annotated[Page, Query()],
    caller: Annotated[Caller, caller_for(Purpose.READ_TRAIL)],
) -> TrailOut:
    """What happened to an action, oldest first. Needs the purpose “read trail”."""
    front = front_of(request)
    secret, with_words = front.office.secret_key, caller.may(Purpose.READ_WORDS)
    async with front.office.engine.connect() as connection:
        head = await api_reading.read_head(connection, caller.location_id, ref)
        if head is None:
            raise NotFound
        scope = (caller.key_id, "trail", head.id)
        after = int(opened(secret, page.cursor, *scope)) if page.cursor else 0
        rows = await api_reading.read_trail(connection, head.id, after, page.limit + 1)
    items = [_entry(row, with_words) for row in rows[: page.limit]]
    more = seal(secret, str(items[-1].seq), *scope) if len(rows) > page.limit else None
    return TrailOut(items=items, next=more)


@router.get(
    "/locations",
    response_model=LocationsOut,
    responses=REFUSALS,
    operation_id="list_locations",
    summary="List locations",
)
async def list_locations(request: Request, caller: Annotated[Caller, caller_for()]) -> LocationsOut:
    """The locations that this key is for."""
    async with front_of(request).office.engine.connect() as connection:
        rows = await api_reading.read_locations(connection, caller.location_id)
    return LocationsOut.model_validate({"items": [dict(row._mapping) for row in rows]})


@router.get(
    "/pathways",
    response_model=PathwaysOut,
    responses=REFUSALS,
    operation_id="list_pathways",
    summary="List pathways",
    dependencies=[caller_for()],
)
async def list_pathways(request: Request) -> PathwaysOut:
    """The pathways an action can take, each with the steps of its newest version."""
    async with front_of(request).office.engine.connect() as connection:
        rows = await api_reading.read_pathways(connection)
    return PathwaysOut(items=[_pathway(Pathway.model_validate(row.definition)) for row in rows])


def _brief(row: Any, address: str, now: datetime) -> dict[str, Any]:
    status = Status(row.status)
    known = {name: getattr(row, name) for name in ActionBrief.model_fields if hasattr(row, name)}
    return known | {
        "status": status,
        "control": CONTROL_OF[status],
        "is_overdue": is_overdue(status, row.due_at, now),
        "links": links_of(address, row.ref),
    }


def _standing(found: Standing, address: str, now: datetime, with_words: bool) -> ActionOut:
    head = found.head
    told: Callable[[Any], dict[str, Any]] = _whole if with_words else _without_words
    words = WordsOut(**{name: getattr(head, name) for name in WordsOut.model_fields}) if with_words else None
    return ActionOut(
        **_brief(head, address, now),
        pathway=head.pathway,
        pathway_version=head.pathway_version,
        found_on=head.found_on,
        steps=[StepOut(**told(row)) for row in found.steps],
        escalations=[EscalationOut(**told(row)) for row in found.escalations],
        closures=[_closure(row, with_words) for row in found.closures],
        re_audits=[ReAuditOut(**row._mapping) for row in found.re_audits],
        words=words,
    )


def _whole(row: Any) -> dict[str, Any]:
    return dict(row._mapping)


def _without_words(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in NAMED}


def _closure(row: Any, with_words: bool) -> ClosureOut:
    told = ClosureOut(cycle=row.cycle, closed_at=row.closed_at, fingerprint=bytes(row.snapshot_hash).hex())
    if with_words:
        told.rationale, told.measured = row.rationale, row.outcome.get("measured")
    return told


def _entry(row: Any, with_words: bool) -> TrailEntryOut:
    names = ("seq", "at", "what", "identified_by", "object_type")
    told = TrailEntryOut(**{name: getattr(row, name) for name in names}, hash=bytes(row.hash).hex())
    if with_words:
        told.actor, told.words = row.actor, row.words
    return told


def _pathway(pathway: Pathway) -> PathwayOut:
    asked = (*pathway.evidence, *pathway.checks, *pathway.approvals)
    steps = [
        PathwayStepOut(key=step.key, title=step.title, who=step.who, control=control)
        for step in asked
        if (control := pathway.control_of(step.key)) is not None
    ]
    by = str(pathway.define.by)
    return PathwayOut(key=pathway.key, version=pathway.version, title=pathway.title, defined_by=by, steps=steps)
