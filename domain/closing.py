"""The closing gate: an action closes when improvement is evidenced, not when a task is done.

It lists everything that is missing at once, and long before approval: the same list tells people
on the action's page what still stands between it and its closure.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.agreeing import approvals_needed, asked_to_approve, enough_agreed, have_agreed, settled_now
from domain.duties import hands_of, may_not_approve, may_not_sample, standing_for
from domain.evidencing import standing, still_needed
from domain.journal import Journal, Step
from domain.ladder import unanswered
from domain.outcomes import Measured, Reached
from domain.vocabulary import Control, Outcome


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands between an action and its closure, in words for the person who decides."""

    code: str
    words: str


def gate(journal: Journal, approver_id: UUID, measured: Measured | None, now: datetime) -> tuple[Missing, ...]:
    """All that is missing at once; empty when this person may close the action now."""
    return (
        *_before_approval(journal, now),
        *_outcome_missing(measured),
        *_duties_mixed(journal, approver_id, now),
        *_agreed_already(journal, approver_id),
    )


def still_to_come(journal: Journal, now: datetime) -> tuple[Missing, ...]:
    """What still stands between an open action and its closure, whoever approves it in the end."""
    if journal.is_ended or journal.cycle_closed_at is not None:
        return ()
    return (*_before_approval(journal, now), *_outcome_missing(None), *_approvals_missing(journal))


def _approvals_missing(journal: Journal) -> list[Missing]:
    if enough_agreed(journal):
        return []
    done = {step.key for step in settled_now(journal, Outcome.APPROVED)}
    waiting = [spec for spec in asked_to_approve(journal) if spec.key not in done]
    left = approvals_needed(journal) - len(done)
    some = f"{left} of these: " if left < len(waiting) else ""
    who = ", ".join(f"“{spec.title}”, by somebody who did none of it as {spec.who}" for spec in waiting)
    return [Missing("approval", f"{some}{who}.")]


def _before_approval(journal: Journal, now: datetime) -> tuple[Missing, ...]:
    return (
        *_definition_missing(journal),
        *_owner_missing(journal),
        *_steps_missing(journal),
        *_categories_missing(journal),
        *_sample_missing(journal),
        *_sampled_own_work(journal),
        *_escalations_open(journal),
    )


def _definition_missing(journal: Journal) -> list[Missing]:
    return [] if journal.is_defined else [Missing("definition", "The definition is not complete.")]


def _owner_missing(journal: Journal) -> list[Missing]:
    if journal.owner_id is None:
        return [Missing("owner", "Nobody owns it yet.")]
    asked = [step for step in journal.steps if step.key == "accept"]
    accept = max(asked, key=lambda step: (step.cycle, step.round), default=None)
    if accept and accept.outcome is Outcome.ACCEPTED and accept.stands_for == journal.owner_id:
        return []
    return [Missing("owner", "Its owner has not accepted it.")]


def _steps_missing(journal: Journal) -> list[Missing]:
    missing: list[Missing] = []
    for spec in still_needed(journal):
        again = " again, after it was returned" if journal.returns(spec.key) else ""
        missing.append(Missing("step", f"“{spec.title}” has not been sent{again}."))
    return missing


def _categories_missing(journal: Journal) -> list[Missing]:
    # What was sent back showed nothing, whatever category it was given.
    stands = standing(journal)
    found = {e.category for e in journal.evidence if e.category and e.step_id in stands}
    passed = {step.key for step in _checks_passed(journal)}
    found |= {str(spec.category) for spec in journal.pathway.checks if spec.key in passed}
    needed = journal.pathway.categories_needed
    if len(found) >= needed:
        return []
    has = f"only from {', '.join(sorted(found))}" if found else "from none"
    return [Missing("categories", f"Evidence is needed from {needed} CQC categories; it is {has}.")]


def _checks_passed(journal: Journal) -> tuple[Step, ...]:
    return settled_now(journal, Outcome.PASSED)


def _sample_missing(journal: Journal) -> list[Missing]:
    passed = {step.key for step in _checks_passed(journal)}
    return [
        Missing("sample", f"“{spec.title}” has not passed since the evidence last changed.")
        for spec in journal.pathway.checks
        if spec.key not in passed
    ]


def _sampled_own_work(journal: Journal) -> list[Missing]:
    """Somebody may have become owner, or sent something late, after they sampled. Judged as at their sampling."""
    checks = [step for step in _checks_passed(journal) if step.control is Control.CHECK]
    if not any(hands_of(step) & may_not_sample(journal, step.settled_at) for step in checks):
        return []
    words = "Whoever sampled it also owned or evidenced it. Send evidence back, so that somebody else samples it anew."
    return [Missing("sampler", words)]


def _escalations_open(journal: Journal) -> list[Missing]:
    # An escalation about the decision itself does not hold up the decision: deciding answers it.
    deciding = {step.id for step in journal.steps if step.control is Control.CLOSE}
    count = sum(escalation.step_id not in deciding for escalation in unanswered(journal))
    if not count:
        return []
    return [
        Missing("escalation", f"{count} escalation{' still waits' if count == 1 else 's still wait'} for an answer.")
    ]


def _outcome_missing(measured: Measured | None) -> list[Missing]:
    if measured is None:
        return [Missing("outcome", "Record what was measured, or what the outcome test showed.")]
    if measured.passed:
        return []
    if not measured.target:
        return [Missing("outcome", "The outcome test was not passed. Send evidence back, with what is left to do.")]
    words = f"The target of {measured.target} is {measured.reached}: {measured.measured} was measured."
    rest = "Send evidence back" if measured.reached is Reached.NOT else "Send evidence back for the rest"
    return [Missing("outcome", f"{words} {rest}, or supersede this action by one with a target that can be reached.")]


def _duties_mixed(journal: Journal, approver_id: UUID, now: datetime) -> list[Missing]:
    if not standing_for(journal, approver_id) & may_not_approve(journal, now):
        return []
    words = "You owned, evidenced or sampled this action, or covered somebody who did. Somebody else must approve it."
    return [Missing("separation", words)]


def _agreed_already(journal: Journal, approver_id: UUID) -> list[Missing]:
    if approver_id not in have_agreed(journal):
        return []
    words = "You have agreed already, or your cover has for you. The next approval must come from somebody else."
    return [Missing("agreed", words)]
