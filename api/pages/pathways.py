"""Pathways: which there are, what each version says, and what changed from one to the next."""

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.showing import me_for, show
from commands.pathways import MAY_DRAFT, MAY_PUBLISH
from db.pathway_drafts import open_drafts
from db.pathways import Version, VersionFacts, load_version, load_versions
from db.scope import Viewer
from domain.differences import differences
from domain.drawing import draw
from domain.errors import NotAllowed, NotFound

router = APIRouter(prefix="/pathways")


async def reader(request: Request) -> Visitor:
    """Whoever is signed in and has something to do with pathways."""
    who = await visitor(request)
    if not who.viewer.is_one_of(*MAY_DRAFT):
        raise NotAllowed("Pathways are for quality leads, managers, nominated individuals and administrators.")
    return who


def may_publish(viewer: Viewer) -> bool:
    """Whether they hold a role that publishes, for all locations."""
    return any(role in MAY_PUBLISH and location is None for role, location in viewer.roles)


@router.get("")
async def pathways_page(request: Request) -> Response:
    """Every pathway with its versions."""
    return await list_page(request, await reader(request))


async def list_page(
    request: Request, who: Visitor, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    """The list, with the form that begins a new pathway."""
    async with front_of(request).office.engine.connect() as connection:
        versions = await load_versions(connection)
        drafts = await open_drafts(connection)
    groups: dict[str, list[VersionFacts]] = {}
    for version in versions:
        groups.setdefault(version.key, []).append(version)
    return show(
        request,
        "pathways.jinja",
        me=await me_for(request, who),
        groups=groups,
        sees_all=who.viewer.sees_all,
        drafts=drafts,
        unpublished=[key for key in drafts if key not in groups],
        errors=errors,
        typed=typed or {},
    )


async def version_of(request: Request, key: str, number: int | None) -> tuple[Version, list[VersionFacts]]:
    """One version, and all there are of its pathway; raises NotFound where there is no such version."""
    async with front_of(request).office.engine.connect() as connection:
        version = await load_version(connection, key, number)
        versions = await load_versions(connection, key)
    if version is None:
        raise NotFound("There is no such version of a pathway.")
    return version, versions


@router.get("/{key}")
async def newest_page(request: Request, key: str) -> Response:
    """The newest version, drawn."""
    return await _version(request, key, None)


@router.get("/{key}/{number:int}")
async def version_page(request: Request, key: str, number: int) -> Response:
    """One version, drawn."""
    return await _version(request, key, number)


async def _version(request: Request, key: str, number: int | None) -> Response:
    who = await reader(request)
    version, versions = await version_of(request, key, number)
    async with front_of(request).office.engine.connect() as connection:
        has_draft = key in await open_drafts(connection)
    shown = next(facts for facts in versions if facts.id == version.id)
    return show(
        request,
        "pathway.jinja",
        me=await me_for(request, who),
        here="/pathways",
        drawing=draw(version.pathway),
        shown=shown,
        versions=versions,
        has_draft=has_draft,
    )


@router.get("/{key}/{number:int}/changes")
async def changes_page(request: Request, key: str, number: int, since: int | None = None) -> Response:
    """What a version changed, from the one before it or from the one that is named."""
    who = await reader(request)
    version, versions = await version_of(request, key, number)
    older = [facts.version for facts in versions if facts.version < number]
    before = since if since in older else next(iter(older), None)
    if before is None:
        raise NotFound("This is the first version, so there is nothing to compare it with.")
    old, _ = await version_of(request, key, before)
    return show(
        request,
        "pathway_changes.jinja",
        me=await me_for(request, who),
        here="/pathways",
        pathway=version.pathway,
        before=before,
        older=older,
        changes=differences(draw(old.pathway), draw(version.pathway)),
    )
