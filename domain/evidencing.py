"""Evidence: what is in, what is still needed, and what can be sent back.

An optional step is offered with the others and holds nothing up. Once it was sent and sent back
it is needed: somebody relied on it and found it wanting.
"""

from uuid import UUID

from domain.journal import Journal, Step
from domain.pathways import EvidenceStep
from domain.vocabulary import SENT


def is_in(journal: Journal, key: str) -> bool:
    """Whether this evidence was sent once, and once more for every time it was sent back."""
    return _times_sent(journal, key) > journal.returns(key)


def is_needed(journal: Journal, step: EvidenceStep) -> bool:
    """Whether the action can't go on without this step."""
    return step.required or journal.returns(step.key) > 0


def title_of(journal: Journal, step: EvidenceStep) -> str:
    """What people read over a step: an optional one says so until it is needed."""
    return step.title if is_needed(journal, step) else f"{step.title} (optional)"


def needs_answer(journal: Journal, step: Step) -> bool:
    """Whether somebody must do this step, whatever it asks for."""
    return all(is_needed(journal, spec) for spec in journal.pathway.evidence if spec.key == step.key)


def still_needed(journal: Journal) -> tuple[EvidenceStep, ...]:
    """What has to be sent, for the first time or again, before anybody can check."""
    return tuple(s for s in journal.pathway.evidence if is_needed(journal, s) and not is_in(journal, s.key))


def ready(journal: Journal) -> tuple[EvidenceStep, ...]:
    """What can be sent now: it is not in, and what it comes after is."""
    return tuple(
        step
        for step in journal.pathway.evidence
        if not is_in(journal, step.key) and all(is_in(journal, key) for key in step.after)
    )


def standing(journal: Journal) -> frozenset[UUID]:
    """The steps whose evidence counts: the last of each that was sent, unless it was sent back since."""
    found: set[UUID] = set()
    for spec in journal.pathway.evidence:
        sent = sorted((s for s in journal.this_cycle if s.key == spec.key and s.outcome in SENT), key=lambda s: s.round)
        found |= {step.id for step in sent[journal.returns(spec.key) :]}
    return frozenset(found)


def returnable(journal: Journal) -> tuple[EvidenceStep, ...]:
    """What a failed sample or a rejected approval can send back: nobody is asked again for what was never sent."""
    return tuple(step for step in journal.pathway.evidence if is_in(journal, step.key))


def _times_sent(journal: Journal, key: str) -> int:
    return sum(step.key == key and step.outcome in SENT for step in journal.this_cycle)
