"""The page of those who decide: what is shown, what is missing, and closing or sending back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages import story
from api.pages.agreement import agreeing_button, agreement_words
from api.pages.asking import ask_of, asked_to_check
from api.pages.evidence_cards import evidence_cards
from api.pages.reading import date_in, hash_in, read_form, request_id_of, returned_in, typed_in
from api.pages.showing import done, me_for, show
from commands.approve import approve, reject, what_is_shown
from commands.office import utc_now
from db.asking import AskFacts
from db.closures import hash_of
from db.dossier import Dossier, load_dossier
from db.ids import new_id
from db.journal import load_journal
from domain.closing import Missing, gate
from domain.errors import GateClosed, Invalid, NotAllowed
from domain.evidencing import returnable
from domain.journal import Journal
from domain.outcome_form import OutcomeGiven
from domain.outcomes import target_of
from domain.vocabulary import Form

router = APIRouter(prefix="/steps/{step_id}")


def _keys(journal: Journal) -> list[tuple[str, str]]:
    """The evidence that can be sent back."""
    return [(step.key, step.title) for step in returnable(journal)]


@router.get("/approval")
async def approval_page(request: Request, step_id: UUID) -> Response:
    """What is decided on, what is missing, and the decision."""
    who, ask = await asked_to_check(request, step_id, Form.APPROVAL)
    if not ask.is_open:
        return RedirectResponse(f"/actions/{ask.ref}", 303)
    return await _approval(request, who, ask)


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody who decides has before them, read at one moment. `seen` is the hash of it."""

    journal: Journal
    dossier: Dossier
    evidence: list[dict[str, Any]]
    seen: str
    missing: tuple[Missing, ...]


async def _look(request: Request, who: Visitor, ask: AskFacts) -> Looked:
    office, now = front_of(request).office, utc_now()
    async with office.engine.connect() as connection:
        journal = await load_journal(connection, ask.action_id, office.calendar)
        seen = await what_is_shown(connection, journal, who.actor.known, now)
        dossier = await load_dossier(connection, who.viewer, ask.ref)
        if dossier is None:
            raise NotAllowed
        evidence = await evidence_cards(connection, dossier, who.viewer, office.calendar)
    missing = tuple(m for m in gate(journal, who.viewer.person_id, None, now) if m.code != "outcome")
    return Looked(journal, dossier, evidence, hash_of(seen).hex(), missing)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A decision that was not taken: what was typed, what was to go back, what is wrong, and what the gate lacks."""

    typed: dict[str, str]
    returned: Collection[str]
    errors: dict[str, str]
    missing: tuple[Missing, ...] = ()


async def _approval(request: Request, who: Visitor, ask: AskFacts, refused: NotTaken | None = None) -> Response:
    looked, sent = await _look(request, who, ask), refused or NotTaken({}, (), {})
    missing, target = sent.missing or looked.missing, target_of(ask.measure)
    lines = story.sample_lines(looked.dossier)
    return show(
        request,
        "approval.jinja",
        status=422 if sent.errors else 409 if refused and missing else 200,
        me=await me_for(request, who),
        ask=ask,
        seen=looked.seen,
        missing=[item for item in missing if item.code != "outcome"],
        agreement=agreement_words(looked.dossier, looked.journal),
        button=agreeing_button(looked.dossier, looked.journal),
        target=target,
        promised=_promised(ask),
        evidence_keys=_keys(looked.journal),
        returned=sent.returned,
        evidence=[card for card in looked.evidence if not card["waiting"]],
        samples=[line for line in lines if line["passed"] is not None or line["replaced_because"]],
        second_request_id=new_id(),
        errors=_outcome_in(missing, "outcome_value" if target else "outcome_passed") | sent.errors,
        typed=sent.typed,
    )


def _outcome_in(missing: tuple[Missing, ...], field: str) -> dict[str, str]:
    """An outcome that lacks is a field of this page: said there, and not as something that others still have to do."""
    words = next((item.words for item in missing if item.code == "outcome"), None)
    return {field: words} if words else {}


def _promised(ask: AskFacts) -> str:
    """What the action promised, in words, for the outcome that is asked for."""
    if ask.measure:
        return f"{ask.measure['what']}: from {ask.measure['baseline']} to {ask.measure['target']}"
    return ask.outcome_test or "Nothing was said of how to tell. Say what shows that it worked."


def outcome_in(typed: dict[str, str]) -> OutcomeGiven:
    """The outcome as it was typed."""
    return OutcomeGiven(
        value=typed.get("outcome_value", ""),
        on=date_in(typed, "outcome_on") or "",
        passed=typed.get("outcome_passed", ""),
        said=typed.get("outcome_said", ""),
    )


@router.post("/approval")
async def approval_post(request: Request, step_id: UUID) -> Response:
    """Approve through the gate, or send evidence back."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    form = await read_form(request)
    typed, returned = typed_in(form), returned_in(form)
    request_id = request_id_of(typed)
    try:
        if typed.get("do") == "return":
            receipt = await reject(office, who.actor, step_id, request_id, returned, typed.get("reasons", ""), now)
        else:
            rationale, outcome, seen = typed.get("rationale", ""), outcome_in(typed), hash_in(typed.get("seen"))
            receipt = await approve(office, who.actor, step_id, request_id, rationale, outcome, now, seen)
    except Invalid as wrong:
        refused = NotTaken(typed, returned, wrong.fields)
    except GateClosed as closed:
        refused = NotTaken(typed, returned, closed.fields, closed.missing)
    else:
        return done(f"/actions/{receipt.ref}", "answered")
    return await _approval(request, who, await ask_of(request, step_id, who.actor), refused)
