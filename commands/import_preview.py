"""What importing a tracker would do, row by row, before anything happens."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.import_people import expected, load_around, new_places, people_notes
from commands.imported_rows import Around, definition_of, doubts_of, remarks_on, title_of
from commands.office import Office, utc_now
from db.imports import KnownRow, known_rows
from domain.actors import OPERATOR, Actor
from trackers import Tracker, TrackerRow

HISTORY = "Closed in your tracker. Kept as history, with every cell."
BEFORE = "It was imported before."
NOT_YOURS = "You may not define actions where this row belongs. Ask somebody who may to import it."


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What will happen to one row. `becomes` is action, draft, history or nothing; `action` a reference."""

    number: int
    outcome: str
    becomes: str
    reasons: tuple[str, ...]
    action: str
    title: str
    sheet: str = ""

    def to_json(self) -> dict[str, Any]:
        """As programs read it; `action` is null for a row that is none."""
        becomes = {"ref": self.action or None, "becomes": self.becomes, "title": self.title, "sheet": self.sheet}
        return {
            "row": self.number,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "action": None if self.outcome == "ignored" else becomes,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What will happen, row by row; nothing has. `notes` are about the file as a whole.

    Of an import that was made, `batch_id` is where its rows are kept.
    """

    rows: tuple[PreviewRow, ...]
    notes: tuple[str, ...] = ()
    batch_id: UUID | None = None

    @property
    def took_rows(self) -> bool:
        """Whether any row is new: only then does an import keep rows of its own."""
        return any(row.becomes != "nothing" for row in self.rows)

    @property
    def summary(self) -> dict[str, int]:
        """How many rows of each outcome, and what they become."""
        outcomes = Counter(row.outcome for row in self.rows)
        becomes = Counter(row.becomes for row in self.rows)
        return {
            **{word: outcomes[word] for word in ("new", "exists", "attention", "ignored")},
            "actions": becomes["action"],
            "drafts": becomes["draft"],
            "history": becomes["history"],
        }


async def preview(
    office: Office,
    tracker: Tracker,
    *,
    actor: Actor = OPERATOR,
    with_people: bool = True,
    now: datetime | None = None,
) -> Preview:
    """Say row by row what importing would do, and change nothing."""
    day = office.calendar.day_of(now or utc_now())
    async with office.engine.connect() as connection:
        around = await load_around(connection, actor, day)
        known = await known_rows(connection, (row.fingerprint for row in tracker.rows))
    notes = (*tracker.notes, *_place_notes(new_places(around, tracker, with_people=with_people)))
    notes += people_notes(tracker) if with_people else ()
    around = expected(around, tracker, day, with_people=with_people)
    # Thousands of rows take a second: not while the pages of others wait.
    return Preview(await asyncio.to_thread(_all_previewed, tracker, known, around, office), notes)


def _all_previewed(
    tracker: Tracker, known: Mapping[bytes, KnownRow], around: Around, office: Office
) -> tuple[PreviewRow, ...]:
    return tuple(_previewed(row, known.get(row.fingerprint), around, office) for row in tracker.rows)


def _place_notes(names: Sequence[str]) -> tuple[str, ...]:
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return (f"These locations are new and will be made: {shown}.",) if names else ()


def _previewed(row: TrackerRow, known: KnownRow | None, around: Around, office: Office) -> PreviewRow:
    def becomes(outcome: str, what: str, reasons: tuple[str, ...], ref: str = "") -> PreviewRow:
        return PreviewRow(row.number, outcome, what, reasons, ref, title_of(row), row.sheet)

    if row.ignored is not None:
        return becomes("ignored", "nothing", (row.ignored,))
    if known is not None:
        return becomes("exists", "nothing", _since(row, known), known.ref or "")
    if around.is_closed_to_actor(row):
        return becomes("ignored", "nothing", (NOT_YOURS,))
    definition = definition_of(row, around, office)
    doubts = doubts_of(row, definition)
    outcome = "attention" if row.codes else "new"
    if doubts:
        return becomes(outcome, "draft", doubts)
    if row.closed:
        return becomes(outcome, "history", (HISTORY,))
    return becomes(outcome, "action", remarks_on(row, definition))


def _since(row: TrackerRow, known: KnownRow) -> tuple[str, ...]:
    now, then = row.cells, known.cells
    changed = [heading for heading in {**now, **then} if now.get(heading, "") != then.get(heading, "")]
    if not changed:
        return (BEFORE,)
    return (BEFORE, f"Your tracker has changed since: {', '.join(changed)}. Nothing is changed here.")
