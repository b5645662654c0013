"""Evidence as its readers see it: one card for each submission, and one for each that is awaited."""

from typing import Any

from db.dossier import Dossier
from domain.form_words import said_of
from domain.vocabulary import Control


def evidence_cards(dossier: Dossier) -> list[dict[str, Any]]:
    """One card for each submission of evidence, and one for each that is still awaited."""
    cards: list[dict[str, Any]] = []
    by_step: dict[Any, list[Any]] = {}
    for piece in dossier.evidence:
        by_step.setdefault((piece.step_id, piece.kept_as), []).append(piece)
    steps = {step.id: step for step in dossier.steps}
    for (step_id, kept_as), pieces in by_step.items():
        cards.append(_sent(steps[step_id], kept_as, pieces, dossier))
    for step in dossier.open_steps:
        if step.control == Control.EVIDENCE:
            who = f"{step.person or 'Nobody yet'} · due {step.due_at:%-d %B %Y}"
            empty: dict[str, Any] = {"words": [], "files": [], "flags": [], "category": None, "because": None}
            cards.append(
                {"tag": "Waiting", "colour": "blue", "title": step.title, "who": who, "waiting": True, **empty}
            )
    return cards


def _sent(step: Any, kept_as: str, pieces: list[Any], dossier: Dossier) -> dict[str, Any]:
    statement = next((p for p in pieces if p.statement), pieces[0])
    happened = f"happened {statement.effective_on:%-d %B %Y}, " if statement.effective_on else ""
    told = [f"{label}: {words}" for label, words in said_of(statement.details)]
    tag, colour, because = _standing(step, kept_as, statement.withdrawn_because, dossier)
    return {
        "tag": tag,
        "colour": colour,
        "because": because,
        "counts": tag == "Sent",
        "title": f"{step.title}" + (f" (round {step.round})" if step.round > 1 else ""),
        "who": f"{statement.person} · {happened}sent {statement.added_at:%-d %B %Y}",
        "words": [words for words in (statement.statement, *told) if words],
        "files": [p for p in pieces if p.filename and p.scan != "quarantined"],
        "flags": [flag["words"] for p in pieces for flag in p.flags],
        "category": statement.category,
        "waiting": False,
    }


def _standing(step: Any, kept_as: str, withdrawn_because: str | None, dossier: Dossier) -> tuple[str, str, str | None]:
    """Whether it counts, was late, was taken back or sent back; and why."""
    if kept_as == "withdrawn":
        return "Taken back", "grey", withdrawn_because
    if kept_as != "answer":
        return "Late, kept", "grey", None
    back = [s for s in dossier.steps if step.key in s.returned_keys and s.cycle == step.cycle]
    after = min((s for s in back if s.settled_at >= step.settled_at), key=lambda s: s.settled_at, default=None)
    if after is None:
        return "Sent", "green", None
    return "Returned", "orange", after.return_reasons.get(step.key) or after.reasons
