"""What people do with what others ask of them: escalations, more time, barriers, reviews, refused mails."""

from datetime import timedelta

from commands import review_answers, small_home
from commands.answer_escalation import answer
from commands.ask import decide_time, help_with_barrier
from commands.repeats import decide_on_repeat
from commands.undelivered import correct_and_send, told_otherwise
from db.session import glance
from domain.escalating import Decision, EscalationAnswer
from domain.more_time import TimeAnswer
from tests.simulator.homes import Person
from tests.simulator.sending import Sending
from tests.simulator.waiting import Item, lines_of, where

RISK = "Two people may be missed until this is done."
CONTROL = "The nurse in charge looks at each handover."


async def escalation(form: Sending, person: Person, item: Item) -> None:
    world, luck = form.world, form.world.chance.random()
    given = EscalationAnswer(RISK, CONTROL, Decision.SUPPORT_GIVEN, support="I help them on Tuesday myself.")
    if luck < 0.6:
        due = world.now + timedelta(days=world.chance.randrange(1, 30))
        given = EscalationAnswer(RISK, CONTROL, Decision.REVISED_DATE, revised_due_at=due)
    elif luck < 0.75:
        async with glance(world.office.engine) as connection:
            home = (await where(connection, item.action)).location_id
        given = EscalationAnswer(RISK, CONTROL, Decision.REASSIGNED, person_id=form.colleague_of(person, home))
    await answer(world.office, person.signed_in, item.id, given, world.now)


async def more_time(form: Sending, person: Person, item: Item) -> None:
    world = form.world
    until = max(item.due, world.now + timedelta(days=1))
    given = TimeAnswer(world.happens(0.7), "It is what the team needs.", RISK, CONTROL, until)
    await decide_time(world.office, person.signed_in, item.id, given, world.now)


async def barrier(form: Sending, person: Person, item: Item) -> None:
    await help_with_barrier(form.world.office, person.signed_in, item.id, "It is seen to.", form.world.now)


async def repeat(form: Sending, person: Person, item: Item) -> None:
    """Half of them did not hold; the others are another matter."""
    world = form.world
    words = "The same weights were missing."
    await decide_on_repeat(world.office, person.signed_in, item.id, world.happens(0.5), words, world.now)


async def undelivered(form: Sending, person: Person, item: Item) -> None:
    world, me = form.world, person.signed_in
    if world.happens(0.5):
        await told_otherwise(world.office, me, item.id, "By telephone, today.", world.now)
    else:
        await correct_and_send(world.office, me, item.id, item.key, world.now)


async def review(form: Sending, person: Person, item: Item) -> None:
    world, me = form.world, person.signed_in
    async with glance(world.office.engine) as connection:
        lines = await lines_of(connection, item.id)
    said = ("barrier", "No time for it.") if world.happens(0.05) else ("progress", "Half of it is done.")
    words = {line: review_answers.Word(*said) for line in lines}
    await review_answers.save(world.office, me, item.id, words, world.now)
    await review_answers.send(world.office, me, item.id, world.new_id(), world.now)


async def late_review(form: Sending, person: Person, item: Item) -> None:
    said = "I go through it with them tomorrow."
    await review_answers.answer_for_late(form.world.office, person.signed_in, item.id, said, None, form.world.now)


async def exception(form: Sending, person: Person, item: Item) -> None:
    world = form.world
    why = "There are enough people for now."
    await small_home.decide(world.office, person.signed_in, item.id, world.happens(0.7), why, world.now)
