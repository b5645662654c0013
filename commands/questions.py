"""Each kind of question that waits for one person: who may answer it, what the trail says, and how its mail reads.

Where each kind waits is said in `db.questions`, and who is asked instead of somebody away in `domain.covering`. Who may
answer is the same when a question is first asked, when it is passed on, and when a cover answers it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from commands.deciders import tell_decider, who_decides
from commands.escalate import tell_must_answer, who_must_answer
from commands.office import Office
from commands.repeats import tell_found_again, who_decides_on_repeat
from commands.review_ladder import ask_about_late, who_answers_for
from commands.small_home import ask_to_confirm, who_confirms
from commands.undelivered import tell_undelivered, who_is_asked
from db.actions import ActionFacts, lock_action
from db.escalations import load_escalation
from db.questions import WaitingQuestion
from db.repeat_findings import load_repeat
from db.requests import load_barrier, load_extension
from db.reviews import lock_review, rungs_of
from db.session import Transaction
from db.small_homes import load_small_home
from db.steps import StepFacts, load_step
from db.trail import Entry
from db.undelivered import mail_of
from domain.assigning import Choice
from domain.covering import Answerers, Question
from notifications.letters_requests import Request, for_help, for_time

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class About:
    """What one question is about. `entry` says that it is asked of somebody else, and leaves open of whom."""

    answerers: Answerers
    entry: Entry
    tell: Callable[[Choice], Awaitable[None]]


async def about_question(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    """What a question is about that waits, once what it belongs to is locked."""
    return await _ABOUT[waiting.kind](tx, office, waiting)


async def _escalation(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    rung = _there(await load_escalation(tx.connection, waiting.id))
    action, step = await _late(tx, rung.action_id, rung.step_id)
    tell = partial(tell_must_answer, tx, office, action, step, rung.id, rung.rung)
    return About(who_must_answer(action, step, rung.role), _of_action(waiting, action, step=step.key), tell)


async def _extension(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    asks = _there(await load_extension(tx.connection, waiting.id))
    action, step = await _late(tx, asks.action_id, asks.step_id)
    request = for_time(asks.id, step, asks.asked_by, asks.reason, asks.wanted_due_at, office.calendar)
    return await _request(tx, office, waiting, action, step, request)


async def _barrier(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    told = _there(await load_barrier(tx.connection, waiting.id))
    action, step = await _late(tx, waiting.belongs_to, told.step_id)
    return await _request(tx, office, waiting, action, step, for_help(told.id, told.told_by, told.barrier))


async def _request(
    tx: Transaction, office: Office, waiting: WaitingQuestion, action: ActionFacts, step: StepFacts, request: Request
) -> About:
    may = await who_decides(tx, office, action, step, request.asker_id)
    tell = partial(tell_decider, tx, office, action, step, request)
    return About(may, _of_action(waiting, action, step=step.key), tell)


async def _late_review(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    review = _there(await lock_review(tx.connection, waiting.belongs_to))
    [rung] = [rung for rung in await rungs_of(tx.connection, review.id) if rung.id == waiting.id]
    words = {"rung": rung.rung, "week": review.week.isoformat()}
    entry = Entry(_says(waiting), "review", review.id, None, review.location_id, words)
    return About(who_answers_for(review, rung.role), entry, partial(ask_about_late, tx, office, review, rung.rung))


async def _repeat(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    repeat = _there(await load_repeat(tx.connection, waiting.id))
    action = _there(await lock_action(tx.connection, repeat.found_action_id))
    tell = partial(tell_found_again, tx, office, action, repeat.id, repeat.closed_ref, repeat.theme)
    return About(who_decides_on_repeat(action), _of_action(waiting, action), tell)


async def _undelivered(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    mail = await mail_of(tx.connection, waiting.id)
    entry = Entry(_says(waiting), waiting.kind, waiting.id, mail.action_id, mail.location_id)
    may = await who_is_asked(tx, office, mail)
    return About(may, entry, partial(tell_undelivered, tx, office, mail, waiting.id))


async def _small_home(tx: Transaction, office: Office, waiting: WaitingQuestion) -> About:
    home = _there(await load_small_home(tx.connection, waiting.id))
    may = await who_confirms(tx, office, home.location_id, home.recorded_by)
    entry = Entry(_says(waiting), waiting.kind, waiting.id, None, home.location_id)
    return About(may, entry, partial(ask_to_confirm, tx, office, home))


_ABOUT: dict[Question, Callable[[Transaction, Office, WaitingQuestion], Awaitable[About]]] = {
    Question.ESCALATION: _escalation,
    Question.EXTENSION: _extension,
    Question.BARRIER: _barrier,
    Question.LATE_REVIEW: _late_review,
    Question.REPEAT: _repeat,
    Question.UNDELIVERED: _undelivered,
    Question.SMALL_HOME: _small_home,
}


async def _late(tx: Transaction, action_id: UUID, step_id: UUID) -> tuple[ActionFacts, StepFacts]:
    return _there(await lock_action(tx.connection, action_id)), _there(await load_step(tx.connection, step_id))


def _says(waiting: WaitingQuestion) -> str:
    return f"{waiting.kind} asked of somebody else"


def _of_action(waiting: WaitingQuestion, action: ActionFacts, **words: str) -> Entry:
    return Entry(_says(waiting), waiting.kind, waiting.id, action.id, action.location_id, words)


def _there(found: T | None) -> T:
    """What a question names is there as long as the question is."""
    assert found is not None
    return found
