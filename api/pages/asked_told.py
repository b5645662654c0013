"""Who was asked and who answered, for whom: step by step, as the record has it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from db.dossier import Dossier
from domain.deadlines import Calendar
from domain.pathways import OWNER
from domain.saying import say_date
from domain.vocabulary import Form

PEOPLE_IN_WORDS = ("asked", "for", "from", "to", "owner")


def asked_lines(dossier: Dossier, calendar: Calendar) -> list[dict[str, Any]]:
    """One line for each step, newest first: what, who was asked for whom, and who answered what."""
    turns = turns_of(dossier.steps)
    return [_line(step, turns[step.id], calendar) for step in reversed(dossier.steps)]


def turns_of(steps: Iterable[Any]) -> dict[UUID, int]:
    """For the how-manieth time each step was asked in its cycle, by its key.

    An approval that was never asked before has the round of the evidence that it judges, which may be the second.
    """
    asked, turns = Counter[tuple[int, str]](), dict[UUID, int]()
    for step in steps:
        asked[step.cycle, step.key] += 1
        turns[step.id] = asked[step.cycle, step.key]
    return turns


def _line(step: Any, turn: int, calendar: Calendar) -> dict[str, Any]:
    again = f", round {turn}" if turn > 1 else ""
    return {
        "step": f"{step.title}{again}" + (f", cycle {step.cycle}" if step.cycle > 1 else ""),
        "opened": say_date(calendar.day_of(step.opened_at)),
        "asked": _asked(step),
        "answered": _answered(step, calendar),
        "is_open": step.status == "open",
    }


def _asked(step: Any) -> str:
    if step.person is None:
        return waits_words(step)
    if step.covering is None:
        return step.person
    until = f" (away until {say_date(step.away_until)})" if step.away_until else " (away)"
    return f"{step.person}, for {step.covering}{until}"


def waits_words(step: Any) -> str:
    """Why nobody has a step, and what it waits for."""
    if step.status != "open":
        return "Nobody"
    if step.role == OWNER and step.form != Form.ACCEPTANCE:
        return "Nobody yet: it goes to the owner once they accept"
    return f"Nobody yet: it waits for somebody who is {step.role}"


def _answered(step: Any, calendar: Calendar) -> str:
    if step.status == "open":
        return "Not yet"
    day = say_date(calendar.day_of(step.settled_at))
    if step.status == "void":
        return f"Not asked any more since {day}"
    return f"{step.settled_by_name or 'Followthrough'}, {day}: {step.outcome}"


def named(words: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The words of a trail entry with people’s names where it has their keys."""
    return {
        name: names.get(value, "somebody") if name in PEOPLE_IN_WORDS and _is_key(value) else value
        for name, value in words.items()
    }


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


def asked_words(words: dict[str, Any]) -> str:
    """Asked Tam, for Oona: “care plans”, round 2."""
    again = f", round {words['round']}" if words.get("round", 1) > 1 else ""
    step = f"“{words['step']}”{again}"
    if words.get("asked") is None:
        return f"Nobody could be asked for {step} yet"
    covered = f", for {words['for']}" if words.get("for") else ""
    return f"Asked {words['asked']}{covered}: {step}"
