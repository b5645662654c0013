"""The step that a page is about, for somebody who may answer it."""

from uuid import UUID

from fastapi import Request

from api.identity import Visitor, visitor
from api.office import front_of
from commands.answering import check_may_answer
from commands.office import utc_now
from db.actions import read_action_of_step
from db.answered import By, load_answered
from db.asking import AskFacts, load_ask
from db.session import Transaction
from domain.actors import Actor
from domain.errors import NotFound
from domain.vocabulary import Form


async def ask_of(request: Request, step_id: UUID, actor: Actor) -> AskFacts:
    """The step, for somebody who may answer it."""
    office = front_of(request).office
    async with office.engine.connect() as connection:
        ask = await load_ask(connection, step_id)
        action = await read_action_of_step(connection, step_id)
        now, by = utc_now(), By(None, actor.link_id, step_id)
        found = await load_answered(connection, step_id, by, office.calendar.day_of(now), office.calendar)
        if ask is None or action is None or found is None:
            raise NotFound
        looking = Transaction(connection, actor, now)
        await check_may_answer(looking, office, action, found.step, found.link)
    return ask


async def asked_to_check(request: Request, step_id: UUID, form: Form) -> tuple[Visitor, AskFacts]:
    """A signed-in person and the step that they may answer with this form."""
    who = await visitor(request)
    ask = await ask_of(request, step_id, who.actor)
    if ask.form != form:
        raise NotFound
    return who, ask
