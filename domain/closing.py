"""The closing gate: an action closes when improvement is evidenced, not when a task is done.

Separation of duties: nobody approves what they owned, evidenced or checked, in person or as
somebody's cover.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.agreeing import have_agreed, settled_now
from domain.evidencing import still_needed
from domain.journal import Journal, Step
from domain.ladder import unanswered
from domain.vocabulary import Control, Outcome, StepStatus


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands between an action and its closure, in words for the person who decides."""

    code: str
    words: str


def gate(journal: Journal, approver_id: UUID, outcome_measured: bool) -> tuple[Missing, ...]:
    """All that is missing at once; empty when the action may close."""
    return (
        *_steps_missing(journal),
        *_categories_missing(journal),
        *_sample_missing(journal),
        *_escalations_open(journal),
        *_outcome_missing(outcome_measured),
        *_duties_mixed(journal, approver_id),
        *_agreed_already(journal, approver_id),
    )


def involved(journal: Journal, controls: frozenset[Control]) -> frozenset[UUID]:
    """Everyone who did, was asked for or covered a settled step of these controls in this cycle."""
    steps = [s for s in journal.this_cycle if s.control in controls and s.status is StepStatus.SETTLED]
    people = {person for step in steps for person in _hands_of(step)}
    return frozenset(people)


def may_not_sample(journal: Journal) -> frozenset[UUID]:
    """Who owned or evidenced the action, and so must not sample it."""
    return _owners(journal) | involved(journal, frozenset({Control.EVIDENCE}))


def may_not_approve(journal: Journal) -> frozenset[UUID]:
    """Who owned, evidenced or sampled the action, and so must not approve it."""
    return may_not_sample(journal) | involved(journal, frozenset({Control.CHECK}))


def _owners(journal: Journal) -> frozenset[UUID]:
    accepted = [s for s in journal.steps if s.key == "accept" and s.outcome is Outcome.ACCEPTED]
    people = {person for step in accepted for person in _hands_of(step)}
    return frozenset(people | ({journal.owner_id} if journal.owner_id else set()))


def _hands_of(step: Step) -> set[UUID]:
    return {person for person in (step.assignee_id, step.assigned_for_id, step.settled_by) if person is not None}


def _steps_missing(journal: Journal) -> list[Missing]:
    missing: list[Missing] = []
    for spec in still_needed(journal):
        again = " again, after it was returned" if journal.returns(spec.key) else ""
        missing.append(Missing("step", f"“{spec.title}” has not been sent{again}."))
    return missing


def _categories_missing(journal: Journal) -> list[Missing]:
    in_cycle = {step.id for step in journal.this_cycle}
    found = {e.category for e in journal.evidence if e.category and e.step_id in in_cycle}
    found |= {str(spec.category) for spec in journal.pathway.checks if spec.key in _checks_passed(journal)}
    needed = journal.pathway.categories_needed
    if len(found) >= needed:
        return []
    has = f"only from {', '.join(sorted(found))}" if found else "from none"
    return [Missing("categories", f"Evidence is needed from {needed} CQC categories; it is {has}.")]


def _checks_passed(journal: Journal) -> set[str]:
    return {step.key for step in settled_now(journal, Outcome.PASSED)}


def _sample_missing(journal: Journal) -> list[Missing]:
    passed = _checks_passed(journal)
    return [
        Missing("sample", f"“{spec.title}” has not passed since the evidence last changed.")
        for spec in journal.pathway.checks
        if spec.key not in passed
    ]


def _escalations_open(journal: Journal) -> list[Missing]:
    # An escalation about the decision itself does not hold up the decision: deciding answers it.
    deciding = {step.id for step in journal.steps if step.control is Control.CLOSE}
    count = sum(escalation.step_id not in deciding for escalation in unanswered(journal))
    if not count:
        return []
    return [
        Missing("escalation", f"{count} escalation{' still waits' if count == 1 else 's still wait'} for an answer.")
    ]


def _outcome_missing(outcome_measured: bool) -> list[Missing]:
    if outcome_measured:
        return []
    return [Missing("outcome", "Record what was measured, or what the outcome test showed.")]


def _duties_mixed(journal: Journal, approver_id: UUID) -> list[Missing]:
    if approver_id not in may_not_approve(journal):
        return []
    words = "You owned, evidenced or sampled this action, or covered somebody who did. Somebody else must approve it."
    return [Missing("separation", words)]


def _agreed_already(journal: Journal, approver_id: UUID) -> list[Missing]:
    if approver_id not in have_agreed(journal):
        return []
    words = "You have agreed already, or your cover has for you. The next approval must come from somebody else."
    return [Missing("agreed", words)]
