"""Import: take in a provider's tracker, row by row, dropping nothing and doing nothing twice.

What becomes of a row:
- open, with an owner, a date and wording that can be measured → a defined action; its owner is asked. An
  owner who is not known here is chosen by the registered manager, as the process does wherever one lacks;
- open, with anything a person must look at first → a draft that says what and why;
- closed by the sheet, with nothing to look at → kept as history, every cell; it is not a closure in
  our sense, since nobody here saw the evidence, so it counts in no figure;
- closed by the sheet, but without evidence, sign-off or sense → a draft, so that somebody decides.

Owners are mailed at once, each with a link of their own. Whoever completes drafts or chooses owners gets one mail
for all of them when the import has ended.

A date that was revised is kept: “on time” is measured against the first one. An overdue row stays as overdue
as it is; its ladder counts from when its owner was first asked here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.define import define_in
from commands.import_people import make_people
from commands.import_preview import Preview, PreviewRow, preview
from commands.import_telling import keep_for_later, tell_what_waits
from commands.imported_rows import Around, definition_of, doubts_of
from commands.office import Office
from commands.pathways import latest_version
from db.ids import new_id
from db.imports import claim_rows, finish_batch, insert_batch, keep_first_due, row_became, set_progress
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from trackers import Tracker, TrackerRow

AT_ONCE = 200
Told = Callable[[int, int], None]
__all__ = ["Preview", "PreviewRow", "import_rows", "preview"]


@dataclass(slots=True)
class _Import:
    """One import under way."""

    office: Office
    actor: Actor
    tracker: Tracker
    now: datetime
    version_id: UUID
    around: Around
    told: Told
    batch_id: UUID = field(default_factory=new_id)
    done: int = 0

    async def start(self) -> None:
        tracker = self.tracker
        async with transaction(self.office.engine, self.actor, self.now) as tx:
            values = {"id": self.batch_id, "filename": tracker.filename, "sha256": tracker.sha256, "rows_done": 0}
            values |= {"layout": tracker.layout.to_json(), "person_id": self.actor.person_id, "status": "running"}
            values |= {"rows_total": len(tracker.rows), "created_at": self.now}
            await insert_batch(tx.connection, values)
            words = {"file": tracker.filename, "rows": len(tracker.rows)}
            tx.record(Entry("tracker imported", "import", self.batch_id, words=words))

    async def take(self, planned: Mapping[bytes, PreviewRow]) -> None:
        """History first, many rows at once; then what people have to act on, one row a transaction."""
        history = [row for row in self.tracker.rows if planned[row.fingerprint].becomes == "history"]
        for first in range(0, len(history), AT_ONCE):
            some = history[first : first + AT_ONCE]
            async with self.office.engine.begin() as connection:
                await claim_rows(connection, [self._kept(row, "history") for row in some])
            await self._tell(len(some))
        for row in self.tracker.rows:
            becomes = planned[row.fingerprint].becomes
            if becomes in ("action", "draft"):
                await self._take_action(row, becomes)
            if becomes != "history":
                await self._tell(1)
        await self.end()

    async def end(self, fault: str | None = None) -> None:
        """Whatever came in is told of, also where the import broke off."""
        async with transaction(self.office.engine, self.actor, self.now) as tx:
            await set_progress(tx.connection, self.batch_id, self.done)
            await tell_what_waits(tx, self.office, self.batch_id, self.tracker.filename)
            await finish_batch(tx.connection, self.batch_id, fault)

    async def _take_action(self, row: TrackerRow, becomes: str) -> None:
        kept = self._kept(row, becomes)
        async with transaction(self.office.engine, self.actor, self.now) as tx:
            if not await claim_rows(tx.connection, [kept]):
                return
            definition = definition_of(row, self.around, self.office)
            doubts = doubts_of(row, definition)
            made = await define_in(tx, self.office, definition, self.version_id, doubts, says_all=bool(doubts))
            await row_became(tx.connection, kept["id"], made.action_id)
            await self._keep_first_due(tx, row, made.action_id, definition.location_id)
            keep_for_later(tx)

    async def _keep_first_due(self, tx: Transaction, row: TrackerRow, action_id: UUID, place: UUID | None) -> None:
        """The tracker's first date is what “on time” is measured against, for a draft once it is completed too."""
        first = row.target or row.due
        if first is None:
            return
        await keep_first_due(tx.connection, action_id, self.office.calendar.end_of(first))
        if first == row.due:
            return
        words = {"first due": first.isoformat(), "revised to": row.due.isoformat() if row.due else None}
        tx.record(Entry("first due date kept", "action", action_id, action_id, place, words))

    def _kept(self, row: TrackerRow, becomes: str) -> dict[str, Any]:
        return {
            "id": new_id(),
            "batch_id": self.batch_id,
            "fingerprint": row.fingerprint,
            "sheet": row.sheet,
            "row_number": row.number,
            "cells": row.cells,
            "codes": [str(code) for code in row.codes],
            "outcome": "attention" if row.codes else "new",
            "became": becomes,
            "location_id": self.around.place(row),
        }

    async def _tell(self, more: int) -> None:
        before, self.done = self.done, self.done + more
        if before // AT_ONCE != self.done // AT_ONCE:
            async with self.office.engine.begin() as connection:
                await set_progress(connection, self.batch_id, self.done)
        self.told(self.done, len(self.tracker.rows))


async def import_rows(
    office: Office,
    actor: Actor,
    tracker: Tracker,
    now: datetime,
    *,
    with_people: bool,
    progress: Told = lambda done, total: None,
) -> Preview:
    """Import what is new, so that an import cut off goes on where it stopped, and say what was done.

    Raises NotAllowed where a people list is to be taken in by somebody who may not add people.
    """
    version_id = await latest_version(office, "general")
    async with transaction(office.engine, actor, now) as tx:
        around = await make_people(tx, office, tracker, with_people=with_people)
    planned = await preview(office, tracker, actor=actor, with_people=False, now=now)
    task = _Import(office, actor, tracker, now, version_id, around, progress)
    await task.start()
    try:
        await task.take({row.fingerprint: plan for row, plan in zip(tracker.rows, planned.rows, strict=True)})
    except BaseException as fault:
        await task.end(type(fault).__name__)
        raise
    return replace(planned, batch_id=task.batch_id)
