"""Escalations that ended because nobody was needed any more, kept on the trail with the reason."""

from collections.abc import Iterable
from uuid import UUID

from db.session import Transaction
from db.trail import Entry
from domain.escalating import Overtaken


def record_overtaken(
    tx: Transaction, action_id: UUID, location_id: UUID | None, escalations: Iterable[UUID], why: Overtaken
) -> None:
    """Put on the trail that these escalations need no answer of their own."""
    for escalation_id in escalations:
        words = {"because": str(why)}
        tx.record(Entry("escalation overtaken", "escalation", escalation_id, action_id, location_id, words))
