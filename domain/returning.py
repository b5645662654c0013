"""Sending evidence back: which pieces, and for each of them what has to be put right."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import Invalid
from domain.pathways import EvidenceStep

SHORTEST = 10
Chosen = Mapping[str, str] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What goes back. Whoever sent a piece reads its own reason, or the general one where it has none."""

    keys: tuple[str, ...]
    reasons: str
    by_key: dict[str, str]

    @property
    def pieces(self) -> dict[str, str | None]:
        """Each piece with the reason that is its own, where it has one."""
        return {key: self.by_key.get(key) for key in self.keys}


def read_returned(chosen: Chosen, can_go: tuple[EvidenceStep, ...], reasons: str, lacking: str) -> Returned:
    """Check what is sent back; raises Invalid naming each reason that lacks.

    `chosen` is the keys, with a reason for each where it is a mapping. What is said of each piece is enough:
    the general reason is then put together from it. Without any of them it has to be said in general (`lacking`
    asks for it).
    """
    going = tuple(step for step in can_go if step.key in chosen)
    said = {step.key: chosen[step.key].strip() for step in going} if isinstance(chosen, Mapping) else {}
    fields = {
        f"why-{step.key}": f"Say what has to be put right in “{step.title}”."
        for step in going
        if step.key in said and len(said[step.key]) < SHORTEST
    }
    general = reasons.strip()
    if not said and len(general) < SHORTEST:
        fields["reasons"] = lacking
    if fields:
        raise Invalid(fields)
    put_together = " ".join(f"{step.title}: {said[step.key]}" for step in going if step.key in said)
    return Returned(tuple(step.key for step in going), general or put_together, said)
