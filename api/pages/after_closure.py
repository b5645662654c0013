"""What came after closure, in sentences: re-audits, cycles that opened again, themes found again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.dossier import Dossier
from domain.deadlines import Calendar
from domain.saying import say_date
from domain.vocabulary import ReAuditStatus, Reopened, Status

TAGS = {
    ReAuditStatus.PLANNED: ("Planned", "grey"),
    ReAuditStatus.OPEN: ("Waiting", "blue"),
    ReAuditStatus.PASSED: ("Held", "green"),
    ReAuditStatus.FAILED: ("Did not hold", "red"),
    ReAuditStatus.MISSED: ("Missed", "red"),
    ReAuditStatus.VOID: ("Not needed any more", "grey"),
}
REOPENED = {
    Reopened.RE_AUDIT_FAILED: "A re-audit found that it had not held",
    Reopened.RE_AUDIT_MISSED: "Its re-audit was missed",
    Reopened.REPEAT_FINDING: "The same theme was found again",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that came after closure, with its state as a tag, and where to read or do more.

    `instead` is where to end the action with the finding, where it is the same work as the one that opened again.
    """

    words: str
    tag: str
    colour: str
    path: str | None = None
    link: str | None = None
    instead: str | None = None
    instead_words: str | None = None


def lines_after_closure(dossier: Dossier, repeats: Sequence[Any], calendar: Calendar, *, may_end: bool) -> list[Line]:
    """Cycle by cycle: what opened it, and the re-audits planned at its closure; then themes found again."""
    lines: list[Line] = []
    for cycle in dossier.cycles:
        if cycle.reopened:
            lines.append(_cycle(cycle, calendar))
        lines += [_re_audit(audit, calendar) for audit in dossier.re_audits if audit.cycle == cycle.number]
    return lines + [_repeat(repeat, may_end) for repeat in repeats]


def same_work_path(
    reopened: bool | None, closed_status: str, found_status: str, closed_ref: str, found_ref: str
) -> str | None:
    """Where the reopened action may take the place of the one with the finding, while both are open."""
    if not reopened or not Status(closed_status).is_open or not Status(found_status).is_open:
        return None
    return f"/actions/{found_ref}/end?instead={closed_ref}"


def _cycle(cycle: Any, calendar: Calendar) -> Line:
    day, why = say_date(calendar.day_of(cycle.opened_at)), REOPENED[Reopened(cycle.reopened)]
    return Line(f"Cycle {cycle.number} opened on {day}. {why}: {cycle.opened_because}", "Reopened", "red")


def _re_audit(audit: Any, calendar: Calendar) -> Line:
    tag, colour = TAGS[ReAuditStatus(audit.status)]
    words = f"Re-audit {audit.number}, {say_date(calendar.day_of(audit.due_at))}"
    if audit.decided_at is not None and audit.status != ReAuditStatus.VOID:
        words += f", decided on {say_date(calendar.day_of(audit.decided_at))}"
    if audit.status == ReAuditStatus.OPEN:
        return Line(
            f"{words}, with {audit.person or 'nobody'}", tag, colour, f"/steps/{audit.step_id}/sample", "Open it"
        )
    return Line(words, tag, colour)


def _repeat(repeat: Any, may_end: bool) -> Line:
    path = f"/repeats/{repeat.id}"
    words = (
        f"It has the theme of {repeat.closed_ref}, which had closed."
        if repeat.is_found
        else f"Its theme was found again by {repeat.found_ref}."
    )
    if repeat.decided_at is None:
        return Line(words, "Waits for a decision", "orange", path, "Decide")
    decided = "did not hold" if repeat.reopened else "another matter"
    instead = same_work_path(
        repeat.reopened, repeat.closed_status, repeat.found_status, repeat.closed_ref, repeat.found_ref
    )
    return Line(
        f"{words} Decided: {decided}. {repeat.reason}",
        "Decided",
        "grey",
        path,
        "Read it",
        instead if may_end else None,
        f"The same work? Let {repeat.closed_ref} take the place of {repeat.found_ref}",
    )
