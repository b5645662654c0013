"""A form filled in with what was typed before, so that what was taken back need not be typed again."""

from datetime import date
from typing import Any

from api.pages.reading import date_fields
from domain.evidence_kinds import GROUPS

# The list of names counts itself: an old number beside a corrected list would only contradict it.
_COUNTED = "briefing.attended"


def typed_again(answer: dict[str, Any]) -> dict[str, str]:
    """The fields of the evidence form that say what this answer said; its files have to be added again."""
    fields = {name: str(answer[name]) for name in ("statement", "kind", "category") if answer.get(name)}
    fields |= _day("effective_on", answer.get("effective_on"))
    for group in GROUPS:
        fields |= _group(group, answer.get(group) or {})
    return fields


def _group(path: str, facts: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in facts.items():
        field = f"{path}.{name}"
        if isinstance(value, dict):
            fields |= _group(field, value)
        elif _is_day(path, name):
            fields |= _day(field, value)
        elif field != _COUNTED:
            fields[field] = str(value)
    return fields


def _is_day(group: str, name: str) -> bool:
    known = GROUPS[group].model_fields.get(name) if group in GROUPS else None
    return known is not None and known.annotation is date


def _day(field: str, stated: str | None) -> dict[str, str]:
    return date_fields(field, date.fromisoformat(stated)) if stated else {}
