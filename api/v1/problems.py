"""Problems (RFC 9457): what a system is told when something can't be done. `code` is stable; `detail` is for people."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.errors import AWAY, AWAY_KINDS, OURS, RETRY_AFTER, first_line, route_of, status_of
from commands.api_keys import KeyUnknown
from commands.api_requests import KeyReused, NotThisLocation
from domain.errors import Invalid, Refused

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[Refused], int] = {KeyUnknown: 401, NotThisLocation: 403, KeyReused: 422}
log = structlog.get_logger("api")


class FieldProblem(BaseModel):
    """One thing that is wrong, with where it is: a JSON pointer into the body, or a parameter's name."""

    detail: str
    pointer: str | None = Field(default=None, description="Where in the body, as a JSON pointer: `#/measure/baseline`")
    parameter: str | None = Field(default=None, description="Which parameter of the query, or which header")


class Problem(BaseModel):
    """Why a request could not be answered, as RFC 9457 has it."""

    model_config = ConfigDict(title="Problem")
    type: str = Field(description="Stable, one for each `code`", examples=["urn:followthrough:problem:invalid"])
    title: str
    status: int
    code: str = Field(description="Stable, for programs", examples=["invalid"])
    detail: str = Field(description="For people: what is wrong, and what to do")
    errors: list[FieldProblem] | None = None


# What each code means and its status; the documentation is made from this.
CODES: dict[str, tuple[int, str, str]] = {
    "malformed": (400, "Malformed", "The body is not JSON, or a header is missing or not as it should be."),
    "key-unknown": (401, "Key needed", "No key was sent, or one that is not known."),
    "key-expired": (401, "Key expired", "The key’s last day has passed. Ask your administrator for a new one."),
    "key-revoked": (401, "Key revoked", "The key was ended. Ask your administrator for a new one."),
    "purpose-missing": (403, "Not for this key", "The key was not given for this purpose."),
    "location-out-of-scope": (403, "Not for this key", "The key is for another location."),
    "not-found": (404, "Not found", "There is nothing here, or it is not for this key."),
    "method-not-allowed": (405, "Method not allowed", "This address takes other methods; see the Allow header."),
    "too-large": (413, "Too large", "The body is larger than 64 kB."),
    "not-json": (415, "Not JSON", "Send the body as application/json."),
    "invalid": (422, "Invalid", "Some fields need another look; `errors` names each."),
    "idempotency-key-reused": (422, "Idempotency key reused", "The same key came with another body before."),
    "too-many-requests": (429, "Too many requests", "Wait as many seconds as Retry-After says."),
    "broken": (500, "Our fault", "It is our fault. Send the same request again, with the same idempotency key."),
    "away": (503, "Away for a moment", "The database can’t be reached. Try again after Retry-After seconds."),
}


class ApiRefused(Refused):
    """Something about the request itself can't be taken."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        parameter: str | None = None,
    ) -> None:
        super().__init__(detail or CODES[code][2])
        self.code = code
        self.headers = headers or {}
        self.parameter = parameter


def problem(
    code: str,
    detail: str | None = None,
    *,
    status: int | None = None,
    errors: Sequence[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """One problem as a response. A code that is not in the list takes its title from the status."""
    known_status, title, words = CODES.get(code, (status or 400, "", ""))
    known_status = status or known_status
    body = Problem(
        type=f"urn:followthrough:problem:{code}",
        title=title or HTTPStatus(known_status).phrase,
        status=known_status,
        code=code,
        detail=detail or words,
        errors=list(errors) or None,
    )
    return Response(body.model_dump_json(exclude_none=True), known_status, headers, MEDIA_TYPE)


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Followthrough API"'}
_POINTERS = {"due_at": "due_on", "owner_id": "owner_email", "measure_target": "measure/target"}


def pointer_of(field: str) -> str:
    """Where in the body a field of a definition stands."""
    return f"#/{_POINTERS.get(field, field)}"


async def refused(request: Request, refusal: Exception) -> Response:
    known = cast(Refused, refusal)
    if isinstance(known, ApiRefused):
        where = [FieldProblem(detail=str(known), parameter=known.parameter)] if known.parameter else []
        return problem(known.code, str(known), errors=where, headers=known.headers)
    status = next((status for kind, status in STATUS.items() if isinstance(known, kind)), status_of(known))
    errors: list[FieldProblem] = []
    if isinstance(known, Invalid):
        errors = [FieldProblem(detail=words, pointer=pointer_of(field)) for field, words in known.fields.items()]
    headers = dict(CHALLENGE) if status == 401 else {}
    if status == 401 and request.headers.get("authorization"):
        headers["WWW-Authenticate"] += ', error="invalid_token"'
    return problem(known.code, str(known), status=status, errors=errors, headers=headers)


async def http(request: Request, wrong: Exception) -> Response:
    known = cast(HTTPException, wrong)
    headers = dict(known.headers or {})
    codes = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 400: "malformed"}
    return problem(codes.get(known.status_code, "refused"), status=known.status_code, headers=headers)


async def malformed(request: Request, wrong: Exception) -> Response:
    """What a request has wrong: all of it at once, each with its place."""
    found = [_field(error) for error in cast(RequestValidationError, wrong).errors()]
    if any(error["type"] == "json_invalid" for error in cast(RequestValidationError, wrong).errors()):
        return problem("malformed", "The body is not JSON.")
    if any(error["loc"][0] == "header" for error in cast(RequestValidationError, wrong).errors()):
        return problem("malformed", "; ".join(one.detail for one in found), errors=found)
    return problem("invalid", "Some fields need another look.", errors=found)


def _field(error: dict[str, Any]) -> FieldProblem:
    place, *path = error["loc"]
    words = _say(error)
    if place == "body":
        escaped = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
        return FieldProblem(detail=words, pointer="#" + "".join(f"/{part}" for part in escaped))
    name = str(path[0]) if path else place
    return FieldProblem(detail=f"{name}: {words}" if place == "header" else words, parameter=name)


_WORDS = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field. Look at how it is spelt.",
    "string_type": "This must be text.",
    "string_pattern_mismatch": "This has characters that are not allowed here.",
    "string_unicode": "This has characters that are not allowed here.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "uuid_parsing": "This is not an id. Copy it from where it was given.",
    "uuid_type": "This is not an id. Copy it from where it was given.",
    "timezone_aware": "Say the time zone, for example 2026-11-25T09:00:00Z.",
    "model_attributes_type": "This must be an object.",
    "model_type": "This must be an object.",
}


def _say(error: dict[str, Any]) -> str:
    return _WORDS.get(error["type"]) or f"{error['msg'].removeprefix('Value error, ').rstrip('.')}."


async def away(request: Request, wrong: Exception) -> Response:
    log.warning("the database cannot be reached", error=str(wrong)[:200])
    return problem("away", AWAY, headers={"Retry-After": RETRY_AFTER})


async def broken(request: Request, wrong: Exception) -> Response:
    if isinstance(wrong, DBAPIError) and wrong.connection_invalidated:
        return await away(request, wrong)
    log.error("an API request failed", route=route_of(request), error=first_line(wrong), exc_info=wrong)
    return problem("broken", OURS)


def add_problems(app: FastAPI) -> None:
    """Give every refusal and failure its problem."""
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, malformed)
    for kind in AWAY_KINDS:
        app.add_exception_handler(kind, away)
    app.add_exception_handler(DBAPIError, broken)
    app.add_exception_handler(Exception, broken)


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The problems a route can answer with, for the documentation, each with an example."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status, title, words = CODES[code]
        kind = f"urn:followthrough:problem:{code}"
        example = {"type": kind, "title": title, "status": status, "code": code, "detail": words}
        one = found.setdefault(
            status,
            {
                "description": title,
                "model": Problem,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        one["content"][MEDIA_TYPE]["examples"][code] = {"summary": words, "value": example}
        if headers := _HEADERS.get(status):
            one["headers"] = headers
    return found


_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "How to sign in: Bearer", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
}
