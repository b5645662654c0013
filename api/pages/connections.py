"""What both pages of connections share: who administers where, the form that gives one, and secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import typed_in, uuid_in
from api.pages.showing import me_for, show
from db.api_reading import read_locations
from domain.errors import Invalid, NotAllowed
from domain.vocabulary import Role

Chosen = TypeVar("Chosen", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is shown: what stands in its fields, which boxes are ticked, and what is wrong with it."""

    typed: dict[str, str]
    ticked: list[str]
    errors: dict[str, str] | None = None


async def administrator(request: Request) -> tuple[Visitor, list[UUID] | None]:
    """The visitor, and the locations they administer: None for all of them."""
    who = await visitor(request)
    places = [location for role, location in who.viewer.roles if role == Role.ADMINISTRATOR]
    if not places:
        raise NotAllowed
    return who, None if None in places else [place for place in places if place is not None]


async def show_connections(
    request: Request, template: str, who: Visitor, places: list[UUID] | None, form: Filled, **values: Any
) -> Response:
    """What is connected at the locations that somebody administers, with a form to connect more."""
    return show(
        request,
        template,
        me=await me_for(request, who),
        here="/api-keys",
        locations=await _location_choices(request, places),
        typed=form.typed,
        chosen=form.ticked,
        errors=form.errors,
        **values,
    )


async def _location_choices(request: Request, places: list[UUID] | None) -> list[tuple[str, str]]:
    """The locations an administrator may choose, and all of them for whoever administers all."""
    async with front_of(request).office.engine.connect() as connection:
        rows = await read_locations(connection, None)
    every = [("all", "All locations")] if places is None else []
    return every + [(str(row.id), row.name) for row in rows if places is None or row.id in places]


def location_in(typed: dict[str, str]) -> UUID | None:
    """The location chosen; None for all. Raises Invalid, so that forgetting to choose opens nothing."""
    if typed.get("location") == "all":
        return None
    place = uuid_in(typed.get("location"))
    if place is None:
        raise Invalid({"location": "Choose a location, or all of them."})
    return place


def location_beside(typed: dict[str, str], check: Callable[[], object]) -> UUID | None:
    """The location chosen. Where it is missing, what `check` finds wrong with the other fields is said with it."""
    try:
        return location_in(typed)
    except Invalid as no_place:
        try:
            check()
        except Invalid as wrong:
            raise Invalid(wrong.fields | no_place.fields) from None
        raise


async def show_secret(request: Request, who: Visitor, kind: str, name: str, secret: str | None, back: str) -> Response:
    """What opens a door is shown this once, on a page of its own."""
    return show(
        request,
        "secret.jinja",
        me=await me_for(request, who),
        here="/api-keys",
        kind=kind,
        whose=name,
        secret=secret,
        back=back,
        address=front_of(request).settings.address,
    )


def filled_in(form: FormData, boxes: str) -> Filled:
    """What came back: the words that were typed, and which of these boxes were ticked."""
    return Filled(typed_in(form), [value for value in form.getlist(boxes) if isinstance(value, str)])


def those_of(kinds: type[Chosen], ticked: list[str]) -> frozenset[Chosen]:
    """The ticked boxes that there are; a made-up one is none."""
    return frozenset(kinds(word) for word in ticked if word in set(kinds))
