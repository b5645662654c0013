"""Answering the ladder: what counts as an answer, who may give it, and what it settles of the other rungs.

An answer always says the risk to people now and what controls it, and gives a revised date, the
support that was given, or another person (the tracker's own rule; Regulation 17 asks providers
to show that risk was known and controlled meanwhile).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.vocabulary import Role


class Decision(StrEnum):
    """How an escalation ended. Only the last is not an answer: nobody was needed any more."""

    REVISED_DATE = "revised date"
    SUPPORT_GIVEN = "support given"
    REASSIGNED = "reassigned"
    OVERTAKEN = "overtaken"


class Overtaken(StrEnum):
    """Why a rung needs no answer of its own any more."""

    ANSWERED_HIGHER = "answered higher up"
    STEP_ANSWERED = "step answered"
    STEP_NOT_ASKED = "step not asked any more"


@dataclass(frozen=True, slots=True)
class EscalationAnswer:
    """What a person decided about what is late. `seen` is the hash of what their page showed."""

    risk_now: str
    interim_control: str
    kind: str
    revised_due_at: datetime | None = None
    support: str = ""
    person_id: UUID | None = None
    seen: bytes | None = None


@dataclass(frozen=True, slots=True)
class RungRecord:
    """How one rung of a step stands, for judging whether its record is full."""

    must_answer: bool
    answer_kind: str | None
    overtaken_because: str | None = None


ABOVE: dict[str, tuple[Role, ...]] = {
    Role.NOMINATED_INDIVIDUAL: (),
    Role.QUALITY_LEAD: (Role.NOMINATED_INDIVIDUAL,),
    Role.REGISTERED_MANAGER: (Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL),
}
"""Who stands above a role on the ladder, nearest first; for every other role the registered manager comes first."""


def above(role: str) -> tuple[Role, ...]:
    """Who is asked where a role has nobody who may answer."""
    return ABOVE.get(role, (Role.REGISTERED_MANAGER, *ABOVE[Role.REGISTERED_MANAGER]))


def lacking(answer: EscalationAnswer, now: datetime) -> dict[str, str]:
    """What an answer still lacks, by field; empty when it counts."""
    fields: dict[str, str] = {}
    if len(answer.risk_now.strip()) < 10:
        fields["risk_now"] = "Say what the risk to people is now, in a sentence."
    if len(answer.interim_control.strip()) < 10:
        fields["interim_control"] = "Say what controls the risk until this is done."
    if answer.kind not in (Decision.REVISED_DATE, Decision.SUPPORT_GIVEN, Decision.REASSIGNED):
        fields["kind"] = "Choose what you decided."
    if answer.kind == Decision.SUPPORT_GIVEN and len(answer.support.strip()) < 10:
        fields["support"] = "Say what support was given, and by whom. They are told in these words."
    if answer.kind == Decision.REASSIGNED and answer.person_id is None:
        fields["person"] = "Choose who does this step now."
    if answer.kind == Decision.REVISED_DATE and answer.revised_due_at is None:
        fields["revised_due"] = "Give the revised date, for example 3 12 2026."
    if answer.revised_due_at is not None and answer.revised_due_at <= now:
        fields["revised_due"] = "The revised date must be in the future."
    return fields


def may_not_answer(role: str, held_here: Collection[str], is_asked: bool, has_the_step: bool) -> str | None:
    """Why somebody may not answer a rung; None when they may.

    Whoever was asked may, and whoever holds that role here or stands above it. Nobody answers for
    what they themselves are late with: somebody else has to look at the risk.
    """
    if has_the_step:
        return "This step is with you, so somebody else must answer. You can ask for more time, or for help."
    if is_asked or {role, *above(role)} & set(held_here):
        return None
    return f"This decision is for the {role}."


def overtaken_by(answered: int, waiting: Iterable[int]) -> tuple[int, ...]:
    """Which rungs that still wait need no answer once this one has it: the lower ones.

    Somebody higher up has looked at the same risk and decided. A higher rung still waits: what was
    asked of somebody above is not settled from below.
    """
    return tuple(sorted(rung for rung in waiting if rung < answered))


def has_full_record(rungs: Iterable[RungRecord]) -> bool:
    """Whether everybody who had to answer did, or somebody above them did.

    A step done late, before its manager had answered, is done; that nobody said what the risk was
    meanwhile stays visible, and does not count as a full record.
    """
    return all(
        rung.answer_kind is not None and rung.overtaken_because in (None, Overtaken.ANSWERED_HIGHER)
        for rung in rungs
        if rung.must_answer
    )
