"""Doing one thing: whatever waits, by its kind; refusals are told to the person, who thinks again later."""

from collections.abc import Awaitable, Callable

from commands.assign import renew_link
from commands.passing_on import pass_on_what_waits
from db.session import glance
from domain.errors import LinkDead, NotAllowed, Refused
from domain.vocabulary import Form
from tests.simulator import answering, deciding
from tests.simulator.homes import Person
from tests.simulator.sending import Sending
from tests.simulator.waiting import Item, waiting_for
from tests.simulator.watching import Broken

KINDS: dict[str, Callable[[Sending, Person, Item], Awaitable[None]]] = {
    Form.ACCEPTANCE: answering.acceptance,
    Form.EVIDENCE: answering.evidence,
    Form.BRIEFING: answering.evidence,
    Form.VIEWS: answering.evidence,
    Form.WHY_REOPENED: answering.why_reopened,
    Form.OWNER: answering.owner,
    Form.SUPPORT: answering.support,
    Form.DEFINITION: answering.definition,
    Form.SAMPLE: answering.sample,
    Form.APPROVAL: answering.approval,
    "escalation": deciding.escalation,
    "more time": deciding.more_time,
    "barrier": deciding.barrier,
    "repeat": deciding.repeat,
    "undelivered": deciding.undelivered,
    "review": deciding.review,
    "late review": deciding.late_review,
    "small home": deciding.exception,
}
MAY_BE_REFUSED = frozenset({"escalation", "undelivered"})
"""Where a no says another way on: a step for somebody who may not have it, a person whom others look after."""
GOES_ON = frozenset({Form.SAMPLE, Form.APPROVAL, "more time", "barrier"})
"""What goes to somebody else within minutes where whoever has it may not do it any more."""


async def do(form: Sending, person: Person, item: Item) -> None:
    world = form.world
    try:
        await KINDS[item.kind](form, person, item)
        world.counts[f"done: {item.kind}"] += 1
    except LinkDead:
        world.counts["a new link asked for"] += 1
        for link in world.box.links.get((person.address, item.step), [])[-1:]:
            await renew_link(world.office, link, world.now)
    except Refused as refused:
        world.counts[f"refused: {item.kind}, {refused.code}"] += 1
        form.refused[item.id] += 1
        if isinstance(refused, NotAllowed) and await _waits_all_the_same(form, person, item):
            world.watcher.looked_at = world.watcher.of(item.action) if item.action_id else None
            raise Broken("whoever is asked may answer", f"{person.role} {person.id}, {item}: {refused}") from refused
        raise


async def _waits_all_the_same(form: Sending, person: Person, item: Item) -> bool:
    """Whether it still waits for somebody who may not do it, once the worker has seen to what it sees to."""
    world = form.world
    if item.kind not in GOES_ON:
        return item.kind not in MAY_BE_REFUSED
    if world.is_away:
        return False
    await world.timer.asked()
    await pass_on_what_waits(world.office, world.now)
    async with glance(world.office.engine) as connection:
        return item.id in {one.id for one in await waiting_for(connection, person.id)}
