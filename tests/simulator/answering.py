"""What people do with a step that asks them: the right thing mostly, and everything else that people do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from commands.accept import accept, decline
from commands.approve import approve, reject
from commands.ask import ask_for_time, tell_barrier
from commands.assign import choose_owner
from commands.define import complete
from commands.drawing import draw_again, draw_sample
from commands.sample import SampleAnswer, decide, save_results
from commands.submit import say_why, submit
from commands.support import give_support, need_support
from commands.withdraw import withdraw
from db.drafts import load_definition
from db.samples import load_items, load_sample
from db.session import glance
from domain.actors import Actor
from domain.outcome_form import OutcomeGiven
from domain.pathways import Pathway
from domain.saving import ItemResult
from domain.vocabulary import Category, Form
from tests.cast import BRIEFING, evidence_answer
from tests.simulator.defining import a_whole_definition
from tests.simulator.homes import Person
from tests.simulator.sending import Sending
from tests.simulator.waiting import Item, outcome_test_of, where
from tests.simulator.watching import KeptFile

VIEWS = {"asked": 4, "improved": 3, "no_change": 1, "worse": 0}
POPULATION = "daily records since the briefing"


async def acceptance(form: Sending, person: Person, item: Item) -> None:
    world, actor, luck = form.world, form.actor(person, item.step), form.world.chance.random()
    office, step, words = world.office, item.step, f"I have no scales on my floor. {world.now.microsecond}"
    if luck < 0.82:
        await form.send(lambda r: accept(office, actor, step, r, world.now), accepted=True)
    elif luck < 0.90:
        await form.send(lambda r: decline(office, actor, step, r, words, None, world.now), reason=words)
    elif luck < 0.95:
        await form.send(lambda r: need_support(office, actor, step, r, words, world.now), barrier=words)
    else:
        await _more_time(form, actor, item)


async def evidence(form: Sending, person: Person, item: Item) -> None:
    world, actor, luck = form.world, form.actor(person, item.step), form.world.chance.random()
    office, step = world.office, item.step
    if luck < 0.06:
        await _more_time(form, actor, item)
    elif luck < 0.10:
        await tell_barrier(office, actor, step, world.new_id(), "The printer in the office is broken.", world.now)
    elif luck < 0.13:
        too_early = evidence_answer(effective_on="2199-01-01")
        await submit(office, actor, step, world.new_id(), too_early, world.now)
    else:
        said, files = _what_is_shown(form, item), world.uploads.chosen()

        async def upload(request_id: UUID) -> tuple[KeptFile, ...]:
            return await world.uploads.send(actor, step, request_id, files)

        await form.send(lambda r: submit(office, actor, step, r, said, world.now), upload, **said)
        if world.happens(0.04):
            after = timedelta(hours=world.chance.random() * 9)
            world.later(after, lambda: _take_back(form, actor, step), "taken back")


def _what_is_shown(form: Sending, item: Item) -> dict[str, Any]:
    world = form.world
    day = world.office.calendar.day_of(world.now).isoformat()
    usual = next((spec.category for spec in _pathway(form, item).evidence if spec.key == item.key), Category.PROCESSES)
    category = usual if world.happens(0.93) else world.chance.choice(list(Category))
    more: dict[str, Any] = {"statement": f"All plans have a weekly weight now, said at {world.now.isoformat()}."}
    more |= {"effective_on": day, "elsewhere": {"where": "Care planning system", "witness": "Simulant", "on": day}}
    if item.kind == Form.BRIEFING:
        more |= BRIEFING
    if item.kind == Form.VIEWS:
        more |= {"views": {"people": VIEWS, "relatives": VIEWS, "said": "Most noticed it."}}
    return evidence_answer(str(category), **more)


def _pathway(form: Sending, item: Item) -> Pathway:
    return form.world.watcher.of(item.action).journal.pathway


async def _take_back(form: Sending, actor: Actor, step: UUID) -> None:
    await withdraw(form.world.office, actor, step, "It was the wrong file.", form.world.now)


async def _more_time(form: Sending, actor: Actor, item: Item) -> None:
    world = form.world
    wanted = max(item.due, world.now) + timedelta(days=world.chance.randrange(1, 40))
    reason = "The new scales come next week."
    await ask_for_time(world.office, actor, item.step, world.new_id(), reason, wanted, world.now)


async def _asks_first(form: Sending, actor: Actor, item: Item) -> bool:
    """Whether somebody who checks or decides asks for more time, or for help, instead of doing it."""
    world, luck = form.world, form.world.chance.random()
    if luck < 0.02:
        await _more_time(form, actor, item)
    elif luck < 0.04:
        await tell_barrier(world.office, actor, item.step, world.new_id(), "The records are locked away.", world.now)
    return luck < 0.04


async def why_reopened(form: Sending, person: Person, item: Item) -> None:
    world, actor = form.world, form.actor(person, item.step)
    why = f"New staff were never shown where weights are written. {world.now.microsecond}"
    await form.send(lambda r: say_why(world.office, actor, item.step, r, why, world.now), why=why)


async def owner(form: Sending, person: Person, item: Item) -> None:
    world = form.world
    async with glance(world.office.engine) as connection:
        home = (await where(connection, item.action)).location_id
    to, actor = form.colleague_of(person, home), person.signed_in
    await form.send(lambda r: choose_owner(world.office, actor, item.step, r, to, world.now), owner=str(to))


async def support(form: Sending, person: Person, item: Item) -> None:
    world, actor = form.world, person.signed_in
    words = f"Scales were bought for the floor. {world.now.microsecond}"
    await form.send(lambda r: give_support(world.office, actor, item.step, r, words, world.now), helped=words)


async def definition(form: Sending, person: Person, item: Item) -> None:
    world = form.world
    async with glance(world.office.engine) as connection:
        draft = await load_definition(connection, item.action)
    assert draft is not None
    home = draft.location_id or person.home or world.chance.choice(list(world.homes.pathways))
    whole = a_whole_definition(world, home, draft.theme or "falls", risk=draft.risk)
    await complete(world.office, person.signed_in, item.action, whole, world.now)


async def sample(form: Sending, person: Person, item: Item) -> None:
    """Draw first; look at the items another time; once in a while nothing applies."""
    world, actor, office = form.world, person.signed_in, form.world.office
    if await _asks_first(form, actor, item):
        return
    async with glance(office.engine) as connection:
        drawn = await load_sample(connection, item.step)
        items = await load_items(connection, drawn.id) if drawn else []
    if drawn is None:
        size = world.chance.choice((3, 12, 12, 40))
        await draw_sample(office, actor, item.step, POPULATION, size, world.now)
    elif all(one.result == "not applicable" for one in items):
        why = "None of them was written by this team."
        await draw_again(office, actor, item.step, drawn.id, why, POPULATION, 30, world.now)
    elif world.happens(0.02):
        nothing = [ItemResult(one.position, "not applicable", "") for one in items]
        await save_results(office, actor, item.step, SampleAnswer(nothing), world.now)
    else:
        result, note = ("pass", "") if world.happens(0.85) else ("fail", "No weight recorded")
        found = [ItemResult(one.position, result, note) for one in items]
        given = SampleAnswer(found, reasons=note and "Weights are missing on the night shift.")
        await form.send(
            lambda r: decide(office, actor, item.step, r, given, world.now),
            passes=len(items) * (result == "pass"),
        )


async def approval(form: Sending, person: Person, item: Item) -> None:
    """Agree; or send back, as after the gate was closed three times."""
    world, actor, office = form.world, person.signed_in, form.world.office
    if await _asks_first(form, actor, item):
        return
    words = f"The records of the nights were looked at as well. {world.now.microsecond}"
    if form.refused[item.id] >= 3 or world.happens(0.12):
        form.refused[item.id] = 0
        there = tuple(spec.key for spec in _pathway(form, item).evidence)
        chosen = tuple(key for key in there if world.happens(0.6)) or there
        await form.send(lambda r: reject(office, actor, item.step, r, chosen, words, world.now), reasons=words)
        return
    async with glance(office.engine) as connection:
        tested = await outcome_test_of(connection, item.action)
    reached, on = world.happens(0.95), office.calendar.day_of(world.now).isoformat()
    measured = OutcomeGiven("95 %" if reached else "60 %", on)
    if tested:
        measured = OutcomeGiven("", on, "yes" if reached else "no", "Ten of ten records show it.")
    await form.send(lambda r: approve(office, actor, item.step, r, words, measured, world.now), rationale=words)
