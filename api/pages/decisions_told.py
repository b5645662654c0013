"""What a decider's page says before its form: the facts in sentences, and how it ended where it has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.deadlines import Calendar
from domain.escalating import Decision, Overtaken
from domain.rolling import rolling
from domain.saying import say_count, say_date, say_due, say_late
from domain.vocabulary import Form

ENDED = {
    Overtaken.ANSWERED_HIGHER: "Somebody higher up answered on {day}, so nothing is asked of you here any more.",
    Overtaken.STEP_ANSWERED: "The step was answered on {day}, so nothing is asked of you here any more."
    " The record keeps that this escalation had no answer of its own.",
    Overtaken.STEP_NOT_ASKED: "The step is not asked of anybody any more since {day}, so there is nothing to decide.",
}


def facts_of(kind: str, row: Any, dates: Sequence[Any], earlier: int, now: datetime, calendar: Calendar) -> list[str]:
    """The sentences a person decides on: what is asked of them first, where somebody asks."""
    own = kind in ("owner", "support")
    standing = _asked(row, now, calendar) if own else _standing(row, now, calendar)
    facts = [*_said(kind, row, calendar), standing, *(_dates(row, dates, calendar) if dates or not own else [])]
    facts.append(f"What was found: {row.why}")
    if kind == "extension" and row.answered_at is None:
        facts.append(_before_deciding(row, earlier, calendar))
    if row.asked_for and row.answered_at is None:
        facts.append(f"{row.asked_name} is asked, and covers for {row.asked_for}.")
    return facts


def _said(kind: str, row: Any, calendar: Calendar) -> list[str]:
    """What somebody asks for, or says is in the way, or why they declined."""
    if kind == "extension":
        until = "until" if row.form == Form.ACCEPTANCE else "for"
        return [f"{row.asker} asks {until} {say_due(row.wanted_due_at, calendar)}: {row.reason}"]
    if kind in ("barrier", "support"):
        return [f"{row.asker} says: {row.barrier}"]
    if kind != "owner" or not row.declined:
        return []
    belongs = [f"They think that it may belong to {row.suggestion}."] if row.suggestion else []
    return [f"{row.declined_by} declined: {row.declined}", *belongs]


def warning_of(kind: str, dates: Sequence[Any]) -> str | None:
    """What should make a decider stop: a date that was moved twice or more."""
    return rolling(len(dates)) if kind in ("escalation", "extension") else None


def settled_words(kind: str, row: Any, calendar: Calendar) -> str | None:
    """How it ended; None while it waits."""
    if row.answered_at is None:
        return _not_needed(kind, row)
    day = say_date(calendar.day_of(row.answered_at))
    if kind != "escalation":
        granted = _granted(row, calendar) if kind == "extension" else ""
        return f"Answered by {by_whom(row)} on {day}: {granted}{row.answer}"
    if row.answer_kind == Decision.OVERTAKEN:
        return ENDED[Overtaken(row.overtaken_because)].format(day=day)
    return f"Answered by {by_whom(row)} on {day}. {answer_words(row, calendar)}"


def _granted(row: Any, calendar: Calendar) -> str:
    if not row.granted:
        return "not granted. "
    until = f" until {say_due(row.revised_due_at, calendar)}" if row.revised_due_at else ""
    return f"granted{until}. "


def by_whom(row: Any) -> str:
    """Who answered, and for whom where that was somebody else's to answer."""
    return f"{row.answered_by}, for {row.answered_for}," if row.answered_for else str(row.answered_by)


def answer_words(row: Any, calendar: Calendar) -> str:
    """An escalation's answer: the risk, what controls it, and what was decided."""
    decided = {
        Decision.SUPPORT_GIVEN: f"Support given: {row.support}",
        Decision.REASSIGNED: f"Given to {row.given_to}.",
    }.get(row.answer_kind, "")
    revised = f"Revised date: {say_due(row.revised_due_at, calendar)}." if row.revised_due_at else ""
    said = f"Risk now: {row.risk_now} Control until then: {row.interim_control}"
    return " ".join(part for part in (said, decided, revised) if part)


def _not_needed(kind: str, row: Any) -> str | None:
    if kind in ("extension", "barrier", "support") and row.step_status != "open":
        return "The step has been answered or ended since, so there is nothing to decide."
    return None


def _standing(row: Any, now: datetime, calendar: Calendar) -> str:
    late = f"It is {say_late(row.due_at, now, calendar)} late: due" if row.due_at < now else "It is due"
    return f"“{row.step_title}” is with {row.person or 'nobody'}. {late} {say_due(row.due_at, calendar)}."


def _asked(row: Any, now: datetime, calendar: Calendar) -> str:
    """When the answer itself is due, where it is the step: whoever reads it has not to be told whose it is."""
    late = f"{say_late(row.due_at, now, calendar)} late: it was due" if row.due_at < now else "due"
    return f"The answer is {late} {say_due(row.due_at, calendar)}."


def _dates(row: Any, dates: Sequence[Any], calendar: Calendar) -> list[str]:
    if not dates:
        original = say_date(calendar.day_of(row.original_due_at))
        return [f"Original date {original}. It has not been moved."] if row.answered_at is None else []
    given = ", then ".join(f"{say_date(calendar.day_of(date.due))} ({date.how})" for date in dates)
    return [f"Original date {say_date(calendar.day_of(row.original_due_at))}, then {given}."]


def _before_deciding(row: Any, earlier: int, calendar: Calendar) -> str:
    before = f"{say_count(earlier, 'earlier request')} for this step" if earlier else "No earlier request"
    return f"{before}. {_what_moves(row, calendar)} {_action_date(row, calendar)}".strip()


def _what_moves(row: Any, calendar: Calendar) -> str:
    """What a later date moves beside the step itself."""
    if row.action_due_at is None:
        return ""
    due = say_date(calendar.day_of(row.action_due_at))
    if row.form == Form.ACCEPTANCE:
        return f"This is the day to say yes or no by. The action itself stays due {due}, unless you name a later day."
    return f"The action itself is due {due}. A later day than that moves it too."


def _action_date(row: Any, calendar: Calendar) -> str:
    if row.action_original_due_at is None:
        return ""
    original = say_date(calendar.day_of(row.action_original_due_at))
    return f"“On time” is measured against the action’s original date, {original}."
