"""The history of an action: each entry of its trail as a sentence."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from api.pages.asked_told import asked_words, named
from db.dossier import Dossier
from domain.covering import Question


def _covered(words: dict[str, Any]) -> str:
    return f", for {words['for']}" if words.get("for") else ""


def _asked_of(what: str, words: dict[str, Any]) -> str:
    return f"Asked {words['asked']}{_covered(words)} about {what}: “{words['step']}”"


def _repeat_decided(words: dict[str, Any]) -> str:
    decided = "it did not hold" if words["reopens"] else f"{words['found']} is another matter"
    return f"Decided{_covered(words)} that {decided}: {words['reason']}"


SAID: dict[str, Callable[[dict[str, Any]], str]] = {
    "status changed": lambda words: f"Status: {words['status'][0]} → {words['status'][1]}",
    "step opened": asked_words,
    "somebody found for a step": asked_words,
    "step handed to cover": asked_words,
    "owner changed": lambda words: (
        f"Another owner: {words['to']} instead of {words['from'] or 'nobody'}: {words['reasons']}"
    ),
    "owner gone": lambda words: f"Without an owner: {words['reasons']}",
    "step waits for somebody else": lambda words: f"“{words['step']}” waits: {words['reasons']}",
    "step given to somebody else": lambda words: f"Gave “{words['step']}” to {words['to']}: {words['reason']}",
    "escalated": lambda words: f"Escalated “{words['step']}”, rung {words['rung']}",
    "reviewed": lambda words: f"Weekly review, {words['said'] or 'note'}: {words['note']}",
    "barrier told": lambda words: f"Said what is in the way: {words['barrier']}",
    "escalation overtaken": lambda words: f"Escalation needs no answer any more: {words['because']}",
    "escalation answered": lambda words: (
        f"Answered the escalation of “{words['step']}”{_covered(words)}: {words['decision']}"
    ),
    f"{Question.ESCALATION} asked of somebody else": lambda words: _asked_of("the escalation", words),
    f"{Question.EXTENSION} asked of somebody else": lambda words: _asked_of("more time", words),
    f"{Question.BARRIER} asked of somebody else": lambda words: _asked_of("help", words),
    f"{Question.REPEAT} asked of somebody else": lambda words: (
        f"Asked {words['asked']}{_covered(words)} whether a closed action held"
    ),
    f"{Question.UNDELIVERED} asked of somebody else": lambda words: (
        f"Asked {words['asked']}{_covered(words)} to see to a refused mail"
    ),
    "undelivered mail settled": lambda words: f"Refused mail{_covered(words)}: {words['reasons'] or words['how']}",
    "repeat decided": _repeat_decided,
    "step settled: accepted": lambda _words: "Accepted the action",
    "step settled: declined": lambda words: f"Declined: {words['reasons']}",
    "step settled: needs support": lambda words: f"Needs support to take it on: {words['reasons']}",
    "step settled: supported": lambda words: f"Helped with what was in the way: {words['reasons']}",
    "step settled: submitted": lambda words: f"Sent evidence: {words['step']}",
    "step settled: passed": lambda _words: "The sample passed",
    "step settled: failed": lambda words: f"The sample did not pass: {words['reasons']}",
    "step settled: approved": lambda _words: "Approved",
    "step settled: rejected": lambda words: f"Sent back: {words['reasons']}",
    "evidence taken back": lambda words: f"Took back “{words['step']}”: {words['reasons']}",
    "sample set aside": lambda words: f"Drew another sample, since nothing could be judged: {words['reasons']}",
    "file added": lambda words: f"Added the file {words['file']}",
    "closed": lambda words: f"Closed: {words['rationale']}",
}


def step_titles(dossier: Dossier) -> dict[str, str]:
    """What each step is called, by its key."""
    return {step.key: step.title for step in dossier.steps}


def said(entry: Any, names: dict[str, str], titles: dict[str, str], turns: dict[UUID, int]) -> str:
    """One trail entry as a sentence, with the names of the people and the titles of the steps it speaks of.

    `turns` says for the how-manieth time each step was asked (`turns_of`).
    """
    words = named(entry.words or {}, names)
    if "round" in words:
        words["round"] = turns.get(entry.object_id, words["round"])
    if isinstance(words.get("step"), str):
        words["step"] = titles.get(words["step"]) or words["step"].replace("-", " ")
    try:
        known = SAID.get(entry.what)
        if known is not None:
            return known(words)
    except (KeyError, TypeError, IndexError):
        pass
    step = f" “{words['step']}”" if isinstance(words.get("step"), str) else ""
    reasons = f": {words['reasons']}" if words.get("reasons") else ""
    return f"{entry.what[:1].upper()}{entry.what[1:]}{step}{reasons}"
