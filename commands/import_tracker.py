"""Import: take in a provider's tracker, row by row, dropping nothing and doing nothing twice.

What becomes of a row:
- open, with an owner, a date and wording that can be measured → a defined action; its owner is asked;
- open, with anything a person must look at first → a draft that says what and why;
- closed by the sheet, with nothing to look at → kept as history, every cell; it is not a closure in
  our sense, since nobody here saw the evidence, so it counts in no figure;
- closed by the sheet, but without evidence, sign-off or sense → a draft, so that somebody decides.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from commands.define import define_in
from commands.office import Office
from commands.pathways import latest_version
from commands.people import Holds, add_location_in, add_person_in
from db.ids import new_id
from db.imports import insert_batch, insert_row, known_rows, set_progress
from db.models import Location, Person
from db.session import transaction
from db.trail import Entry
from domain.actors import Actor
from domain.defining import Definition
from domain.vocabulary import Risk, Source
from domain.wording import is_too_loose
from trackers import Tracker, TrackerRow

HISTORY = "Closed in your tracker. Kept as history, with every cell."
LOOSE = "The wording cannot be measured yet. Say what will be different, and how you will know."
SOURCES = {
    "care plan audit": Source.AUDIT,
    "audit": Source.AUDIT,
    "complaint": Source.COMPLAINT,
    "safeguarding": Source.SAFEGUARDING,
    "incident": Source.INCIDENT,
    "feedback": Source.FEEDBACK,
    "survey": Source.FEEDBACK,
    "supervision": Source.SUPERVISION,
    "meeting": Source.MEETING,
    "mock inspection": Source.MOCK_INSPECTION,
    "commissioner": Source.COMMISSIONER_VISIT,
    "staff": Source.STAFFING_RISK,
    "record": Source.CARE_RECORD_FINDING,
    "must": Source.CQC_MUST_DO,
    "should": Source.CQC_SHOULD_DO,
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What will happen to one row. `becomes` is action, draft, history or nothing."""

    number: int
    outcome: str
    becomes: str
    reasons: tuple[str, ...]
    action: str
    title: str

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "action": self.action or None,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What will happen, row by row; nothing has."""

    rows: tuple[PreviewRow, ...]

    @property
    def summary(self) -> dict[str, int]:
        outcomes = Counter(row.outcome for row in self.rows)
        becomes = Counter(f"{row.becomes}s" for row in self.rows if row.becomes in ("action", "draft"))
        history = sum(row.becomes == "history" for row in self.rows)
        return {
            **{word: outcomes[word] for word in ("new", "exists", "attention", "ignored")},
            "actions": becomes["actions"],
            "drafts": becomes["drafts"],
            "history": history,
        }


async def preview(office: Office, tracker: Tracker) -> Preview:
    """Say row by row what importing would do, and change nothing."""
    async with office.engine.connect() as connection:
        known = await known_rows(connection, (row.fingerprint for row in tracker.rows))
    return Preview(tuple(_previewed(row, known) for row in tracker.rows))


def _previewed(row: TrackerRow, known: Mapping[bytes, str | None]) -> PreviewRow:
    title = title_of(row)
    if row.ignored is not None:
        return PreviewRow(row.number, "ignored", "nothing", (row.ignored,), "", title)
    if row.fingerprint in known:
        ref = known[row.fingerprint] or ""
        return PreviewRow(row.number, "exists", "nothing", ("It was imported before.",), ref, title)
    doubts = doubts_of(row)
    if row.closed and not doubts:
        return PreviewRow(row.number, "new", "history", (HISTORY,), "", title)
    becomes = "draft" if doubts else "action"
    return PreviewRow(row.number, "attention" if row.codes else "new", becomes, doubts, "", title)


def doubts_of(row: TrackerRow) -> tuple[str, ...]:
    """What somebody has to look at before this row can be asked of anybody."""
    loose = (LOOSE,) if not row.closed and is_too_loose(row.facts.get("action", "")) else ()
    return (*row.reasons, *loose)


def title_of(row: TrackerRow) -> str:
    """The action in a few words: the beginning of its text."""
    words = row.facts.get("action") or row.facts.get("finding") or "No action text"
    first = words.split(";")[0].split(". ")[0].strip()
    return first if len(first) <= 110 else first[:109].rsplit(" ", 1)[0] + "…"


async def import_rows(
    office: Office,
    actor: Actor,
    tracker: Tracker,
    now: datetime,
    *,
    with_people: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Preview:
    """Import what is new, one row a transaction, so that an import cut off goes on where it stopped."""
    version_id = await latest_version(office, "general")
    batch_id, total = new_id(), len(tracker.rows)
    planned = await preview(office, tracker)
    places, people = await _make_people(office, actor, tracker, now, with_people)
    async with transaction(office.engine, actor, now) as tx:
        values = {"id": batch_id, "filename": tracker.filename, "sha256": tracker.sha256, "rows_total": total}
        more = {"layout": tracker.layout.to_json(), "person_id": actor.person_id, "status": "running"}
        await insert_batch(tx.connection, {**values, **more, "rows_done": 0, "created_at": now})
        tx.record(Entry("tracker imported", "import", batch_id, words={"file": tracker.filename, "rows": total}))
    for done, (row, plan) in enumerate(zip(tracker.rows, planned.rows, strict=True), start=1):
        if plan.becomes != "nothing":
            await _import_row(office, actor, row, plan, batch_id, version_id, places, people, now)
        if done % 20 == 0 or done == total:
            async with office.engine.begin() as connection:
                await set_progress(connection, batch_id, done, "done" if done == total else "running")
        progress(done, total)
    return planned


async def _import_row(
    office: Office,
    actor: Actor,
    row: TrackerRow,
    plan: PreviewRow,
    batch_id: UUID,
    version_id: UUID,
    places: Mapping[str, UUID],
    people: Mapping[str, UUID],
    now: datetime,
) -> None:
    async with transaction(office.engine, actor, now) as tx:
        if await known_rows(tx.connection, [row.fingerprint]):
            return
        action_id = None
        if plan.becomes in ("action", "draft"):
            definition = _definition(row, places, people, office)
            action_id = (await define_in(tx, office, definition, version_id, plan.reasons)).action_id
        await insert_row(
            tx.connection,
            {
                "id": new_id(),
                "batch_id": batch_id,
                "fingerprint": row.fingerprint,
                "sheet": row.sheet,
                "row_number": row.number,
                "cells": row.cells,
                "codes": list(row.codes),
                "outcome": "attention" if row.codes else "new",
                "action_id": action_id,
            },
        )


def _definition(row: TrackerRow, places: Mapping[str, UUID], people: Mapping[str, UUID], office: Office) -> Definition:
    """A row as a definition. A sheet without risk or measure gets medium risk and its own words as the test."""
    facts = row.facts
    action = facts.get("action", "")
    owner = people.get(_key(facts.get("owner", ""))) if "OWNER_NOT_IN_PEOPLE" not in row.codes else None
    stated = facts.get("risk", "").lower()
    return Definition(
        title=title_of(row),
        what_will_change=action,
        summary=facts.get("finding") or action,
        location_id=places.get(_key(facts.get("location", ""))),
        source=source_of(facts.get("source", "")),
        theme=facts.get("theme") or facts.get("key_question") or facts.get("source") or None,
        found_on=row.raised,
        external_ref=facts.get("reference") or None,
        outcome_test=facts.get("measure") or f"What the action says is seen to be so: {action}" if action else None,
        risk=next((risk for risk in Risk if risk in stated), Risk.MEDIUM),
        due_at=office.calendar.end_of(row.due) if row.due else None,
        closure_criteria="Evidence that the action was done, and a sample that shows it is kept to.",
        owner_id=owner,
    )


def source_of(stated: str) -> Source:
    """The source that a provider's own words come nearest to."""
    plain = stated.lower()
    exact = next((source for source in Source if plain == source), None)
    return exact or next((source for word, source in SOURCES.items() if word in plain), Source.AUDIT)


def _key(name: str) -> str:
    return " ".join(name.lower().split())


async def _make_people(
    office: Office, actor: Actor, tracker: Tracker, now: datetime, with_people: bool
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Locations that rows name, and the people of the people list when asked for; all found again by name."""
    async with transaction(office.engine, actor, now) as tx:
        named = {row.facts.get("location", "") for row in tracker.rows if row.ignored is None}
        named |= {person.location or "" for person in tracker.people if with_people}
        for name in sorted(filter(None, named)):
            await add_location_in(tx, name)
        places = {_key(row.name): row.id for row in await tx.connection.execute(select(Location.id, Location.name))}
        for person in tracker.people if with_people else ():
            at = places.get(_key(person.location)) if person.location else None
            roles = (Holds(person.role, at),) if person.role else ()
            await add_person_in(tx, office, person.name, person.email, roles)
        listed = select(Person.id, Person.name).where(Person.left_at.is_(None))
        people = {_key(row.name): row.id for row in await tx.connection.execute(listed)}
    return places, people
