"""What the columns mean: guessed from their headings, shown to a person, and correctable."""

import re
from dataclasses import dataclass
from typing import Any

from trackers.opening import Sheet, shown

# Words of headings, most telling first. A heading goes to the meaning whose words fit it best.
MEANINGS: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "ref", "action no", "no.", "id", "number"),
    "location": ("location", "home", "service", "site", "unit"),
    "source": ("source", "origin", "where from", "type of finding"),
    "finding": ("finding", "issue", "concern", "problem", "what was found", "gap"),
    "action": ("action required", "action needed", "what we will do", "improvement", "action"),
    "owner": ("person responsible", "responsible", "owner", "lead", "who", "assigned to", "by whom"),
    "email": ("email", "e-mail", "mail"),
    "raised": ("date raised", "raised", "start date", "date added", "opened", "date found", "start"),
    "target": ("target date", "due date", "deadline", "due", "target", "by when", "complete by", "when"),
    "revised": ("revised date", "revised", "new date", "extended"),
    "closed": ("date closed", "closed", "date completed", "completed", "completion date", "finished", "done"),
    "status": ("status", "state"),
    "rag": ("rag", "colour"),
    "evidence": ("evidence", "proof", "outcome evidence"),
    "signoff": ("signed off by", "sign off", "sign-off", "signed off", "approved by", "verified by"),
    "risk": ("risk", "priority"),
    "key_question": ("key question", "kloe", "cqc", "domain", "statement"),
    "theme": ("theme", "topic", "category", "area"),
    "measure": ("measure", "success", "kpi", "how will we know"),
    "notes": ("progress", "notes", "comments", "update"),
}
NEEDED = ("action",)
HEADER_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Layout:
    """Which sheet, which row has the headings (counted from 1), and which column (from 0) means what."""

    sheet: str
    header_row: int
    columns: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        return {"sheet": self.sheet, "header_row": self.header_row, "columns": dict(self.columns)}

    @classmethod
    def from_json(cls, stated: dict[str, Any]) -> "Layout":
        columns = {str(name): int(place) for name, place in stated["columns"].items()}
        return cls(str(stated["sheet"]), int(stated["header_row"]), columns)


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", heading.lower()).strip()


def score(heading: str, meaning: str) -> int:
    """How well a heading fits a meaning: 0 not at all; whole headings beat parts of them."""
    plain = _plain(heading)
    best = 0
    for rank, words in enumerate(MEANINGS[meaning]):
        known = _plain(words)
        if plain == known:
            best = max(best, 100 - rank)
        elif known and re.search(rf"\b{re.escape(known)}\b", plain):
            best = max(best, 50 + len(known) - rank)
    return best


def columns_of(headings: list[str]) -> dict[str, int]:
    """The best meaning for each heading; a meaning and a column are used once."""
    pairs = sorted(
        ((score(heading, meaning), -place, meaning) for place, heading in enumerate(headings) for meaning in MEANINGS),
        reverse=True,
    )
    found: dict[str, int] = {}
    for points, negative, meaning in pairs:
        if points and meaning not in found and -negative not in found.values():
            found[meaning] = -negative
    return found


def guess(sheets: tuple[Sheet, ...]) -> Layout | None:
    """The sheet and row whose headings mean most; None where nothing looks like a tracker."""
    best: tuple[int, Layout] | None = None
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:HEADER_WITHIN], start=1):
            headings = [shown(cell) for cell in row]
            if sum(bool(heading) and len(heading) < 60 for heading in headings) < 3:
                continue
            columns = columns_of(headings)
            points = len(columns) * 10 + (20 if "action" in columns else 0) + min(len(sheet.rows) - number, 20)
            if "action" in columns and (best is None or points > best[0]):
                best = (points, Layout(sheet.name, number, columns))
    return best[1] if best else None
