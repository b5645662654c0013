"""A theme found again: a person decides whether a closed action did not hold, or whether it is another matter."""

from datetime import datetime
from uuid import UUID

from commands.escalate import check_may_decide
from commands.moving import move_on
from commands.office import Office
from commands.reopen import Because, reopen_in
from commands.standing_in import asked_columns, asked_words, for_words, part_at, who_answers_today, whom_to_tell
from commands.telling import Mail, about, tell
from db.actions import ActionFacts, lock_action
from db.ids import new_id
from db.outbox import URGENT
from db.repeat_findings import Repeat, decide_repeat, insert_repeat, last_closed_with_theme, load_repeat
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.assigning import Choice
from domain.covering import Answerers, Asked
from domain.errors import AlreadySettled, Invalid, NotFound
from domain.sustaining import is_repeat
from domain.vocabulary import Reopened, Role
from notifications.letters_after_closure import found_again


async def notice_repeat(tx: Transaction, office: Office, action: ActionFacts) -> None:
    """Ask the registered manager about the last action with this theme that closed here, if within twelve months.

    Called when an action leaves draft. Nothing reopens by itself: two findings may share a theme and no cause.
    """
    closed = await last_closed_with_theme(tx.connection, action.id)
    if closed is not None and is_repeat(closed.closed_at, tx.now, office.calendar):
        await _notice(tx, office, action, closed)


async def _notice(tx: Transaction, office: Office, action: ActionFacts, closed: Repeat) -> None:
    choice = await who_answers_today(tx, office, who_decides_on_repeat(action))
    repeat_id = new_id()
    values = {"id": repeat_id, "closed_action_id": closed.action_id, "cycle": closed.cycle}
    values |= {"found_action_id": action.id, "noticed_at": tx.now, **asked_columns(choice, "asked_id", "asked_for_id")}
    if not await insert_repeat(tx.connection, values):
        return
    words = {"closed": closed.ref, "theme": closed.theme} | (asked_words(choice) if choice else {})
    tx.record(Entry("theme found again", "repeat finding", repeat_id, action.id, action.location_id, words))
    if choice is not None:
        await tell_found_again(tx, office, action, repeat_id, closed.ref, closed.theme, choice)


def who_decides_on_repeat(action: ActionFacts) -> Answerers:
    """The registered manager of the location, or their cover."""
    return Answerers((Role.REGISTERED_MANAGER,), action.location_id)


async def tell_found_again(
    tx: Transaction, office: Office, action: ActionFacts, repeat_id: UUID, closed_ref: str, theme: str, asked: Choice
) -> None:
    """Mail whoever decides, saying for whom where they cover."""
    person, reader = await whom_to_tell(tx, asked)
    letter = found_again(about(tx, office, action), reader, closed_ref, theme, f"/repeats/{repeat_id}")
    tell(tx, office, action, Mail("found again", person, letter, repeat_id, priority=URGENT))


async def decide_on_repeat(
    office: Office, actor: Actor, repeat_id: UUID, reopens: bool, reason: str, now: datetime
) -> None:
    """Say whether the closed action did not hold, and why; if so it reopens as its next cycle.

    Raises AlreadySettled where somebody decided before, or the closed action is not closed any more.
    """
    if len(reason.strip()) < 10:
        raise Invalid({"reason": "Say in a sentence why you think so."})
    async with transaction(office.engine, actor, now) as tx:
        repeat = await load_repeat(tx.connection, repeat_id)
        closed = await lock_action(tx.connection, repeat.closed_action_id) if repeat else None
        if repeat is None or closed is None:
            raise NotFound("There is no such finding to decide on.")
        part = await part_at(tx, office, Asked(repeat.asked_id, repeat.asked_for_id), who_decides_on_repeat(closed))
        await check_may_decide(tx, office, closed, part, Role.QUALITY_LEAD)
        said = (reopens, reason.strip(), actor.known, part.for_id, now)
        if not await decide_repeat(tx.connection, repeat_id, *said):
            raise AlreadySettled("Somebody has decided on this already.")
        words = {"reopens": reopens, "reason": reason.strip(), "found": repeat.found_ref, **for_words(part)}
        for action_id in (closed.id, repeat.found_action_id):
            tx.record(Entry("repeat decided", "repeat finding", repeat_id, action_id, closed.location_id, words))
        if reopens:
            because = Because(Reopened.REPEAT_FINDING, f"{repeat.found_ref}: {repeat.found_summary} {reason.strip()}")
            await move_on(tx, office, await reopen_in(tx, office, closed, because))
