"""One question of each kind that waits for a manager: how it comes about, where it stands, and how it is answered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from commands.absences import Away, record_absence
from commands.answer_escalation import answer
from commands.ask import ask_for_time, decide_time, help_with_barrier, tell_barrier
from commands.escalate import fire_rung
from commands.repeats import decide_on_repeat
from commands.review_answers import answer_for_late
from commands.small_home import decide, record_small_home
from commands.undelivered import ask_about_dead_mail, told_otherwise
from domain.covering import Question
from domain.escalating import EscalationAnswer
from domain.more_time import TimeAnswer
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, open_step, signed_in
from tests.commands.test_re_audits import CLOSED, a_closed_action
from tests.commands.test_reviews import WEDNESDAY, climb, opened
from tests.commands.test_undelivered import refuse
from tests.commands.watching import rows

LATE = datetime(2026, 11, 19, 9, tzinfo=UTC)
"""Three working days after the action's date, so that its second rung is due."""
AFTERWARDS = CLOSED + timedelta(days=30)
RISK = ("Two people are still losing weight slowly.", "The nurse on shift checks food charts twice a day.")
LATER = LATE + timedelta(days=7)
DUE = AFTERWARDS + timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a kind is kept, which mail asks for it, and when all of it happens."""

    table: str
    mail: str
    now: datetime
    answered: str = "answered"
    asked: str = "asked"


KEPT = {
    Question.ESCALATION: Kept("escalation", "escalation", LATE),
    Question.EXTENSION: Kept("extension", "more time asked", LATE, "decided", "decider"),
    Question.BARRIER: Kept("barrier", "a barrier", LATE),
    Question.LATE_REVIEW: Kept("review_rung", "review escalated", WEDNESDAY),
    Question.REPEAT: Kept("repeat_finding", "found again", AFTERWARDS, "decided"),
    Question.UNDELIVERED: Kept("undelivered", "undelivered", AFTERWARDS, "settled"),
    Question.SMALL_HOME: Kept("small_home", "small home asked", AFTERWARDS, "decided"),
}
KINDS = sorted(Question)


async def waits(cast: Cast, kind: Question) -> UUID:
    """Something of this kind that waits for whoever decides; the key that its page has."""
    if kind is Question.LATE_REVIEW:
        review = await opened(cast, actions=1)
        await climb(cast, review, WEDNESDAY)
        return review
    if kind in (Question.ESCALATION, Question.EXTENSION, Question.BARRIER):
        await _of_a_step(cast, kind)
    elif kind is Question.REPEAT:
        await a_closed_action(cast)
        await a_care_plan_action(cast, AFTERWARDS, due_at=DUE)
    elif kind is Question.UNDELIVERED:
        await a_care_plan_action(cast, AFTERWARDS, due_at=DUE)
        await refuse(cast, "assignment")
        await ask_about_dead_mail(cast.office, AFTERWARDS)
    else:
        until, manager = AFTERWARDS.date() + timedelta(days=90), signed_in(cast.manager)
        await record_small_home(cast.office, manager, cast.location, uuid4(), "Two of us work here.", until, AFTERWARDS)
    return (await stands(cast, kind)).id


async def _of_a_step(cast: Cast, kind: Question) -> None:
    """A step that Oona has, which is late, or for which she asks."""
    office, action = cast.office, (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    step = await open_step(cast, action, "care-plans")
    if kind is Question.ESCALATION:
        await fire_rung(office, action, step, 2, LATE)
    elif kind is Question.EXTENSION:
        await ask_for_time(office, await by_link(cast, step), step, uuid4(), "Two people are in hospital.", LATER, LATE)
    else:
        await tell_barrier(office, await by_link(cast, step), step, uuid4(), "There are no scales.", LATE)


async def stands(cast: Cast, kind: Question) -> Any:
    """The one question of this kind: who is asked and for whom, who answered and for whom."""
    kept = KEPT[kind]
    columns = f"{kept.asked}_id AS asked, {kept.asked}_for_id AS for_id"
    columns += f", {kept.answered}_by AS by, {kept.answered}_for_id AS by_for"
    must = "WHERE must_answer" if kind in (Question.ESCALATION, Question.LATE_REVIEW) else ""
    [row] = await rows(cast, f"SELECT id, {columns} FROM {kept.table} {must}")
    return row


async def is_asked(cast: Cast, kind: Question) -> tuple[UUID | None, UUID | None]:
    """Who is asked, and for whom."""
    row = await stands(cast, kind)
    return row.asked, row.for_id


async def has_answered(cast: Cast, kind: Question) -> tuple[UUID | None, UUID | None]:
    """Who has answered, and for whom."""
    row = await stands(cast, kind)
    return row.by, row.by_for


async def answers(cast: Cast, kind: Question, key: UUID, person: UUID) -> None:
    """Somebody answers it, in a way that counts."""
    office, actor, now = cast.office, signed_in(person), KEPT[kind].now
    if kind is Question.ESCALATION:
        await answer(office, actor, key, EscalationAnswer(*RISK, "revised date", LATER), now)
    elif kind is Question.EXTENSION:
        await decide_time(office, actor, key, TimeAnswer(True, "They are in hospital.", *RISK, LATER), now)
    elif kind is Question.BARRIER:
        await help_with_barrier(office, actor, key, "Scales are on their way.", now)
    elif kind is Question.LATE_REVIEW:
        await answer_for_late(office, actor, key, "The nurse in charge looks at them with Tam today.", None, now)
    elif kind is Question.REPEAT:
        await decide_on_repeat(office, actor, key, False, "Another unit, another cause.", now)
    elif kind is Question.UNDELIVERED:
        await told_otherwise(office, actor, key, "By telephone this morning.", now)
    else:
        await decide(office, actor, key, True, "", now)


def asked_first(cast: Cast, kind: Question) -> UUID:
    return cast.nominated if kind is Question.SMALL_HOME else cast.manager


async def away(cast: Cast, person: UUID, cover: UUID, now: datetime, in_days: int = 0) -> UUID:
    """Somebody is away for a week, from that day or some days later."""
    first = now.date() + timedelta(days=in_days)
    days = Away(first, first + timedelta(days=7), cover)
    return await record_absence(cast.office, signed_in(person), person, days, uuid4(), now)
