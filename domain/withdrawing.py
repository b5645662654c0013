"""Taking evidence back: whoever sent it may, as long as nobody has looked at it.

Somebody has looked once a sample was drawn, or a check or an approval decided, after it was sent.
What is taken back stays on the record and counts neither for the gate nor for the categories. It
does count for separation of duties: whoever handled the evidence knows what it was to show, so
they check and approve this cycle no more than anybody else who worked on it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.journal import Journal, Step
from domain.vocabulary import Control, Form, Outcome, StepStatus

JUDGED = frozenset({Control.CHECK, Control.CLOSE})


def may_withdraw(journal: Journal, step: Step, person_id: UUID, drawn_at: Iterable[datetime]) -> str | None:
    """None when this person may take back what they sent to the step; else why not, in words for them.

    `drawn_at` says when samples of this action were drawn.
    """
    if step.control is not Control.EVIDENCE or step.form is Form.WHY_REOPENED or step.outcome is not Outcome.SUBMITTED:
        return "There is no evidence here that could be taken back."
    if step.settled_by != person_id:
        return "Somebody else sent this. Ask them to take it back, or say to your manager what is wrong with it."
    if journal.is_ended or journal.cycle_closed_at is not None or step.cycle != journal.cycle:
        return "This action has closed, so its evidence stays as it is. Tell the registered manager what is wrong."
    if _was_looked_at(journal, step, drawn_at):
        return (
            "It has been looked at already, so it can't be taken back."
            " Tell the person who checks it what is wrong: they can send it back to you."
        )
    return None


def _was_looked_at(journal: Journal, step: Step, drawn_at: Iterable[datetime]) -> bool:
    sent_at = step.settled_at
    assert sent_at is not None
    judged = [
        other.settled_at
        for other in journal.this_cycle
        if other.control in JUDGED and other.status is StepStatus.SETTLED and other.settled_at is not None
    ]
    return any(at >= sent_at for at in (*drawn_at, *judged))
