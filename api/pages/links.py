"""The way in from an e-mail.

GET and HEAD change nothing, ever: mail scanners open links, run scripts and press buttons. The
token is swapped for a signed cookie and leaves the address bar at once.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import remember_link
from api.office import front_of
from api.pages.showing import show
from commands.assign import renew_link
from commands.office import utc_now
from db.links import find_link
from db.session import glance
from notifications.links import token_hash

router = APIRouter()
DEAD = "It may have been used, replaced or grown old, or the step may have gone to somebody else."


@router.api_route("/do/{token}", methods=["GET", "HEAD"])
async def open_link(request: Request, token: str) -> Response:
    """Swap a token for a cookie; one kind page for whatever does not work."""
    front, now = front_of(request), utc_now()
    async with glance(front.office.engine) as connection:
        link = await find_link(connection, token_hash(token))
    if link is None:
        return show(request, "owner/dead_link.jinja", status=404, words=DEAD, token=None)
    # A link whose step is answered still leads to its receipt; one that was replaced leads nowhere.
    if link.expires_at <= now or link.was_replaced:
        return show(request, "owner/dead_link.jinja", status=410, words=DEAD, token=token)
    response = RedirectResponse(f"/steps/{link.step_id}", 303)
    remember_link(response, front, link.id, link.person_id, link.step_id)
    return response


@router.post("/do/{token}/renew")
async def renew(request: Request, token: str) -> Response:
    """Mail a new link to whoever the step is with. The page says the same whether or not there was one."""
    front = front_of(request)
    async with front.office.engine.connect() as connection:
        link = await find_link(connection, token_hash(token))
    if link is not None:
        await renew_link(front.office, link.id, utc_now())
    words = "If the step is still open, a new link is on its way to the address it was given to."
    return show(request, "message.jinja", title="Look in your e-mail", words=words, missing=None)
