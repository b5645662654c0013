"""Showing a page: what every template may count on."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.identity import NotSignedIn, Visitor, visitor
from api.office import front_of
from commands.office import utc_now
from db.ids import new_id
from db.waiting import waiting_for
from domain.defining import MAY_DEFINE
from domain.vocabulary import Role
from templates import render

DONE_COOKIE = "ft-done"
DECIDERS = (Role.QUALITY_LEAD, Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR)


def show(
    request: Request, template: str, *, status: int | None = None, me: dict[str, Any] | None = None, **values: Any
) -> Response:
    """Render a template; a banner left by the page before is shown once.

    Where no status is said, a page with errors on it was sent something it could not take: 422.
    """
    front = front_of(request)
    defaults: dict[str, Any] = {
        "errors": None,
        "typed": {},
        "me": me,
        "here": request.url.path,
        "done": DONE.get(request.cookies.get(DONE_COOKIE, "")),
        "organisation": front.settings.organisation,
        "catches_mail": front.shows_caught_mail,
        "request_id": new_id(),
    }
    page = render(template, utc_now(), front.office.calendar, **(defaults | values))
    response = HTMLResponse(page, status or (422 if values.get("errors") else 200))
    if defaults["done"]:
        response.delete_cookie(DONE_COOKIE)
    return response


def kept_id(typed: dict[str, str] | None) -> dict[str, Any]:
    """The id of a form that is shown again: sent once more it still has one effect. A fresh form gets a new one."""
    return {"request_id": typed["request_id"]} if typed and "request_id" in typed else {}


# The banner is named, not carried: a cookie of somebody else's making can say nothing of its own.
DONE = {
    "answered": "Your answer is recorded. The date and the reasons are on the action’s page.",
    "saved": "Saved. You can go on later.",
    "discarded": "It was thrown away. Nobody else had seen it.",
    "pathway-discarded": "The draft was discarded. What is published stays as it is.",
    "pathway-published": "It is published. New actions follow it from now on; open ones stay on their version.",
    "moved": "The action follows the newer version now. The reason is in its history.",
    "references": "What CQC looks at was changed, and the reason is in the history.",
    "crosswalk": "The suggestion was changed, and the reason is on record.",
    "judged": "How strong the action is was changed, and the reason is in the history.",
    "defined": "The action is defined, and its owner has been asked.",
    "drafted": "Saved as a draft. It says below what is still missing.",
    "given": "It has been given to somebody else, and both people are told.",
    "asked": "Your request is recorded. You hear from us when it is decided.",
    "imported": "The tracker was imported.",
    "reopened": "Your decision is recorded. The action is open again, and everyone who took part is told.",
    "reviewed": "The review is sent. Each note is in its action’s history, and help was asked for what is in the way.",
    "review-answered": "Your answer is recorded, and whoever does the review is told.",
    "scheduled": "Saved. The next review opens on the new day.",
    "mail-settled": "Done. It is recorded with what you did.",
    "helped": "Your answer is recorded, and they are told.",
    "ended": "The action has ended. Everybody who had part in it is told.",
    "exception": "Your exception is recorded. The nominated individual has been asked to confirm it.",
    "confirmed": "Your decision is recorded, and they are told.",
    "owner added": "The person was added. They need no account: what is asked of them comes by e-mail.",
    "role given": "The role is given. What waited for somebody with it has been asked of them.",
    "role ended": "The end of the role is recorded. What was open by it goes to somebody else then.",
    "changed": "The changes are saved.",
    "left": "They have left. Every way in has ended, and their work goes on with others.",
    "link sent": "A link to choose a password has been mailed. Older ones have ended.",
    "away": "The absence is recorded, and the cover is told.",
    "away-uncovered": "The absence is recorded. Nobody covers, so what is asked waits for others with the role.",
    "back": "The absence has ended.",
    "handed over": "What was open went to the cover, who has been mailed.",
    "owner changed": "The new owner has been asked to accept, and the former one is told.",
    "location": "The location is saved.",
    "people imported": "The people of the list were added. Rows that need a look were left out.",
    "person": "The person was added and has been mailed a link to choose a password.",
    "key-revoked": "The key is revoked. The system is refused from now on.",
    "webhook-stopped": "The webhook is stopped. It is told nothing more.",
    "sent-again": "It is sent again.",
    "mail-now": "They are on their way here. Load this page again in a moment.",
}


def done(address: str, banner: str) -> Response:
    """Go to a page after a form, with a banner there: reloading it sends nothing twice."""
    response = RedirectResponse(address, 303)
    response.set_cookie(DONE_COOKIE, banner, max_age=60, httponly=True, samesite="lax")
    return response


async def me_if_any(request: Request) -> dict[str, Any] | None:
    """The same on a page that needs nobody: None where nobody is signed in."""
    try:
        return await me_for(request, await visitor(request))
    except NotSignedIn:
        return None


async def me_for(request: Request, visitor: Visitor) -> dict[str, Any]:
    """Who is signed in, and the menu they have."""
    front, viewer = front_of(request), visitor.viewer
    async with front.office.engine.connect() as connection:
        row = await waiting_for(connection, viewer.person_id)
    menu = [("/work", f"My work ({row.waiting})" if row.waiting else "My work")]
    if viewer.sees_all or viewer.locations:
        menu = [("/overview", "Overview"), *menu, ("/tracker", "Tracker"), ("/reviews", "Reviews")]
    if viewer.is_one_of(*MAY_DEFINE):
        menu += [("/define", "New action")]
    if viewer.is_one_of(*DECIDERS):
        menu += [("/import", "Import"), ("/pathways", "Pathways")]
    if viewer.is_one_of(Role.ADMINISTRATOR):
        menu += [("/api-keys", "Connections")]
    if viewer.is_one_of(Role.ADMINISTRATOR, Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL):
        menu += [("/people", "People")]
    menu += [("/absence", "Absence")]
    return {"name": row.name, "role": viewer.main_role, "menu": menu, "id": viewer.person_id, "waiting": row.waiting}
