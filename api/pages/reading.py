"""Reading forms: what was typed, dates in three fields, and the key that makes sending twice harmless."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from db.ids import new_id
from domain.deadlines import Calendar

MOST_FIELDS = 2000
LARGEST_FIELD = 200_000


async def read_form(request: Request) -> FormData:
    """The form, within limits: a part larger than a person types is refused by the parser."""
    return await request.form(max_files=12, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)


def typed_in(form: FormData) -> dict[str, str]:
    """The words of a form, without control characters that no database or mail could carry."""
    return {name: value.replace("\x00", "").strip() for name, value in form.multi_items() if isinstance(value, str)}


def files_in(form: FormData) -> list[UploadFile]:
    """The files of a form; an empty file field sends one without a name."""
    return [value for _, value in form.multi_items() if isinstance(value, UploadFile) and value.filename]


def request_id_of(typed: dict[str, str]) -> UUID:
    """The key of this form; a form without a right one counts as new."""
    try:
        return UUID(typed.get("request_id", ""))
    except ValueError:
        return new_id()


def date_in(typed: dict[str, str], field: str) -> str | None:
    """A date from its three fields as ISO text, None if empty; what is no date stays text for the rules to refuse."""
    parts = [typed.get(f"{field}-{part}", "") for part in ("year", "month", "day")]
    if not any(parts):
        return None
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        return "-".join(parts)


def day_in(typed: dict[str, str], field: str) -> date | None:
    """The day that was given; None where none or no real day was."""
    try:
        return date.fromisoformat(date_in(typed, field) or "")
    except ValueError:
        return None


def due_in(typed: dict[str, str], field: str, calendar: Calendar) -> datetime | None:
    """The end of the day that was given; None where none or no real day was."""
    stated = date_in(typed, field)
    try:
        return calendar.end_of(date.fromisoformat(stated)) if stated else None
    except (ValueError, OverflowError):
        return None


def date_fields(field: str, day: date | datetime | None) -> dict[str, str]:
    """The three fields of a date that is known."""
    if day is None:
        return {}
    if isinstance(day, datetime):
        day = day.astimezone(UTC).date()
    return {f"{field}-day": str(day.day), f"{field}-month": str(day.month), f"{field}-year": str(day.year)}


def nested(typed: dict[str, str], group: str) -> dict[str, Any]:
    """Fields named “group.name”, or “group.part.name”, as mappings; what nobody filled in is left out."""
    found: dict[str, Any] = {}
    for name, value in typed.items():
        first, *parts = name.split(".")
        if first != group or not parts or not value or name.endswith(("-day", "-month", "-year")):
            continue
        inner = found
        for part in parts[:-1]:
            inner = inner.setdefault(part, {})
        inner[parts[-1]] = value
    return found


def dates_in(typed: dict[str, str], group: str) -> dict[str, str]:
    """The dates of a group of fields, by their names in it."""
    named = {name.removesuffix("-day") for name in typed if name.startswith(f"{group}.") and name.endswith("-day")}
    return {name.partition(".")[2]: day for name in named if (day := date_in(typed, name)) is not None}


def returned_in(form: FormData) -> dict[str, str]:
    """Which evidence is sent back, and why: what was ticked, and what a reason was written for."""
    typed = typed_in(form)
    written = {name.removeprefix("why-"): words for name, words in typed.items() if name.startswith("why-") and words}
    return {str(key): "" for key in form.getlist("returned")} | written


def uuid_in(stated: str | None) -> UUID | None:
    """A key from a form; None for what is none."""
    try:
        return UUID(stated or "")
    except ValueError:
        return None


def hash_in(stated: str | None) -> bytes | None:
    """The hash of what a page showed; what is none is the hash of nothing we ever showed."""
    if stated is None:
        return None
    try:
        return bytes.fromhex(stated)
    except ValueError:
        return b""
