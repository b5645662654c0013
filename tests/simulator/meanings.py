"""What a move to another version must leave as it was: what is asked, and what an answer meant."""

from domain.journal import Journal
from domain.vocabulary import Outcome
from tests.machine.tracker import Broken


def asked_by_its_version(journal: Journal) -> None:
    """Each open step is one that the action's version asks for; each answer counts for what it was given for."""
    pathway, forms = journal.pathway, {spec.key: spec.form for spec in journal.pathway.evidence}
    for step in journal.open_steps:
        if pathway.control_of(step.key) is not step.control or forms.get(step.key, step.form) is not step.form:
            raise Broken("an open step is one that its version asks for", step)
    for step in journal.this_cycle:
        counts = pathway.control_of(step.key) in (None, step.control)
        if not counts or (step.outcome is Outcome.SUBMITTED and forms.get(step.key, step.form) is not step.form):
            raise Broken("an answer goes on meaning what it meant", step)
