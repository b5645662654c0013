"""Owner pages: what is asked, yes, no, blocked, more time, evidence. Thirty seconds on a phone."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import answering, remember_link
from api.office import front_of
from api.pages.reading import date_in, due_in, files_in, nested, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import done, show
from commands.accept import accept, decline
from commands.answering import Receipt, check_may_answer
from commands.ask import ask_for_time, tell_barrier
from commands.office import utc_now
from commands.submit import attach, remove, say_why, submit
from commands.support import need_support
from commands.telling import counts_of, step_path
from db.actions import read_action_of_step
from db.asking import AskFacts, last_answer, load_ask, open_steps_of
from db.evidence import gathered
from db.journal import load_pathway
from db.session import Transaction
from db.steps import load_answered
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.saying import first_name, say_date, say_due
from domain.vocabulary import Category, EvidenceKind, Form
from evidence.refusals import FileRefused

router = APIRouter(prefix="/steps/{step_id}")
ACCOUNT_FORMS = tuple(form for form in Form if form.needs_account)


async def ask_of(request: Request, step_id: UUID, actor: Actor) -> AskFacts:
    """The step, for somebody who may answer it."""
    office = front_of(request).office
    async with office.engine.connect() as connection:
        ask = await load_ask(connection, step_id)
        action = await read_action_of_step(connection, step_id)
        found = await load_answered(connection, step_id, actor.link_id, step_id)
        if ask is None or action is None or found is None:
            raise NotFound
        step, link, _ = found
        await check_may_answer(Transaction(connection, actor, utc_now()), office, action, step, link)
    return ask


@router.api_route("", methods=["GET", "HEAD"])
async def ask_page(request: Request, step_id: UUID) -> Response:
    """What is asked; or the receipt, once it is answered."""
    actor = await answering(request, step_id)
    ask = await ask_of(request, step_id, actor)
    if Form(ask.form) in ACCOUNT_FORMS:
        return RedirectResponse(step_path(Form(ask.form), ask.id), 303)
    if not ask.is_open:
        return await receipt_page(request, ask, actor)
    return show(request, "owner/ask.jinja", ask=await _as_shown(request, ask))


async def _as_shown(request: Request, ask: AskFacts) -> dict[str, Any]:
    async with front_of(request).office.engine.connect() as connection:
        pathway = await load_pathway(connection, ask.pathway_version_id)
    waiting: list[str] = []
    if ask.extensions:
        waiting.append("You asked for more time; somebody else is deciding.")
    if ask.barriers:
        waiting.append("You told us what is in the way; the manager has been asked to help.")
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


def _words_page(
    request: Request,
    ask: AskFacts,
    kind: str,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    page: dict[str, Any] = {"extra": None, "with_date": False, **WORDS[kind]}
    request_id: dict[str, Any] = {"request_id": typed["request_id"]} if typed and "request_id" in typed else {}
    status = 422 if errors else 200
    return show(
        request,
        "owner/words.jinja",
        status=status,
        ask=ask,
        action=f"{ask.path}/{kind}",
        errors=errors,
        typed=typed or {},
        **page,
        **request_id,
    )


@router.api_route("/{kind}", methods=["GET", "HEAD"])
async def words_page(request: Request, step_id: UUID, kind: str) -> Response:
    """The form to decline, to say what is in the way, to ask for time, or to add evidence."""
    if kind not in (*WORDS, "evidence"):
        raise NotFound
    actor = await answering(request, step_id)
    ask = await ask_of(request, step_id, actor)
    if not ask.is_open:
        return await receipt_page(request, ask, actor)
    if kind == "evidence":
        return await evidence_page(request, ask, actor)
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


async def evidence_page(
    request: Request,
    ask: AskFacts,
    actor: Actor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The evidence form, with what was typed and the files added so far."""
    if ask.form == Form.WHY_REOPENED:
        title = "Why did the improvement not hold?"
        page = {"field": "why", "label": title, "hint": "What was different from what we expected?", "button": "Send"}
        action = f"{ask.path}/evidence"
        more: dict[str, Any] = {"extra": None, "with_date": False, "typed": typed or {}, "errors": errors}
        return show(request, "owner/words.jinja", ask=ask, title=title, action=action, **page, **more)
    async with front_of(request).office.engine.connect() as connection:
        files = await gathered(connection, ask.id, actor.known)
        pathway = await load_pathway(connection, ask.pathway_version_id)
    spec = next((step for step in pathway.evidence if step.key == ask.key), None)
    kinds = [*(spec.kinds if spec else ()), *(k for k in EvidenceKind if not spec or k not in spec.kinds)]
    known = typed or {"category": str(spec.category) if spec else "", "kind": str(kinds[0])}
    request_id: dict[str, Any] = {"request_id": known["request_id"]} if "request_id" in known else {}
    return show(
        request,
        "owner/evidence.jinja",
        status=422 if errors else 200,
        ask=ask,
        files=[{"id": f.id, "filename": f.filename, "size": f.size, "kind": kind_of(f.media_type)} for f in files],
        kinds=[(str(kind), str(kind).capitalize()) for kind in kinds],
        categories=[(str(category), str(category).capitalize()) for category in Category],
        errors=errors,
        typed=known,
        **request_id,
    )


def kind_of(media_type: str) -> str:
    """What a file is called on its little picture."""
    short = media_type.rpartition("/")[2]
    return {"jpeg": "JPG", "plain": "TXT", "pdf": "PDF", "png": "PNG", "csv": "CSV", "webp": "WEBP", "gif": "GIF"}.get(
        short, "DOC" if "word" in short else "XLS"
    )


@router.post("/evidence")
async def send_evidence(request: Request, step_id: UUID) -> Response:
    """Keep the files that came along; then add more, remove one, or send it all."""
    actor, front = await answering(request, step_id), front_of(request)
    async with request.form(max_files=12, max_fields=2000, max_part_size=200_000) as form:
        typed = typed_in(form)
        errors = await _keep_files(request, step_id, actor, form)
    if file := uuid_in(typed.get("remove")):
        await remove(front.office, actor, step_id, file, utc_now())
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, None, typed)
    if errors or typed.get("do") == "add":
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, errors or None, typed)
    request_id = request_id_of(typed)
    try:
        if "why" in typed:
            receipt = await say_why(front.office, actor, step_id, request_id, typed["why"], utc_now())
        else:
            receipt = await submit(front.office, actor, step_id, request_id, answer_in(typed), utc_now())
    except Invalid as wrong:
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, wrong.fields, typed)
    return await after(request, receipt, actor)


async def _keep_files(request: Request, step_id: UUID, actor: Actor, form: Any) -> dict[str, str]:
    """Store each file on disk, then on the record; what is refused says why beside its name."""
    front, errors = front_of(request), list[str]()
    allowance = front.store.allowance()
    for upload in files_in(form):
        try:
            stored = await front.store.receive(upload, upload.filename or "file", allowance, upload.size)
            await attach(front.office, actor, step_id, stored, utc_now())
        except (FileRefused, Invalid) as refusal:
            errors.append(f"{upload.filename}: {refusal}")
    return {"files": " ".join(errors)} if errors else {}


def answer_in(typed: dict[str, str]) -> dict[str, Any]:
    """What an evidence form says, in the shape the rules check."""
    groups = nested(typed, "briefing", "views", "elsewhere")
    if "elsewhere" in groups:
        groups["elsewhere"]["on"] = date_in(typed, "elsewhere.on")
    known = {name: typed.get(name) for name in ("statement", "kind", "category")}
    return {**known, "effective_on": date_in(typed, "effective_on"), **groups}


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
    if mine is None:
        words = "Somebody has answered this step already, or it is not asked any more. There is nothing left to do."
        return show(request, "message.jinja", title="This step is done", words=words, missing=None, status=status)
    calendar = front.office.calendar
    following = [
        {"when": f"By {say_due(step.due_at, calendar)}", "words": f"{step.person or 'Somebody'}: {step.title}."}
        for step in steps
    ]
    own = next((s for s in steps if s.assignee_id == actor.person_id and s.link_id and s.id != ask.id), None)
    late = mine.kept_as != "answer"
    thanks = f"Thank you, {first_name(ask.person)}." if ask.person else "Thank you."
    return show(
        request,
        "owner/done.jinja",
        status=status,
        title="Kept on the record" if late else f"{thanks} {title_for(ask)}",
        reference=f"{ask.ref}-{mine.id.hex[-4:].upper()}",
        at=mine.received_at,
        late_words="It came after the step had been answered, so it changed nothing. It is kept as late."
        if late
        else None,
        next_for_you={"title": own.title, "due_at": own.due_at, "path": f"/steps/{own.id}"} if own else None,
        steps=following,
        sent=sent_words(mine.answer),
    )


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
    if briefing := answer.get("briefing"):
        expected = f" of {briefing['expected']}" if briefing.get("expected") else ""
        found += [("Attended", f"{briefing['attended']}{expected}"), ("More guidance", briefing["further_guidance"])]
    if elsewhere := answer.get("elsewhere"):
        found.append(("Recorded in", f"{elsewhere['where']}, seen by {elsewhere['witness']}"))
    return found
