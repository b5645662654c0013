"""The evidence form: files one by one, then what was done, when, and what it shows."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import answering
from api.office import front_of
from api.pages.asking import ask_of
from api.pages.filling_in import typed_again
from api.pages.reading import date_in, dates_in, files_in, nested, request_id_of, typed_in, uuid_in
from api.pages.receipts import after, receipt_page
from api.pages.showing import kept_id, show
from commands.office import utc_now
from commands.submit import attach, is_wanted, remove, say_why, submit
from db.asking import AskFacts, taken_back_answer
from db.evidence import gathered
from db.journal import load_pathway
from domain.actors import Actor
from domain.errors import Invalid
from domain.evidence_kinds import Competence, groups_for
from domain.pathways import EvidenceStep
from domain.vocabulary import Category, EvidenceKind, Form
from evidence.refusals import FileRefused

router = APIRouter(prefix="/steps/{step_id}/evidence")


@router.api_route("", methods=["GET", "HEAD"])
async def form_page(request: Request, step_id: UUID) -> Response:
    """The form; or the receipt, once the step is answered."""
    actor = await answering(request, step_id)
    ask = await ask_of(request, step_id, actor)
    return await (evidence_page if ask.is_open else receipt_page)(request, ask, actor)


@router.post("")
async def send_evidence(request: Request, step_id: UUID) -> Response:
    """Keep the files that came along; then add more, remove one, or send it all."""
    actor, front = await answering(request, step_id), front_of(request)
    async with request.form(max_files=12, max_fields=2000, max_part_size=200_000) as form:
        typed = typed_in(form)
        errors = await _keep_files(request, step_id, actor, form, request_id_of(typed))
    if file := uuid_in(typed.get("remove")):
        await remove(front.office, actor, step_id, file, utc_now())
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, None, typed)
    if errors or typed.get("do") in ("add", "kind"):
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, errors or None, typed)
    request_id = request_id_of(typed)
    try:
        if "why" in typed:
            receipt = await say_why(front.office, actor, step_id, request_id, typed["why"], utc_now())
        else:
            answer = partial(answer_in, typed)
            receipt = await submit(front.office, actor, step_id, request_id, answer, utc_now())
    except Invalid as wrong:
        return await evidence_page(request, await ask_of(request, step_id, actor), actor, wrong.fields, typed)
    return await after(request, receipt, actor)


async def _keep_files(request: Request, step_id: UUID, actor: Actor, form: Any, request_id: UUID) -> dict[str, str]:
    """Store each file on disk, then on the record; what is refused says why beside its name."""
    front, errors = front_of(request), list[str]()
    allowance = front.store.allowance()
    for upload in files_in(form):
        try:
            if not await is_wanted(front.office, actor, step_id, request_id):
                return {}
            stored = await front.store.receive(upload, upload.filename or "file", allowance, upload.size)
            await attach(front.office, actor, step_id, stored, utc_now(), request_id)
        except (FileRefused, Invalid) as refusal:
            errors.append(f"{upload.filename}: {refusal}")
    return {"files": " ".join(errors)} if errors else {}


def answer_in(typed: dict[str, str], form: Form) -> dict[str, Any]:
    """What an evidence form says, in the shape the rules check.

    Fields of a kind that is not chosen any more are left behind; where it is recorded is always taken.
    """
    asked = dict.fromkeys((*groups_for(form, kind_in(typed)), "elsewhere"))
    groups = {group: nested(typed, group) | dates_in(typed, group) for group in asked}
    known = {name: typed.get(name) for name in ("statement", "kind", "category")}
    return {**known, "effective_on": date_in(typed, "effective_on"), **{g: f for g, f in groups.items() if f}}


def kind_in(typed: dict[str, str]) -> EvidenceKind | None:
    """The kind that is chosen; None for what is none."""
    stated = typed.get("kind", "")
    return EvidenceKind(stated) if stated in set(EvidenceKind) else None


async def evidence_page(
    request: Request,
    ask: AskFacts,
    actor: Actor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The evidence form, with what was typed and the files added so far."""
    if ask.form == Form.WHY_REOPENED:
        return _why_page(request, ask, typed or {}, errors)
    async with front_of(request).office.engine.connect() as connection:
        files = await gathered(connection, ask.id, actor.known)
        pathway = await load_pathway(connection, ask.pathway_version_id)
        before = None if typed else await taken_back_answer(connection, ask.id, actor.known)
    spec = next((step for step in pathway.evidence if step.key == ask.key), None)
    known = typed or (typed_again(before) if before else None) or _suggested(spec)
    return show(
        request,
        "owner/evidence.jinja",
        ask=ask,
        files=[{"id": f.id, "filename": f.filename, "size": f.size, "kind": kind_of(f.media_type)} for f in files],
        kinds=_capitalised(_kinds(spec)),
        groups=groups_for(Form(ask.form), kind_in(known)),
        results=_capitalised(Competence),
        categories=_capitalised(Category),
        errors=errors,
        typed=known,
        again=before is not None,
        **kept_id(known),
    )


def _why_page(request: Request, ask: AskFacts, typed: dict[str, str], errors: dict[str, str] | None) -> Response:
    """The first step of a reopened action: one question, in words."""
    title = "Why did the improvement not hold?"
    page = {"field": "why", "label": title, "hint": "What was different from what we expected?", "button": "Send"}
    more: dict[str, Any] = {"extra": None, "with_date": False, "typed": typed, "errors": errors}
    action = f"{ask.path}/evidence"
    return show(request, "owner/words.jinja", ask=ask, title=title, action=action, **page, **more)


def _kinds(spec: EvidenceStep | None) -> list[EvidenceKind]:
    """Every kind of evidence, those that the pathway asks for first."""
    return list(dict.fromkeys((*(spec.kinds if spec else ()), *EvidenceKind)))


def _suggested(spec: EvidenceStep | None) -> dict[str, str]:
    """What is chosen before anybody has chosen."""
    return {"category": str(spec.category) if spec else "", "kind": str(_kinds(spec)[0])}


def _capitalised(words: Iterable[str]) -> list[tuple[str, str]]:
    """Each with how it reads in a list."""
    return [(str(word), str(word).capitalize()) for word in words]


def kind_of(media_type: str) -> str:
    """What a file is called on its little picture."""
    short = media_type.rpartition("/")[2]
    return {"jpeg": "JPG", "plain": "TXT", "pdf": "PDF", "png": "PNG", "csv": "CSV", "webp": "WEBP", "gif": "GIF"}.get(
        short, "DOC" if "word" in short else "XLS"
    )
