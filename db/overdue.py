"""What is overdue, as SQL on `action a`: the rule of `domain.overdue`, by the current and by the original date."""

CURRENT_DATE = "a.due_at"
# A draft's first date is fixed when its definition is; until then the one it has is its first.
ORIGINAL_DATE = "coalesce(a.original_due_at, a.due_at)"


def overdue_by(date: str) -> str:
    """The condition that an action is open past that date; binds `now` and `finished`."""
    return f"{date} < :now AND a.status <> ALL(:finished)"
