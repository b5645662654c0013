"""What was recorded of somebody's answer, and what happens next."""

from datetime import date
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import link_in, remember_link
from api.office import Front, front_of
from api.pages.showing import show
from commands.answering import Receipt
from db.asking import AskFacts, last_answer, load_ask, open_steps_of
from db.journal import load_journal
from db.samples import drawn_times
from domain.actors import Actor
from domain.form_words import said_of
from domain.saying import first_name, say_date, say_due
from domain.vocabulary import Outcome
from domain.withdrawing import may_withdraw

AFTER_DUE = "It came after its date. It counts, and is marked as late."


async def after(request: Request, receipt: Receipt, actor: Actor) -> Response:
    """Say what was recorded. The next step of the same person opens in the same browser."""
    front = front_of(request)
    response = RedirectResponse(f"/steps/{receipt.step_id}", 303)
    if not receipt.counted:
        async with front.office.engine.connect() as connection:
            ask = await load_ask(connection, receipt.step_id)
        if ask is not None:
            return await receipt_page(request, ask, actor, status=409)
    for item in receipt.moved.opened if receipt.moved else ():
        if item.link_id is not None and item.choice is not None and item.choice.assignee_id == actor.person_id:
            remember_link(response, front, item.link_id, actor.known, item.id)
    return response


async def receipt_page(request: Request, ask: AskFacts, actor: Actor, status: int = 200) -> Response:
    """What was recorded of this person's answer, and what happens next."""
    front = front_of(request)
    async with front.office.engine.connect() as connection:
        mine = await last_answer(connection, ask.id, actor.known)
        steps = await open_steps_of(connection, ask.action_id)
        may_go = await _may_take_back(connection, front, ask, actor)
    if mine is None:
        words = "Somebody has answered this step already, or it is not asked any more. There is nothing left to do."
        return show(request, "message.jinja", title="This step is done", words=words, missing=None, status=status)
    calendar = front.office.calendar
    following = [
        {"when": f"By {say_due(step.due_at, calendar)}", "words": f"{step.person or 'Somebody'}: {step.title}."}
        for step in steps
    ]
    own = next((s for s in steps if s.assignee_id == actor.person_id and s.link_id and s.id != ask.id), None)
    title, words = _kept(ask, mine.kept_as, mine.after_due)
    return show(
        request,
        "owner/done.jinja",
        status=status,
        title=title,
        reference=f"{ask.ref}-{mine.id.hex[-4:].upper()}",
        at=mine.received_at,
        late_words=words,
        next_for_you=_next_for(request, own, actor) if own else None,
        steps=following,
        sent=sent_words(mine.answer),
        has_work=actor.is_signed_in,
        take_back=f"{ask.path}/withdraw" if may_go and mine.kept_as == "answer" else None,
    )


def _next_for(request: Request, own: Any, actor: Actor) -> dict[str, Any]:
    """The same person's next step; it opens here only where this browser has its link, or they signed in."""
    opens = link_in(request, own.id) is not None or actor.is_signed_in
    return {"title": own.title, "due_at": own.due_at, "path": f"/steps/{own.id}" if opens else None}


async def _may_take_back(connection: AsyncConnection, front: Front, ask: AskFacts, actor: Actor) -> bool:
    if ask.outcome != Outcome.SUBMITTED:
        return False
    journal = await load_journal(connection, ask.action_id, front.office.calendar)
    step = next(step for step in journal.steps if step.id == ask.id)
    return may_withdraw(journal, step, actor.known, await drawn_times(connection, ask.action_id)) is None


def _kept(ask: AskFacts, kept_as: str, after_due: bool) -> tuple[str, str | None]:
    """What the receipt is headed by, and what has to be said of an answer that came late or does not count."""
    if kept_as == "withdrawn":
        return "You took this back", "It is kept on the record as taken back, and does not count."
    if kept_as != "answer":
        words = "It came after the step had been answered, so it changed nothing. It is kept as late."
        return "Kept on the record", words
    thanks = f"Thank you, {first_name(ask.person)}." if ask.person else "Thank you."
    return f"{thanks} {title_for(ask)}", AFTER_DUE if after_due else None


def title_for(ask: AskFacts) -> str:
    """What the confirmation says."""
    said = {
        "accepted": "The action is yours.",
        "declined": "Your answer is in.",
        "needs support": "You asked for support.",
    }
    return said.get(ask.outcome or "", "Your evidence is in.")


def _said(name: str, value: Any) -> str:
    """One answer as a person reads it: dates in words."""
    return say_date(date.fromisoformat(value)) if name == "effective_on" else str(value)


def sent_words(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What somebody sent, label by label."""
    labels = {
        "statement": "What was done",
        "effective_on": "When",
        "reason": "Reason",
        "barrier": "What is in the way",
        "category": "CQC category",
    }
    found = [(label, _said(name, answer[name])) for name, label in labels.items() if answer.get(name)]
    if files := answer.get("files"):
        found.append(("Files", ", ".join(file["name"] for file in files)))
    found += said_of(answer)
    return found
