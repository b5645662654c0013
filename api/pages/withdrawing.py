"""Taking back what was sent, from the receipt: by the link it was sent by, or signed in."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import answering, remember_link
from api.office import front_of
from api.pages.asking import ask_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import show
from commands.office import utc_now
from commands.withdraw import withdraw
from db.asking import AskFacts
from domain.errors import Invalid

router = APIRouter(prefix="/steps/{step_id}/withdraw")


def _page(
    request: Request, ask: AskFacts, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    return show(
        request,
        "owner/words.jinja",
        ask=ask,
        action=f"{ask.path}/withdraw",
        title="Take back what you sent",
        field="reason",
        label="Why do you take it back?",
        hint="It stays on the record as taken back, and does not count. The step opens again for you.",
        extra=None,
        with_date=False,
        button="Take it back",
        errors=errors,
        typed=typed or {},
    )


@router.api_route("", methods=["GET", "HEAD"])
async def withdraw_page(request: Request, step_id: UUID) -> Response:
    """Why? Whether it still may be taken back is said when it is sent, and on the receipt."""
    ask = await ask_of(request, step_id, await answering(request, step_id))
    return RedirectResponse(ask.path, 303) if ask.is_open else _page(request, ask)


@router.post("")
async def withdraw_post(request: Request, step_id: UUID) -> Response:
    """Take it back; the step that opens again opens in this browser."""
    actor, front = await answering(request, step_id), front_of(request)
    typed = typed_in(await read_form(request))
    try:
        taken = await withdraw(front.office, actor, step_id, typed.get("reason", ""), utc_now())
    except Invalid as wrong:
        return _page(request, await ask_of(request, step_id, actor), wrong.fields, typed)
    response = RedirectResponse(f"/steps/{step_id}", 303)
    for item in taken.moved.opened if taken.moved else ():
        if item.link_id is not None and item.choice is not None and item.choice.assignee_id == actor.person_id:
            remember_link(response, front, item.link_id, actor.known, item.id)
    return response
