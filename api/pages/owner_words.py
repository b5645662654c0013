"""What an owner may say in words instead: not mine, what is in the way, more time."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import answering
from api.office import front_of
from api.pages.asking import ask_of
from api.pages.reading import due_in, read_form, request_id_of, typed_in
from api.pages.receipts import after, receipt_page
from api.pages.showing import done, kept_id, show
from commands.accept import decline
from commands.ask import ask_for_time, tell_barrier
from commands.office import utc_now
from commands.support import need_support
from db.asking import AskFacts
from domain.errors import Invalid, NotFound
from domain.vocabulary import Form

# Takes every other name under a step, so it is asked after all other pages there.
router = APIRouter(prefix="/steps/{step_id}")

WORDS: dict[str, dict[str, Any]] = {
    "decline": {
        "title": "This isn’t mine",
        "field": "reason",
        "label": "Why isn’t it yours?",
        "hint": "The registered manager reads this and chooses somebody else.",
        "extra": ("suggestion", "Who might it belong to?", "Leave it empty if you don’t know"),
        "button": "Send",
    },
    "not-mine": {
        "title": "This isn’t mine",
        "field": "barrier",
        "label": "Why isn’t it yours, and who might it belong to?",
        "hint": "The registered manager reads this and decides. It stays with you until then.",
        "button": "Send",
    },
    "blocked": {
        "title": "What is in the way?",
        "field": "barrier",
        "label": "Tell us what is in the way",
        "hint": "The registered manager is asked to help. The date stands until somebody changes it.",
        "button": "Send",
    },
    "time": {
        "title": "Ask for more time",
        "field": "reason",
        "label": "Why is more time needed?",
        "hint": "Somebody else decides. The first date stays on the record.",
        "button": "Ask for more time",
        "with_date": True,
    },
}


# Before somebody has taken an action on, it is asked of them to say yes or no, and not yet to do it.
TO_ACCEPT: dict[str, dict[str, Any]] = {
    "blocked": {
        "title": "Yes, but I need support",
        "label": "What do you need, or what is in the way?",
        "hint": "The registered manager is asked to help. Then you are asked again, with what was done about it.",
    },
    "time": {
        "title": "Ask for more time to answer",
        "hint": "Somebody else decides. This moves the day to say yes or no by, not the date of the action itself.",
    },
}


def _words_page(
    request: Request,
    ask: AskFacts,
    kind: str,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    accepting = TO_ACCEPT.get(kind, {}) if ask.form == Form.ACCEPTANCE else {}
    page: dict[str, Any] = {"extra": None, "with_date": False, **WORDS[kind], **accepting}
    return show(
        request,
        "owner/words.jinja",
        ask=ask,
        action=f"{ask.path}/{kind}",
        errors=errors,
        typed=typed or {},
        **page,
        **kept_id(typed),
    )


@router.api_route("/{kind}", methods=["GET", "HEAD"])
async def words_page(request: Request, step_id: UUID, kind: str) -> Response:
    """The form to decline, to say what is in the way, or to ask for time."""
    if kind not in WORDS:
        raise NotFound
    actor = await answering(request, step_id)
    ask = await ask_of(request, step_id, actor)
    if not ask.is_open:
        return await receipt_page(request, ask, actor)
    return _words_page(request, ask, kind)


@router.post("/decline")
async def decline_step(request: Request, step_id: UUID) -> Response:
    """No, and why."""
    actor = await answering(request, step_id)
    typed = typed_in(await read_form(request))
    office, reason = front_of(request).office, typed.get("reason", "")
    try:
        receipt = await decline(
            office, actor, step_id, request_id_of(typed), reason, typed.get("suggestion") or None, utc_now()
        )
    except Invalid as wrong:
        return _words_page(request, await ask_of(request, step_id, actor), "decline", wrong.fields, typed)
    return await after(request, receipt, actor)


@router.post("/blocked")
async def blocked(request: Request, step_id: UUID) -> Response:
    """What is in the way."""
    return await _barrier(request, step_id, "blocked")


@router.post("/not-mine")
async def not_mine(request: Request, step_id: UUID) -> Response:
    """An evidence step that belongs to somebody else: the manager decides."""
    return await _barrier(request, step_id, "not-mine")


async def _barrier(request: Request, step_id: UUID, kind: str) -> Response:
    actor = await answering(request, step_id)
    typed = typed_in(await read_form(request))
    words = typed.get("barrier", "")
    said = f"Not mine: {words}" if kind == "not-mine" and words else words
    office, request_id = front_of(request).office, request_id_of(typed)
    try:
        if (await ask_of(request, step_id, actor)).form == Form.ACCEPTANCE:
            receipt = await need_support(office, actor, step_id, request_id, said, utc_now())
            return await after(request, receipt, actor)
        await tell_barrier(office, actor, step_id, request_id, said, utc_now())
    except Invalid as wrong:
        return _words_page(request, await ask_of(request, step_id, actor), kind, wrong.fields, typed)
    return done(f"/steps/{step_id}", "asked")


@router.post("/time")
async def more_time(request: Request, step_id: UUID) -> Response:
    """Ask for a later date."""
    actor, office = await answering(request, step_id), front_of(request).office
    typed = typed_in(await read_form(request))
    wanted = due_in(typed, "wanted", office.calendar)
    try:
        await ask_for_time(office, actor, step_id, request_id_of(typed), typed.get("reason", ""), wanted, utc_now())
    except Invalid as wrong:
        return _words_page(request, await ask_of(request, step_id, actor), "time", wrong.fields, typed)
    return done(f"/steps/{step_id}", "asked")
