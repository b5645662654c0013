"""The escalation ladder: which rungs of an overdue step are due, and when the next one is.

Lateness counts from when the step was due, but never from before it was opened: nobody can
answer what has not been asked. A revised date moves the rungs that have not fired; one that
has fired never fires again for that step.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.deadlines import Calendar, late_after
from domain.evidencing import needs_answer
from domain.journal import Escalation, Journal, Step
from domain.pathways import Rung


@dataclass(frozen=True, slots=True)
class RungDue:
    """A rung whose time has come. `rung` counts from 1; `due_at` is when it should fire."""

    step_id: UUID
    rung: int
    due_at: datetime


def rung_times(step: Step, ladder: tuple[Rung, ...], calendar: Calendar) -> tuple[datetime, ...]:
    """When each rung fires if nobody answers, lowest first."""
    late_from = max(step.due_at, step.opened_at)
    return tuple(late_after(late_from, rung.after, calendar) for rung in ladder)


def unfired(step: Step, journal: Journal) -> tuple[RungDue, ...]:
    """The rungs of an open step that have not fired yet, in the order they will.

    An optional step has none: nobody has to answer for what nobody had to do.
    """
    if not needs_answer(journal, step):
        return ()
    ladder = journal.pathway.ladders[journal.risk]
    fired = {escalation.rung for escalation in journal.escalations if escalation.step_id == step.id}
    reached = max(fired, default=0)
    times = enumerate(rung_times(step, ladder, journal.calendar), start=1)
    return tuple(RungDue(step.id, rung, at) for rung, at in times if rung > reached)


def rungs_due(journal: Journal, now: datetime) -> tuple[RungDue, ...]:
    """Every rung whose time has come, earliest first, lower rungs before higher ones."""
    due = [rung for step in journal.open_steps for rung in unfired(step, journal) if rung.due_at <= now]
    return tuple(sorted(due, key=lambda rung: (rung.due_at, rung.rung, rung.step_id)))


def next_rung_at(journal: Journal, now: datetime) -> datetime | None:
    """When the next rung fires if nobody answers before; None when no ladder is left to climb."""
    times = [rung.due_at for step in journal.open_steps for rung in unfired(step, journal) if rung.due_at > now]
    return min(times, default=None)


def unanswered(journal: Journal) -> tuple[Escalation, ...]:
    """Escalations that somebody must still answer."""
    return tuple(escalation for escalation in journal.escalations if escalation.is_unanswered)
