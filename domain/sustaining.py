"""Sustain: re-audits after closure, and what opens an action again.

A failed re-audit, one that nobody did before its ladder ran out, or the same theme found again at
the same location within twelve months of closure: each says that the improvement did not hold.
"""

from datetime import datetime, timedelta

from domain.deadlines import Calendar, due_after, late_after
from domain.journal import Journal, Step
from domain.ladder import rung_times, unfired
from domain.spans import Span
from domain.vocabulary import ReAuditStatus

REPEAT_WITHIN = timedelta(days=365)


def planned_times(journal: Journal, closed_at: datetime) -> tuple[datetime, ...]:
    """When the re-audits of this cycle are asked for, by the action's risk."""
    spans: tuple[Span, ...] = journal.pathway.re_audits.after.get(journal.risk, ())
    return tuple(due_after(closed_at, span, journal.calendar) for span in spans)


def is_sustained(journal: Journal) -> bool:
    """Every re-audit of the present cycle has passed, and there was at least one."""
    planned = [audit for audit in journal.re_audits if audit.cycle == journal.cycle]
    return bool(planned) and all(audit.status is ReAuditStatus.PASSED for audit in planned)


def missed_at(step: Step, journal: Journal) -> datetime | None:
    """When an open re-audit counts as missed; None as long as its ladder has rungs to climb.

    From the last rung's firing, or from a date revised since, whichever is later: whoever was asked
    last always has the pathway's time to act.
    """
    if unfired(step, journal):
        return None
    fired = [escalation.fired_at for escalation in journal.escalations if escalation.step_id == step.id]
    ladder_ends = rung_times(step, journal.pathway.ladders[journal.risk], journal.calendar)[-1]
    return late_after(max([ladder_ends, *fired]), journal.pathway.re_audits.missed_after, journal.calendar)


def is_repeat(closed_at: datetime, found_at: datetime, calendar: Calendar) -> bool:
    """Whether a finding comes soon enough after a closure to say that it did not hold: within twelve months."""
    return closed_at <= found_at and calendar.day_of(found_at) <= calendar.day_of(closed_at) + REPEAT_WITHIN
