"""Dates that roll: how often a due date was moved, and when that is worth a second look."""

ROLLED_OFTEN = 2
"""Twice or more is flagged on the decider's page and on the radar: the plan may be wrong, not the date."""


def rolling(moved: int) -> str | None:
    """What to say to whoever decides on a date that was moved this often already; None when it was not."""
    if moved < ROLLED_OFTEN:
        return None
    times = "twice" if moved == 2 else f"{moved} times"
    return f"This date was moved {times} already. Ask whether the plan still fits before you move it again."
