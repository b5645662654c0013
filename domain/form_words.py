"""What evidence forms say of a field that needs another look, and how stored answers of every version are told."""

from datetime import date
from typing import Any

from domain.saying import say_date

DAY = "for example 24 11 2026."
_VIEWS = {
    "asked": "Give the number of {who} asked, 0 if none.",
    "improved": "Give the number of {who} who noticed improvement, 0 if none.",
    "no_change": "Give the number of {who} who saw no change, 0 if none.",
    "worse": "Give the number of {who} who found it worse, 0 if none.",
}
WORDS = {
    "statement": "Say in a sentence or two what was done and what changed.",
    "effective_on": f"Give the day it happened, {DAY}",
    "kind": "Choose what kind of evidence this is.",
    "category": "Choose the CQC evidence category.",
    "elsewhere.where": "Say which system or book it is recorded in.",
    "elsewhere.witness": "Say who saw it done.",
    "elsewhere.on": f"Give the day it was recorded, {DAY}",
    "briefing.who": "Say who attended, one name on each line.",
    "briefing.attended": "Give the number of people who attended, for example 11, or leave it empty.",
    "briefing.expected": "Give the number of people on the rota, for example 14, or leave it empty.",
    "briefing.questions": "Say what was asked. Write “none” if nothing was.",
    "briefing.further_guidance": "Name staff who need more guidance. Write “nobody” if nobody does.",
    **{f"views.people.{field}": words.format(who="people") for field, words in _VIEWS.items()},
    **{f"views.relatives.{field}": words.format(who="relatives") for field, words in _VIEWS.items()},
    "views.said": "Say what people told you.",
    "observation.where": "Say where it was seen, for example: dining room.",
    "observation.on": f"Give the day it was seen, {DAY}",
    "observation.seen": "Say what was seen.",
    "observation.by": "Say who saw it.",
    "data.what": "Say what was measured, for example: falls.",
    "data.starts_on": f"Give the first day, {DAY}",
    "data.ends_on": f"Give the last day, {DAY}",
    "data.value": "Give the figure, for example 92.",
    "data.unit": "Say what it counts, for example % or falls.",
    "data.source": "Say where the figure comes from.",
    "policy.title": "Give the title of the policy.",
    "policy.version": "Give its version, for example 4.",
    "policy.in_force_from": f"Give the day it came into force, {DAY}",
    "competency.who": "Say who was checked. Staff names only.",
    "competency.result": "Choose what the check found.",
}
ASK_FIRST = {
    "briefing": "briefing.who",
    "views": "views.people.asked",
    "observation": "observation.where",
    "data": "data.what",
    "policy": "policy.title",
    "competency": "competency.who",
    "elsewhere": "elsewhere.where",
}
"""The first field of each group of facts: where somebody is sent who left the whole group out."""
NOBODY_ASKED = "Nobody has been asked yet. Ask first, or go back and say what is in the way."


def said_of(details: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Stored facts, label by label, of any version of the form."""
    return [pair for group, facts in (details or {}).items() if group in _TOLD for pair in _TOLD[group](facts)]


def _briefing(facts: dict[str, Any]) -> list[tuple[str, str]]:
    of = f" of {facts['expected']} expected" if facts.get("expected") else ""
    names = ", ".join(facts.get("who", "").splitlines())
    return [
        ("Attended", f"{facts['attended']}{of}" + (f": {names}" if names else "")),
        ("Asked", facts["questions"]),
        ("More guidance", facts["further_guidance"]),
    ]


def _views(facts: dict[str, Any]) -> list[tuple[str, str]]:
    if "people_asked" in facts:  # version 1 counted the views of both together
        told = f"{facts['improved']} noticed improvement, {facts['no_change']} no change, {facts['worse']} worse"
        asked = f"{facts['people_asked']} people and {facts['relatives_asked']} relatives asked"
        return [("Views", f"{asked}: {told}"), ("They said", facts["said"])]
    groups = [("People", facts["people"]), ("Relatives", facts["relatives"])]
    return [*((who, _group(group)) for who, group in groups if group["asked"]), ("They said", facts["said"])]


def _group(group: dict[str, int]) -> str:
    silent = group["asked"] - group["improved"] - group["no_change"] - group["worse"]
    told = f"{group['improved']} noticed improvement, {group['no_change']} no change, {group['worse']} worse"
    return f"{group['asked']} asked: {told}" + (f", {silent} did not say" if silent else "")


def _day(stated: str) -> str:
    return say_date(date.fromisoformat(stated))


def _observation(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Seen", f"{facts['seen']} ({facts['where']}, {_day(facts['on'])}, by {facts['by']})")]


def _data(facts: dict[str, Any]) -> list[tuple[str, str]]:
    days = f"{_day(facts['starts_on'])} to {_day(facts['ends_on'])}"
    return [("Data", f"{facts['what']}: {facts['value']} {facts['unit']}, {days}"), ("Source", facts["source"])]


def _policy(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Policy", f"{facts['title']}, version {facts['version']}, in force from {_day(facts['in_force_from'])}")]


def _competency(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Competency", f"{', '.join(facts['who'].splitlines())}: {facts['result']}")]


def _elsewhere(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Recorded in", f"{facts['where']}, seen by {facts['witness']}, {_day(facts['on'])}")]


_TOLD = {
    "briefing": _briefing,
    "views": _views,
    "observation": _observation,
    "data": _data,
    "policy": _policy,
    "competency": _competency,
    "elsewhere": _elsewhere,
}
