"""What is overdue: any action that is open past its date, a draft too.

Rows of a provider's tracker that need a look first become drafts. Were they left out, the same tracker would seem to
have fewer overdue actions the day after it was imported than the day before.
"""

from datetime import datetime

from domain.vocabulary import Status


def is_overdue(status: Status, due_at: datetime | None, now: datetime) -> bool:
    """Whether an action in this status is past this date, its current or its original one."""
    return due_at is not None and due_at < now and status.is_open
