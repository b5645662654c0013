"""Decisions in words: escalations, more time, barriers, owners, and steps that go to somebody else.

All five are one page: it says what there is to decide on, asks, and goes back to the action.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.decisions_told import facts_of, settled_words, warning_of
from api.pages.reading import date_fields, due_in, hash_in, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import DECIDERS, done, me_for, show
from commands.answer_escalation import answer
from commands.ask import decide_time, help_with_barrier
from commands.assign import choose_owner, give_step
from commands.office import Office, utc_now
from commands.support import give_support
from db.decisions import dates_given, earlier_extensions, load_decision, people_to_ask
from db.dossier import load_head
from db.escalations import what_is_shown
from domain.actors import Actor
from domain.defining import MAY_DEFINE
from domain.errors import Invalid, NotAllowed, NotFound
from domain.escalating import EscalationAnswer
from domain.more_time import TimeAnswer
from domain.vocabulary import Form

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came in: who sent it, about what, and what they typed."""

    office: Office
    actor: Actor
    key: UUID
    typed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """One kind of decision. `take` does it; `banner` is what the action's page says afterwards."""

    kind: str
    path: str
    about: str
    title: str
    button: str
    take: Callable[[Sent], Awaitable[object]]
    banner: str
    anchor: str = ""
    names_people: bool = False
    for_deciders: bool = False


async def _answer(sent: Sent) -> None:
    typed = sent.typed
    given = EscalationAnswer(
        typed.get("risk_now", ""),
        typed.get("interim_control", ""),
        typed.get("kind", ""),
        due_in(typed, "revised_due", sent.office.calendar),
        typed.get("support", ""),
        uuid_in(typed.get("person")),
        hash_in(typed.get("shown")),
    )
    await answer(sent.office, sent.actor, sent.key, given, utc_now())


async def _decide_time(sent: Sent) -> None:
    typed = sent.typed
    if typed.get("granted") not in ("yes", "no"):
        raise Invalid({"granted": "Choose what you decide."})
    given = TimeAnswer(
        typed["granted"] == "yes",
        typed.get("reason", ""),
        typed.get("risk_now", ""),
        typed.get("interim_control", ""),
        due_in(typed, "revised_due", sent.office.calendar),
    )
    await decide_time(sent.office, sent.actor, sent.key, given, utc_now())


async def _help(sent: Sent) -> None:
    await help_with_barrier(sent.office, sent.actor, sent.key, sent.typed.get("answer", ""), utc_now())


async def _support(sent: Sent) -> None:
    helped = sent.typed.get("helped", "")
    await give_support(sent.office, sent.actor, sent.key, request_id_of(sent.typed), helped, utc_now())


async def _choose_owner(sent: Sent) -> None:
    chosen = _chosen(sent, "owner")
    await choose_owner(sent.office, sent.actor, sent.key, request_id_of(sent.typed), chosen, utc_now())


async def _give(sent: Sent) -> None:
    chosen = _chosen(sent, "person")
    await give_step(sent.office, sent.actor, sent.key, chosen, sent.typed.get("reason", ""), utc_now())


def _chosen(sent: Sent, field: str) -> UUID:
    chosen = uuid_in(sent.typed.get(field))
    if chosen is None:
        raise Invalid({field: "Choose somebody from the list."})
    return chosen


DECISIONS = (
    Decision(
        *("escalation", "/escalations/{key}", "escalation", "Your decision on what is late", "Record my decision"),
        *(_answer, "answered", "#escalation"),
        names_people=True,
    ),
    Decision(
        *("extension", "/extensions/{key}", "extension", "More time was asked for", "Record my decision"),
        *(_decide_time, "answered", "#escalation"),
    ),
    Decision(
        *("barrier", "/barriers/{key}", "barrier", "Something is in the way", "Send my answer"),
        *(_help, "helped"),
    ),
    Decision(
        *("support", "/steps/{key}/support", "support", "The owner needs support", "Send my answer and ask them again"),
        *(_support, "helped"),
    ),
    Decision(
        *("owner", "/steps/{key}/owner", "owner", "Choose an owner", "Ask them"),
        *(_choose_owner, "defined"),
        names_people=True,
    ),
    Decision(
        *("give", "/steps/{key}/give", "step", "Give this step to somebody else", "Give it to them"),
        *(_give, "given"),
        names_people=True,
        for_deciders=True,
    ),
)


def _routes(decision: Decision) -> None:
    async def page(request: Request, key: UUID) -> Response:
        who = await visitor(request)
        return await _show(request, decision, key, who)

    async def post(request: Request, key: UUID) -> Response:
        who = await visitor(request)
        row = await _load(request, decision, key, who)
        sent = Sent(front_of(request).office, who.actor, key, typed_in(await read_form(request)))
        try:
            await decision.take(sent)
        except Invalid as wrong:
            return await _show(request, decision, key, who, wrong.fields, sent.typed)
        return done(await onward(request, who, f"{row.ref}{decision.anchor}", row.ref), decision.banner)

    router.add_api_route(decision.path, page, methods=["GET"], name=f"{decision.kind}_page")
    router.add_api_route(decision.path, post, methods=["POST"], name=f"{decision.kind}_post")


async def onward(request: Request, who: Visitor, place: str, ref: str) -> str:
    """The action's page; their own work for a cover who has no other part in it."""
    async with front_of(request).office.engine.connect() as connection:
        return f"/actions/{place}" if await load_head(connection, who.viewer, ref) else "/work"


async def _load(request: Request, decision: Decision, key: UUID, who: Visitor) -> Row[Any]:
    async with front_of(request).office.engine.connect() as connection:
        row = await load_decision(connection, decision.about, key, who.viewer)
    if row is None:
        raise NotFound
    if decision.for_deciders and not who.viewer.is_one_of(*DECIDERS, location_id=row.location_id):
        raise NotAllowed
    return row


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody who decides has before them, read at one moment. `seen` is the hash of it, where one is kept."""

    row: Row[Any]
    dates: Sequence[Any]
    earlier: int
    people: list[tuple[str, str]]
    seen: bytes


async def _look(request: Request, decision: Decision, key: UUID, who: Visitor) -> Looked:
    office, row = front_of(request).office, await _load(request, decision, key, who)
    async with office.engine.connect() as connection:
        dates = await dates_given(connection, row.step_id)
        earlier = await earlier_extensions(connection, row.step_id)
        today = office.calendar.day_of(utc_now())
        people = await _people(connection, decision, row, today) if decision.names_people else []
        seen = await what_is_shown(connection, key) if decision.kind == "escalation" else b""
    return Looked(row, dates, earlier, [one for one in people if one[0] != str(row.assignee_id)], seen)


async def _show(
    request: Request,
    decision: Decision,
    key: UUID,
    who: Visitor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The page, as it stands now; after a refusal with what was typed and what is wrong with it."""
    looked, calendar = await _look(request, decision, key, who), front_of(request).office.calendar
    row = looked.row
    if typed is None:
        # Who decides on more time begins with the day that was asked for.
        wanted = calendar.day_of(row.wanted_due_at) if decision.kind == "extension" else None
        typed = date_fields("revised_due", wanted)
    return show(
        request,
        "decision.jinja",
        me=await me_for(request, who),
        kind=decision.kind,
        title=decision.title,
        button=decision.button,
        ref=row.ref,
        location=row.location,
        action_title=row.action_title,
        facts=facts_of(decision.kind, row, looked.dates, looked.earlier, utc_now(), calendar),
        warning=warning_of(decision.kind, looked.dates),
        people=looked.people,
        settled=settled_words(decision.kind, row, calendar),
        shown=looked.seen.hex(),
        action=request.url.path,
        errors=errors,
        typed=typed,
        instead=_instead(decision, row, who),
        accepting=row.form == Form.ACCEPTANCE,
    )


async def _people(connection: AsyncConnection, decision: Decision, row: Row[Any], today: date) -> list[tuple[str, str]]:
    """Who could do it. Whoever declined the action is said to have, where it is about owning it."""
    form = Form(row.form)
    owns = row.action_id if form in (Form.OWNER, Form.ACCEPTANCE) else None
    signs_in = decision.kind != "owner" and form.needs_account
    roles = MAY_DEFINE if decision.kind != "owner" and form is Form.DEFINITION else None
    return await people_to_ask(connection, row.location_id, today, owns=owns, signs_in=signs_in, roles=roles)


def _instead(decision: Decision, row: Row[Any], who: Visitor) -> tuple[str, str] | None:
    """Where somebody else is asked to do it, if that is the answer: the address, and what to say of it."""
    if not who.viewer.is_one_of(*DECIDERS, location_id=row.location_id):
        return None
    if decision.kind == "support" or (decision.kind in ("barrier", "extension") and row.form == Form.ACCEPTANCE):
        return f"/actions/{row.ref}/owner", "Ask another owner"
    if decision.kind in ("barrier", "extension"):
        return f"/steps/{row.step_id}/give", "Give the step to somebody else"
    return None


for _decision in DECISIONS:
    _routes(_decision)
