"""What is worth a look while a definition is written: wording, strength, actions like it, themes that come back.

The same hints with and without JavaScript: a page shows them when it is looked at, and once before it lets go;
htmx only brings them sooner.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from db.crosswalks import corrections
from db.repeats import RepeatCandidate, SimilarAction, repeat_candidates, similar_open
from db.scope import Viewer
from domain.crosswalk import OWN, corrected
from domain.defining import Definition
from domain.frameworks import Reference
from domain.strength import Strength
from domain.wording import Advice, Lack, check_measure, check_wording
from frameworks import library

YEAR = timedelta(days=365)
STRENGTH_WORDS = {
    Strength.STRONG: "Strong: it changes how things are made, so it holds without anybody remembering it.",
    Strength.INTERMEDIATE: "Intermediate: it makes the right way easier, and still needs people to keep it up.",
    Strength.WEAK: "Weak: it rests on memory and good will alone. You may go on; it is flagged on the tracker.",
}
STRENGTH_SHORT = {
    Strength.STRONG: "Strong – it holds without anybody remembering it",
    Strength.INTERMEDIATE: "Intermediate – it makes the right way easier",
    Strength.WEAK: "Weak – it rests on memory and good will",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What is worth a look on one page, or on all."""

    advice: tuple[Advice, ...] = ()
    similar: tuple[SimilarAction, ...] = ()
    repeats: tuple[RepeatCandidate, ...] = ()
    strength: Strength | None = None
    suggestions: tuple[dict[str, Any], ...] = ()

    @property
    def strength_words(self) -> str | None:
        return STRENGTH_WORDS[self.strength] if self.strength else None

    @property
    def mark(self) -> str:
        """Stands for what is said here; empty where nothing is worth a look. A strength alone holds nobody up."""
        said = [str(item.lack) for item in self.advice] + [one.ref for one in (*self.similar, *self.repeats)]
        said += [str(row["reference"]) for row in self.suggestions]
        return hashlib.sha256("|".join(said).encode()).hexdigest()[:12] if said else ""


async def hints_for(
    connection: AsyncConnection,
    viewer: Viewer,
    page: str,
    definition: Definition,
    now: datetime,
    but: UUID | None = None,
) -> Hints:
    """The hints of one page, or of all on “check”. `but` is the draft that is being written."""
    whole = page == "check"
    advice: tuple[Advice, ...] = ()
    if whole or page == "change":
        advice += wording_of(definition)
    if whole or page == "measure":
        advice += check_measure(definition.measure)
    says_what = definition.what_will_change.strip() and (whole or page == "change")
    return Hints(
        advice=advice,
        similar=await _similar(connection, viewer, page, definition, but),
        repeats=await _repeats(connection, viewer, page, definition, now),
        strength=definition.suggested_strength if says_what else None,
        suggestions=await suggestions_for(connection, definition.references) if page == "references" else (),
    )


def wording_of(definition: Definition) -> tuple[Advice, ...]:
    """Advice on the wording. Measure, owner and date have pages of their own, which ask for them."""
    if not definition.what_will_change.strip():
        return ()
    has = {"has_owner": definition.owner_id is not None, "has_location": definition.location_id is not None}
    advice = check_wording(
        definition.what_will_change,
        definition.measure,
        definition.outcome_test,
        **has,
        has_due=definition.due_at is not None,
    )
    return tuple(item for item in advice if item.lack not in (Lack.NO_OUTCOME, Lack.NO_WHEN, Lack.NO_WHO))


async def _similar(
    connection: AsyncConnection, viewer: Viewer, page: str, definition: Definition, but: UUID | None
) -> tuple[SimilarAction, ...]:
    if page not in ("found", "change", "check") or definition.location_id is None:
        return ()
    words = [definition.title, definition.what_will_change, definition.summary]
    if page == "found":
        words[:2] = ["", ""]
    if page == "change":
        words[2] = ""
    return tuple(await similar_open(connection, viewer, definition.location_id, words[0], words[1], words[2], but))


async def _repeats(
    connection: AsyncConnection, viewer: Viewer, page: str, definition: Definition, now: datetime
) -> tuple[RepeatCandidate, ...]:
    if page not in ("found", "check") or definition.location_id is None or not definition.theme:
        return ()
    found = await repeat_candidates(connection, definition.location_id, definition.theme, now - YEAR, viewer)
    return tuple(found[:5])


async def suggestions_for(connection: AsyncConnection, chosen: tuple[Reference, ...]) -> tuple[dict[str, Any], ...]:
    """What the crosswalk, as people corrected it, suggests beside each chosen statement, to be ticked or left."""
    packs = corrected(library(), await corrections(connection)) if chosen else library()
    rows: dict[Reference, dict[str, Any]] = {}
    for statement, some in packs.suggested_for(chosen).items():
        for one in some:
            row = rows.setdefault(one.reference, {"reference": one.reference, "named": packs.name(one.reference)})
            certainty = None if one.certainty == OWN else one.certainty
            row.setdefault("beside", []).append(
                {"words": packs.name(statement).words, "because": one.because, "certainty": certainty}
            )
    return tuple(rows.values())
