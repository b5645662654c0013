"""Standing down: why somebody need not answer what they were asked, and whether they will be asked again."""

from domain.agreeing import JUDGING
from domain.journal import Journal, Step
from domain.meanings import meanings
from domain.vocabulary import Control, Outcome

AGAIN = "You are asked again once it is in."


def why_not_asked(journal: Journal, step: Step) -> str:
    """Why this step is not asked any more, in words for whoever it was asked of. `journal` shows what came between."""
    if journal.is_ended:
        return f"The action was {journal.status}."
    if step.cycle < journal.cycle:
        return "The action is open again, so what was asked of you after it closed falls away."
    if journal.cycle_closed_at is not None:
        return "The action has closed without it."
    if step.control is Control.ASSIGN:
        return _why_not_assigned(journal, step)
    if step.control in JUDGING and (gone := _evidence_gone(journal)):
        return f"{gone} {AGAIN}"
    return "The action does not need it any more."


def _why_not_assigned(journal: Journal, step: Step) -> str:
    if journal.owner_id is None:
        return "The action waits for another owner."
    return "An owner has been named." if step.key == "owner" else "The action has gone to another owner."


def _evidence_gone(journal: Journal) -> str | None:
    """What happened last to the evidence that was to be judged; what was taken back has no later round yet."""
    for step in journal.this_cycle:
        if step.outcome is Outcome.WITHDRAWN and journal.latest(step.key) == step:
            known = meanings(journal.pathway).get(step.key)
            return f"“{known.title if known else step.key}” was taken back by whoever sent it."
    return "Evidence was sent back, with what is still missing." if journal.returns() else None
