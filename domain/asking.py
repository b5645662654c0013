"""Asking: the steps that a control wants open, unless this round of them has been opened already."""

from datetime import datetime

from domain.deadlines import due_after
from domain.evidencing import ready, title_of
from domain.journal import Journal, Step
from domain.pathways import EvidenceStep
from domain.plans import StepToOpen
from domain.spans import Span
from domain.vocabulary import Control, Form


def to_ask(
    journal: Journal,
    now: datetime,
    key: str,
    turn: int,
    control: Control,
    form: Form,
    title: str,
    who: str,
    due: Span,
) -> tuple[StepToOpen, ...]:
    """The step, unless this round of it has been opened already."""
    latest = journal.latest(key)
    if latest is not None and latest.round >= turn:
        return ()
    return (StepToOpen(key, turn, control, form, title, who, due_after(now, due, journal.calendar)),)


def offered(journal: Journal, now: datetime) -> tuple[StepToOpen, ...]:
    """The evidence that can be sent now and has not been asked for."""
    return tuple(step for spec in ready(journal) for step in evidence_to_ask(journal, now, spec))


def evidence_to_ask(journal: Journal, now: datetime, spec: EvidenceStep) -> tuple[StepToOpen, ...]:
    latest = journal.latest(spec.key)
    if latest is not None and latest.is_open:
        return ()
    turn = next_round(latest)
    due = _evidence_due(journal, now, spec, turn)
    return (StepToOpen(spec.key, turn, Control.EVIDENCE, spec.form, title_of(journal, spec), spec.who, due),)


def _evidence_due(journal: Journal, now: datetime, spec: EvidenceStep, turn: int) -> datetime:
    """The step's own time, else the action's due date; what was sent back has at least the pathway's time for that."""
    if turn > 1:
        again = due_after(now, journal.pathway.return_within, journal.calendar)
        return max(again, journal.due_at or again)
    if spec.due is not None or journal.due_at is None:
        return due_after(now, spec.due or journal.pathway.return_within, journal.calendar)
    return journal.due_at


def next_round(step: Step | None) -> int:
    return 1 if step is None else step.round + (not step.is_open)
