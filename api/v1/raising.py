"""Raising: a finding that a person makes an action of, or an action with as much as is known."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.v1.answers import ActionRaisedOut, Lack, Links, RaisedOut, StrengthOut, WordingAdvice
from api.v1.bodies import ActionIn, FindingIn
from api.v1.door import KEY_NEEDED, Guarded, IdempotencyKey, caller_for
from api.v1.problems import documented, pointer_of
from commands.api_keys import Caller
from commands.api_requests import Answered, Raised, Sent, raise_action
from commands.office import utc_now
from domain.connecting import Purpose
from domain.defining import Definition
from domain.strength import action_strength
from domain.vocabulary import Status
from domain.wording import check_wording

router = APIRouter(route_class=Guarded, dependencies=[KEY_NEEDED])
REFUSALS = documented(
    *("malformed", "key-unknown", "key-expired", "key-revoked", "purpose-missing", "location-out-of-scope"),
    *("too-large", "not-json", "invalid", "idempotency-key-reused", "too-many-requests", "broken", "away"),
)
_REPLAYED: dict[str, Any] = {
    "description": "“true” where this is the answer that was given before",
    "schema": {"type": "string", "enum": ["true", "false"]},
}
_PLACE: dict[str, Any] = {"description": "Where to read how it stands", "schema": {"type": "string"}}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Recorded; or recorded before, under the same idempotency key",
        "headers": {"Idempotency-Replayed": _REPLAYED, "Location": _PLACE},
        "links": {
            "How it stands": {"operationId": "read_action", "parameters": {"ref": "$response.body#/ref"}},
        },
    }
}


@router.post(
    "/findings",
    status_code=201,
    response_model=RaisedOut,
    responses={**CREATED, **REFUSALS},
    operation_id="raise_finding",
    tags=["Raising"],
    summary="Raise a finding",
)
async def raise_finding(
    request: Request,
    body: FindingIn,
    idempotency_key: IdempotencyKey,
    caller: Annotated[Caller, caller_for(Purpose.RAISE)],
) -> Response:
    """Record what was found. It becomes a draft action, and the pathway's definer is asked to complete it.

    Needs the purpose “raise findings”.
    """
    front = front_of(request)
    definition = body.definition(front.office.calendar)
    sent = Sent("findings", idempotency_key, body.model_dump_json())
    reasons = (f"Raised by “{caller.name}”: say what will change, and whether it needs an action of its own.",)

    def say(raised: Raised) -> str:
        return RaisedOut(**_raised(front.settings.address, raised)).model_dump_json(by_alias=True)

    now = utc_now()
    return _created(await raise_action(front.office, caller, sent, definition, None, reasons, say, now))


@router.post(
    "/actions",
    status_code=201,
    response_model=ActionRaisedOut,
    responses={**CREATED, **REFUSALS},
    operation_id="raise_action",
    tags=["Raising"],
    summary="Define an action",
)
async def define_action(
    request: Request,
    body: ActionIn,
    idempotency_key: IdempotencyKey,
    caller: Annotated[Caller, caller_for(Purpose.DEFINE)],
) -> Response:
    """Record an action. What is complete goes to its owner at once; what is not stays a draft that says what it lacks.

    Needs the purpose “define actions”. The answer has advice on the wording, and says how strong the action reads.
    """
    front = front_of(request)
    definition = body.definition(front.office.calendar)
    sent = Sent("actions", idempotency_key, body.model_dump_json())
    reasons = (f"“{caller.name}” sent it as a draft: look at it and complete it.",) if body.draft else ()

    def say(raised: Raised) -> str:
        known = _raised(front.settings.address, raised) | _judged(definition, bool(body.owner_email))
        return ActionRaisedOut(**known).model_dump_json(by_alias=True)

    now = utc_now()
    answered = await raise_action(front.office, caller, sent, definition, body.owner_email, reasons, say, now)
    return _created(answered)


def links_of(address: str, ref: str) -> Links:
    """Where an action is read by programs and by people."""
    return Links(self=f"{address}/api/v1/actions/{ref}", page=f"{address}/actions/{ref}")


def _raised(address: str, raised: Raised) -> dict[str, Any]:
    lacks = [Lack(pointer=pointer_of(field), detail=words) for field, words in raised.lacks.items()]
    links = links_of(address, raised.ref)
    facts: dict[str, Any] = {"ref": raised.ref, "finding_id": raised.finding_id, "status": Status(raised.status)}
    return {**facts, "lacks": lacks, "links": links}


def _judged(definition: Definition, has_owner: bool) -> dict[str, Any]:
    words = definition.what_will_change
    advice = check_wording(
        words,
        definition.measure,
        definition.outcome_test,
        has_owner=has_owner,
        has_location=definition.location_id is not None,
        has_due=definition.due_at is not None,
    )
    judged = action_strength(words)
    return {
        "advice": [WordingAdvice(lack=str(one.lack), reason=one.reason, question=one.question) for one in advice],
        "strength": StrengthOut(
            strength=definition.strength or judged.strength,
            kind=judged.kind,
            chosen=definition.strength is not None,
        ),
    }


def _created(answered: Answered) -> Response:
    headers = {"Idempotency-Replayed": "true" if answered.is_replay else "false"}
    return Response(answered.body, 201, headers, "application/json")
