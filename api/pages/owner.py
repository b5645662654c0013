"""The owner's page: what is asked, and yes to it. Thirty seconds on a phone."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import answering
from api.office import front_of
from api.pages.asking import ask_of
from api.pages.reading import read_form, request_id_of, typed_in
from api.pages.receipts import after, receipt_page
from api.pages.showing import show
from commands.accept import accept
from commands.office import utc_now
from commands.telling import counts_of, step_path
from db.asking import AskFacts
from db.journal import load_pathway
from domain.vocabulary import Form

router = APIRouter(prefix="/steps/{step_id}")
ACCOUNT_FORMS = tuple(form for form in Form if form.needs_account)


@router.api_route("", methods=["GET", "HEAD"])
async def ask_page(request: Request, step_id: UUID) -> Response:
    """What is asked; or the receipt, once it is answered."""
    actor = await answering(request, step_id)
    ask = await ask_of(request, step_id, actor)
    if Form(ask.form) in ACCOUNT_FORMS:
        return RedirectResponse(step_path(Form(ask.form), ask.id), 303)
    if not ask.is_open:
        return await receipt_page(request, ask, actor)
    return show(request, "owner/ask.jinja", ask=await _as_shown(request, ask), has_work=actor.is_signed_in)


async def _as_shown(request: Request, ask: AskFacts) -> dict[str, Any]:
    async with front_of(request).office.engine.connect() as connection:
        pathway = await load_pathway(connection, ask.pathway_version_id)
    waiting: list[str] = []
    if ask.extensions:
        waiting.append("More time was asked for; somebody else is deciding.")
    if ask.barriers:
        waiting.append("We were told what is in the way; the manager has been asked to help.")
    if ask.time_decided:
        granted = "granted" if ask.time_decided["granted"] else "not granted"
        waiting.append(f"More time was {granted}: {ask.time_decided['reason']}")
    if ask.barrier_answer:
        waiting.append(f"The answer about what is in the way: {ask.barrier_answer}")
    if ask.escalated_to:
        waiting.append(f"This is late, and the {ask.escalated_to} has been asked to decide. You can still do it.")
    if ask.decided:
        support = f"{ask.decided['support']} " if ask.decided["support"] else ""
        waiting.append(f"Decided, because it was late: {support}Until it is done: {ask.decided['control']}")
    facts = {name: getattr(ask, name) for name in ask.__dataclass_fields__}
    because = (
        "You were named as the one owner of this action."
        if ask.form == Form.ACCEPTANCE
        else (f"This step is for the {ask.role} at {ask.location}.")
    )
    more = {"path": ask.path, "counts": counts_of(pathway, ask.key), "waiting": waiting, "because": because}
    return {**facts, **more, "person": ask.person or "somebody"}


@router.post("/accept")
async def accept_step(request: Request, step_id: UUID) -> Response:
    """Yes."""
    actor = await answering(request, step_id)
    typed = typed_in(await read_form(request))
    receipt = await accept(front_of(request).office, actor, step_id, request_id_of(typed), utc_now())
    return await after(request, receipt, actor)
