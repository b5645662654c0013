"""An action in sentences: why it is open, the five controls, its evidence, its escalations."""

from datetime import datetime
from typing import Any

from api.pages.agreement import approval_words, approvers
from api.pages.asked_told import waits_words
from api.pages.decisions_told import answer_words
from commands.telling import step_path
from db.dossier import Dossier
from domain.deadlines import Calendar
from domain.escalating import Decision
from domain.pathways import OWNER
from domain.sampling import Result
from domain.saying import say_count, say_date, say_due, say_late, say_list
from domain.standing import BY_LINK
from domain.vocabulary import Control, Form, Outcome, Status

CHANGES_OWNER = frozenset(status for status in Status if status.is_open and status is not Status.DRAFT)
UNFINISHED = frozenset({Status.CANCELLED, Status.SUPERSEDED})
NOT_ASKED = ("The action ended before this", ("Not asked any more", "grey"))
LATER, WAITING, DONE = ("Cannot start yet", "grey"), ("Waiting", "blue"), ("Done", "green")
BACK = ("Sent back", "orange")


def why_open(dossier: Dossier, now: datetime, calendar: Calendar) -> list[str]:
    """The sentences that answer “why is this still open?”."""
    head, lines = dossier.head, list[str]()
    if head.ended_reason:
        return [head.ended_reason]
    if Status(head.status) is Status.DRAFT:
        lines.append("Because it is a draft: nobody can be asked to do it until this is said.")
    if (cycle := dossier.cycles[-1]).reopened and cycle.closed_at is None:
        lines.append(f"Because it had closed and did not hold ({cycle.reopened}). {cycle.opened_because}")
    for step in dossier.open_steps:
        since = say_late(step.with_since, now, calendar)
        lines.append(f"“{step.title}” has been with {step.person or 'nobody'} for {since}.")
        if step.person is None:
            lines.append(_why_nobody(step))
    open_escalations = [e for e in dossier.escalations if e.must_answer and e.answered_at is None]
    for escalation in open_escalations[-1:]:
        asked = escalation.asked or f"nobody, since no {escalation.role} is named"
        lines.append(f"It is escalated: rung {escalation.rung} waits for {asked}.")
    return lines or ["Nothing is asked of anybody at the moment."]


def _why_nobody(step: Any) -> str:
    """What a step that nobody has waits for, and what helps."""
    if step.role == OWNER:
        return f"{waits_words(step)}."
    needs_one = Form(step.form).needs_account and step.role in BY_LINK
    account = " It is answered signed in, so whoever holds it needs a password as well." if needs_one else ""
    return f"Nobody here may do it as {step.role}. Give the role to somebody, or give the step to a person.{account}"


def controls(dossier: Dossier, calendar: Calendar) -> list[dict[str, str]]:
    """The five controls, each with who, when and where it stands."""
    head = dossier.head
    found = {
        "Define": _define(dossier, calendar),
        "Assign": _assign(dossier, calendar),
        "Evidence": _steps_of(dossier, Control.EVIDENCE, calendar),
        "Escalate": _escalate(dossier, calendar),
        "Close": _close(dossier, head, calendar),
    }
    if Status(head.status) in UNFINISHED:
        found = {
            name: NOT_ASKED if state in (LATER, WAITING) else (words, state) for name, (words, state) in found.items()
        }
    return [_control(name, *said) for name, said in found.items()]


def _control(name: str, words: str, state: tuple[str, str]) -> dict[str, str]:
    return {"name": name, "words": words, "tag": state[0], "colour": state[1]}


def _define(dossier: Dossier, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    head = dossier.head
    if head.defined_at is None:
        return f"{say_count(len(head.draft_reasons), 'thing')} still to say", ("To complete", "orange")
    return f"{head.definer or 'Imported'} · {say_date(calendar.day_of(head.defined_at))}", DONE


def _assign(dossier: Dossier, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    head = dossier.head
    if head.defined_at is None:
        return "After the definition", LATER
    accepted = [s for s in dossier.steps if s.key == "accept" and s.outcome == Outcome.ACCEPTED]
    if accepted and head.owner:
        return f"{head.owner} accepted · {say_date(calendar.day_of(accepted[-1].settled_at))}", DONE
    return (f"{head.owner} has been asked" if head.owner else "No owner yet"), WAITING


def _steps_of(dossier: Dossier, control: Control, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    steps = [s for s in dossier.steps if s.control == control and s.cycle == dossier.head.cycle]
    latest = {step.key: step for step in steps}
    if not latest:
        return "Starts when the owner accepts" if control is Control.EVIDENCE else "After the evidence", LATER
    settled = [s for s in latest.values() if s.status == "settled"]
    waiting = [s for s in latest.values() if s.status == "open"]
    if not waiting:
        return f"{say_count(len(settled), 'step')} answered", DONE if settled else LATER
    first = waiting[0]
    words = f"{len(settled)} of {len(latest)} answered. {first.title} with {first.person or 'nobody'},"
    return f"{words} due {say_due(first.due_at, calendar)}", WAITING


def _escalate(dossier: Dossier, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    fired = dossier.escalations
    if not fired:
        return "No step has escalated", ("Not needed", "grey")
    last = fired[-1]
    if any(e.must_answer and e.answered_at is None for e in fired):
        return f"Rung {last.rung} waits for {last.asked or last.role}", ("Waits for an answer", "red")
    answered = [e for e in fired if e.answered_by is not None]
    overtaken = [e for e in fired if e.answer_kind == Decision.OVERTAKEN]
    if overtaken and not answered:
        return f"Rung {overtaken[-1].rung} was not answered before the step was", ("No answer on record", "orange")
    if not answered:
        return f"Rung {last.rung}: told {', '.join(last.told_names) or 'nobody'}", ("Told", "orange")
    when = say_date(calendar.day_of(answered[-1].answered_at))
    return f"Answered by {answered[-1].answered_by_name} · {when}", ("Answered", "green")


def _close(dossier: Dossier, head: Any, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    closure = next((c for c in dossier.closures if c.cycle == head.cycle), None)
    if closure is not None:
        return f"Approved by {say_list(approvers(dossier))} · {say_date(calendar.day_of(closure.closed_at))}", DONE
    words, state = _steps_of(dossier, Control.CHECK, calendar)
    if (approval := approval_words(dossier)) is not None:
        return approval, WAITING
    if (back := _sent_back(dossier, calendar)) and state is not WAITING:
        return back, BACK
    if state is not LATER:
        return f"Sample audit: {words}", state
    return ("Sample audit, then approval" if head.definition["checks"] else "Approval, after the evidence"), state


def _sent_back(dossier: Dossier, calendar: Calendar) -> str | None:
    """What sent evidence back last in this cycle; None where the last check or decision did not."""
    judged = [s for s in dossier.steps if s.control in (Control.CHECK, Control.CLOSE) and s.status == "settled"]
    last = max((s for s in judged if s.cycle == dossier.head.cycle), key=lambda s: s.settled_at, default=None)
    if last is None or last.outcome not in (Outcome.FAILED, Outcome.REJECTED):
        return None
    what = "The sample did not pass" if last.outcome == Outcome.FAILED else "Approval was not given"
    return f"{what} · {last.settled_by_name}, {say_date(calendar.day_of(last.settled_at))}"


def sample_lines(dossier: Dossier) -> list[dict[str, Any]]:
    """Each sample with how it ended, and what it can and cannot show."""
    return [
        {**sample._mapping, "ended": _sample_ended(sample), "words": _shown_by(sample)} for sample in dossier.samples
    ]


def _sample_ended(sample: Any) -> str:
    if sample.replaced_because:
        return "Set aside"
    if sample.passed is None:
        return "Under way"
    return "Passed" if sample.passed else "Did not pass"


def _shown_by(sample: Any) -> str:
    if sample.replaced_because:
        return f"No item of it applied, so another was drawn. {sample.replaced_because}"
    if sample.passed is None:
        return f"{sample.size} records to look at."
    counts = (sample.passes, sample.fails, sample.not_applicable)
    return Result(*counts, sample.threshold, sample.population_size).words


def ladder_lines(dossier: Dossier, calendar: Calendar) -> list[dict[str, str]]:
    """Escalations and requests against the original date, oldest first."""
    if not dossier.escalations and not dossier.requests:
        return []
    lines: list[tuple[datetime, dict[str, str]]] = []
    head = dossier.head
    if head.original_due_at is not None:
        words = "original due date. “On time” is measured against this day for ever."
        lines.append((head.original_due_at, {"kind": "late", "words": words}))
    for e in dossier.escalations:
        cover = f", for {e.asked_for}," if e.asked_for else ""
        told = f"{', '.join(e.told_names) or 'nobody'} told"
        who = f"{e.asked or e.role}{cover} must answer" if e.must_answer else told
        lines.append((e.fired_at, {"kind": "late", "words": f"rung {e.rung} for “{e.step_title}”: {who}."}))
    for e in dossier.escalations:
        if e.answered_at is not None:
            lines.append((e.answered_at, {"kind": "", "words": _ended(e, calendar)}))
    for r in dossier.requests:
        lines.append((r.at, {"kind": "", "words": f"{r.person} {r.words}"}))
        if r.decided_at:
            decided = "" if r.granted is None else ("granted: " if r.granted else "not granted: ")
            who = f"{r.decider}, for {r.decided_for}," if r.decided_for else r.decider
            lines.append((r.decided_at, {"kind": "", "words": f"{who} answered – {decided}{r.answer}"}))
    ordered = sorted(lines, key=lambda line: line[0])
    return [{**line, "when": say_date(calendar.day_of(at))} for at, line in ordered]


def _ended(e: Any, calendar: Calendar) -> str:
    if e.answer_kind == Decision.OVERTAKEN:
        return f"rung {e.rung} for “{e.step_title}” ended without an answer of its own: {e.overtaken_because}."
    cover = f", for {e.answered_for}" if e.answered_for else ""
    return f"rung {e.rung} answered by {e.answered_by_name}{cover}. {answer_words(e, calendar)}"


def first_things(dossier: Dossier, person_id: Any, may_give: bool) -> list[dict[str, str]]:
    """What this reader should do first here."""
    found: list[dict[str, str]] = []
    for step in dossier.open_steps:
        mine = step.assignee_id == person_id
        if mine:
            words = f"{step.title}. It waits for you."
            path = step_path(Form(step.form), step.id)
            found.insert(0, {"words": words, "path": path, "button": "Do it now", "waits": "yes"})
        elif may_give:
            words = f"{step.title}, with {step.person or 'nobody'}."
            found.append({"words": words, "path": f"/steps/{step.id}/give", "button": "Give it to somebody else"})
    found = [*_escalations_first(dossier, person_id, may_give), *found]
    if may_give and dossier.head.owner and Status(dossier.head.status) in CHANGES_OWNER:
        words, path = f"Owned by {dossier.head.owner}.", f"/actions/{dossier.head.ref}/owner"
        found.append({"words": words, "path": path, "button": "Give the action to another owner"})
    return found


def _escalations_first(dossier: Dossier, person_id: Any, may_give: bool) -> list[dict[str, str]]:
    """Escalations without an answer that this reader may answer: those asked of them first, then the lowest rung."""
    waiting = [e for e in dossier.escalations if e.must_answer and e.answered_at is None]
    found: list[dict[str, str]] = []
    for e in sorted(waiting, key=lambda e: (e.asked_id != person_id, e.rung)):
        mine = e.asked_id == person_id
        if mine or may_give:
            words = f"“{e.step_title}” is late. Rung {e.rung} waits for {'you' if mine else e.asked or 'nobody'}."
            item = {"words": words, "path": f"/escalations/{e.id}", "button": "Answer the escalation"}
            found.append(item | ({"waits": "yes"} if mine else {}))
    return found
