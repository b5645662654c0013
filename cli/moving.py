"""`followthrough actions move`: the only way for an action to a newer version of its pathway."""

from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from cli.flags import AnAction, ForPrograms
from cli.running import in_office, show
from commands.newer_version import CannotMove, MovedTo, move_action
from commands.office import Office, utc_now
from db.moves import find_action
from domain.actors import OPERATOR
from domain.errors import Invalid, NotFound, Refused
from domain.versions import Why

Steps = Annotated[
    tuple[str, ...],
    Parameter(
        name="--map",
        help="What becomes of a step that the version does not have: old=new, or old= where it is asked no more.",
    ),
]


def move(
    ref: AnAction,
    *,
    to: Annotated[int, Parameter(help="The version to move it to.")],
    reason: Annotated[str, Parameter(help="Why, in a sentence. It is kept on the trail.")],
    map_: Steps = (),
    json: ForPrograms = False,
) -> None:
    """Move an action to a newer version of its pathway. Refused where an answer would change its meaning."""
    mapping = _mapping(map_)

    async def work(office: Office) -> MovedTo:
        async with office.engine.connect() as connection:
            action_id = await find_action(connection, ref)
        if action_id is None:
            raise NotFound(f"There is no action {ref}. See “followthrough actions list”.")
        return await move_action(office, OPERATOR, action_id, to, mapping, reason, utc_now())

    try:
        done = in_office(work)
    except CannotMove as refusal:
        hint = "\nSay it with --map OLD=NEW, or --map OLD= where the step is asked no more."
        raise Refused(f"{refusal}{hint if any(s.why is Why.MAP for s in refusal.stops) else ''}") from None
    if json:
        show(_for_programs(done))
    else:
        _print(done)


def _mapping(stated: tuple[str, ...]) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for one in stated:
        old, sign, new = (part.strip() for part in one.partition("="))
        if not old or not sign or old in found:
            raise Invalid({"map": f"“{one}” says nothing. Write --map old=new once for each step, or old=."})
        found[old] = new or None
    return found


def _for_programs(done: MovedTo) -> dict[str, Any]:
    opened = [item.ask.key for item in done.moved.opened] if done.moved else []
    stays = [stay.key for stay in done.move.stays] if done.move else []
    voids = [step.key for step in done.move.voids] if done.move else []
    return {"ref": done.ref, "from": done.was, "to": done.to, "stays": stays, "voids": voids, "opened": opened}


def _print(done: MovedTo) -> None:
    if done.move is None or done.moved is None:
        print(f"{done.ref} is on version {done.to} already. Nothing was changed.")
        return
    print(f"{done.ref} moved from version {done.was} to version {done.to}.")
    for stay in done.move.stays:
        print(f"  stays open: {stay.title}{' – now for the ' + stay.who if stay.to_another else ''}")
    for step in done.move.voids:
        print(f"  asked no more: {step.key}")
    for item in done.moved.opened:
        print(f"  asked now: {item.ask.title}")
