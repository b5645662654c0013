"""Approvals: who is asked at which risk, who has agreed, and whether that is enough.

Each return starts a new turn of checks and approvals, and so does evidence taken back; what was
passed or agreed in an earlier turn was about other evidence and counts for nothing now.
"""

from uuid import UUID

from domain.journal import Journal, Step
from domain.pathways import ApprovalStep
from domain.vocabulary import Control, Outcome

JUDGING = frozenset({Control.CHECK, Control.CLOSE})


def present_turn(journal: Journal) -> int:
    """Which turn of checks and approvals this is: the first, and one more for all that went back or was taken back."""
    return 1 + journal.returns() + sum(step.outcome is Outcome.WITHDRAWN for step in journal.this_cycle)


def settled_now(journal: Journal, outcome: Outcome) -> tuple[Step, ...]:
    """The steps that were settled so in the present turn."""
    return tuple(s for s in journal.this_cycle if s.outcome is outcome and s.round == present_turn(journal))


def out_of_turn(journal: Journal) -> tuple[UUID, ...]:
    """Open checks and approvals of an earlier turn: they would judge what has gone since."""
    now = present_turn(journal)
    return tuple(
        s.id for s in journal.open_steps if s.control in JUDGING and s.cycle == journal.cycle and s.round < now
    )


def asked_to_approve(journal: Journal) -> tuple[ApprovalStep, ...]:
    """Whose agreement is asked for at this action's risk."""
    return journal.pathway.approvals_at(journal.risk)


def approvals_needed(journal: Journal) -> int:
    """How many of them have to agree."""
    return journal.pathway.needed_at(journal.risk)


def enough_agreed(journal: Journal) -> bool:
    """Whether as many have agreed as the risk asks for; a step counts once, and one no longer asked for not at all."""
    asked = {spec.key for spec in asked_to_approve(journal)}
    agreed = {step.key for step in settled_now(journal, Outcome.APPROVED)}
    return len(agreed & asked) >= approvals_needed(journal)


def can_agree(journal: Journal, asked_now: int = 0) -> int:
    """How many have agreed in this turn or have been asked to, with as many more as are being asked just now."""
    agreed = len(settled_now(journal, Outcome.APPROVED))
    waiting = [s for s in journal.open_steps if s.control is Control.CLOSE and s.assignee_id is not None]
    return agreed + len(waiting) + asked_now


def have_agreed(journal: Journal) -> frozenset[UUID]:
    """Everyone who has agreed in this turn, in person or through their cover. Nobody agrees twice."""
    people = {p for s in settled_now(journal, Outcome.APPROVED) for p in (s.settled_by, s.assigned_for_id)}
    return frozenset(person for person in people if person is not None)


def asked_already(journal: Journal) -> frozenset[UUID]:
    """Everyone who has an approval of this action open: a second one goes to somebody else."""
    waiting = [s for s in journal.open_steps if s.control is Control.CLOSE]
    people = {p for s in waiting for p in (s.assignee_id, s.assigned_for_id)}
    return frozenset(person for person in people if person is not None)
