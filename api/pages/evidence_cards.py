"""Evidence as its readers see it: one card for each submission, and one for each that is awaited."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from db.dossier import Dossier
from db.reuse import Reuse, SentBefore, UsedElsewhere, load_reuse
from db.scope import Viewer
from domain.deadlines import Calendar
from domain.flags import Earlier, date_flags, file_flag, statement_flag
from domain.form_words import said_of
from domain.saying import say_late
from domain.vocabulary import Control


async def evidence_cards(
    connection: AsyncConnection, dossier: Dossier, viewer: Viewer, calendar: Calendar
) -> list[dict[str, Any]]:
    """One card for each submission of evidence, and one for each that is still awaited.

    What makes one look again is found anew for each reader: it names no action that they may not see.
    """
    reuse = await load_reuse(connection, viewer, dossier.head.id, dossier.head.location_id)
    cards: list[dict[str, Any]] = []
    by_submission: dict[Any, list[Any]] = {}
    for piece in dossier.evidence:
        by_submission.setdefault(piece.submission_id, []).append(piece)
    steps = {step.id: step for step in dossier.steps}
    for pieces in by_submission.values():
        card = _sent(steps[pieces[0].step_id], pieces[0].kept_as, pieces, dossier, calendar)
        cards.append({**card, "flags": _flags(pieces, dossier, reuse, calendar)})
    for step in dossier.open_steps:
        if step.control == Control.EVIDENCE:
            who = f"{step.person or 'Nobody yet'} · due {step.due_at:%-d %B %Y}"
            empty: dict[str, Any] = {"words": [], "files": [], "flags": [], "category": None, "because": None}
            cards.append(
                {"tag": "Waiting", "colour": "blue", "title": step.title, "who": who, "waiting": True, **empty}
            )
    return sorted(cards, key=_place)


def _place(card: dict[str, Any]) -> int:
    """What counts stands before what is awaited, and before what was sent back or taken back."""
    return 1 if card["waiting"] else 0 if card["counts"] else 2


def _sent(step: Any, kept_as: str, pieces: list[Any], dossier: Dossier, calendar: Calendar) -> dict[str, Any]:
    statement = next((p for p in pieces if p.statement), pieces[0])
    happened = f"happened {statement.effective_on:%-d %B %Y}, " if statement.effective_on else ""
    is_late = kept_as == "answer" and step.after_due
    late = f", {say_late(step.due_at, step.settled_at, calendar)} late" if is_late else ""
    told = [f"{label}: {words}" for label, words in said_of(statement.details)]
    tag, colour, because = _standing(step, kept_as, statement.withdrawn_because, dossier)
    return {
        "tag": tag,
        "colour": colour,
        "because": because,
        "counts": tag == "Sent",
        "title": f"{step.title}" + (f" (round {step.round})" if step.round > 1 else ""),
        "who": f"{statement.person} · {happened}sent {statement.added_at:%-d %B %Y}{late}",
        "words": [words for words in (statement.statement, *told) if words],
        "files": [p for p in pieces if p.filename and p.scan != "quarantined"],
        "category": statement.category,
        "waiting": False,
    }


def _flags(pieces: list[Any], dossier: Dossier, reuse: Reuse, calendar: Calendar) -> list[str]:
    """What makes a reader look again at one submission, with the facts behind it. It blocks nothing."""
    said = next((p for p in pieces if p.statement), pieces[0])
    if said.kept_as == "withdrawn":
        return []
    flags = date_flags(dossier.head.found_on, said.effective_on, calendar.day_of(said.added_at))
    for piece in (p for p in pieces if p.filename and p.scan != "quarantined"):
        used = reuse.files.get(bytes(piece.blob_sha256), UsedElsewhere())
        flags += [words] if (words := file_flag(piece.filename, used.refs, used.hidden)) else []
    before = [_earlier(one, dossier, calendar) for one in reuse.statements if one.sent_at < said.added_at]
    again = statement_flag(said.statement, before) if said.statement else None
    return [*flags, again] if again else flags


def _earlier(sent: SentBefore, dossier: Dossier, calendar: Calendar) -> Earlier:
    day, here = calendar.day_of(sent.sent_at), sent.action_id == dossier.head.id
    return Earlier(sent.statement, sent.title, day, sent.ref, here)


def _standing(step: Any, kept_as: str, withdrawn_because: str | None, dossier: Dossier) -> tuple[str, str, str | None]:
    """Whether it counts, was late, was taken back or sent back; and why."""
    if kept_as == "withdrawn":
        return "Taken back", "grey", withdrawn_because
    if kept_as != "answer":
        return "Late, kept", "grey", None
    back = [s for s in dossier.steps if step.key in s.returned_keys and s.cycle == step.cycle]
    after = min((s for s in back if s.settled_at >= step.settled_at), key=lambda s: s.settled_at, default=None)
    if after is None:
        if step.cycle < dossier.head.cycle:
            return f"Cycle {step.cycle}", "grey", None
        return "Sent", "green", None
    return "Returned", "orange", after.return_reasons.get(step.key) or after.reasons
