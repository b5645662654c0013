"""When people are told: inside the waking hours of their location, unless the risk is critical."""

from datetime import datetime, time, timedelta

from domain.deadlines import Calendar


def not_before(now: datetime, opens: time | None, closes: time | None, calendar: Calendar, critical: bool) -> datetime:
    """The earliest moment to send. Opening and closing at the same time means always open."""
    if critical or opens is None or closes is None or opens == closes:
        return now
    local = now.astimezone(calendar.zone)
    clock = local.time()
    awake = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
    if awake:
        return now
    day = local.date() if clock < opens else local.date() + timedelta(days=1)
    return calendar.at(day, opens)
