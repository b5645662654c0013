"""The API does what its description says: generated requests, right and wrong, against the real application."""

import asyncio
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import text

from db.engine import make_engine
from db.trail import verify
from tests.api.v1.conftest import Served

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
ALL: list[Any] = list(HealthCheck)
QUICK: dict[str, Any] = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": ALL}


def _explore(served: Served, mode: GenerationMode, examples: int, token: str) -> dict[str, set[int]]:
    """Send generated requests to every operation, and check each answer; the statuses that came."""
    operations = [found.ok() for found in served.schema.get_all_operations()]
    if mode is GenerationMode.NEGATIVE:  # where nothing is sent, nothing can be sent wrongly
        operations = [operation for operation in operations if operation.body or operation.query]
    return {operation.label: _try(served, operation, mode, examples, token) for operation in operations}


def _try(served: Served, operation: Any, mode: GenerationMode, examples: int, token: str) -> set[int]:
    seen: set[int] = set()
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @settings(max_examples=examples, **QUICK)
    @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def once(case: Any, is_real: bool) -> None:
        if mode is GenerationMode.POSITIVE and is_real:
            _make_real(case, served)
        answer = case.call(base_url=served.address, headers={"Authorization": f"Bearer {token}"})
        seen.add(answer.status_code)
        case.validate_response(answer, checks=checks)

    once()
    return seen


def _make_real(case: Any, served: Served) -> None:
    """Ask about what is really there, and under a fresh idempotency key."""
    if "ref" in (case.path_parameters or {}):
        case.path_parameters["ref"] = served.ref
    if isinstance(case.body, dict) and "location_id" in case.body:
        case.body |= {"location_id": served.location, "pathway": "general", "owner_email": None, "references": []}
        case.body = {name: value for name, value in case.body.items() if value is not None}
        case.headers["Idempotency-Key"] = uuid4().hex


async def test_requests_as_described_get_answers_as_described(served: Served) -> None:
    seen = await asyncio.to_thread(_explore, served, GenerationMode.POSITIVE, 25, served.token)
    assert 201 in seen["POST /findings"]
    assert 201 in seen["POST /actions"]
    assert all(200 in statuses for operation, statuses in seen.items() if operation.startswith("GET"))
    engine = make_engine(served.database)
    async with engine.connect() as connection:
        _, fault = await verify(connection)
        raised = await connection.execute(text("SELECT count(*) FROM trail_entry WHERE identified_by = 'API key'"))
        assert raised.scalar_one() > 2
    await engine.dispose()
    assert fault is None


async def test_requests_beside_the_description_are_refused_as_described(served: Served) -> None:
    seen = await asyncio.to_thread(_explore, served, GenerationMode.NEGATIVE, 20, served.token)
    assert {400, 422} <= seen["POST /findings"]
    assert 422 in seen["GET /actions"]


async def test_without_a_key_every_route_asks_for_one(served: Served) -> None:
    seen = await asyncio.to_thread(_explore, served, GenerationMode.POSITIVE, 3, "ftk_made-up")
    assert seen.pop("GET /health") == {200}
    assert len(seen) == 7
    assert all(statuses <= {401, 429} for statuses in seen.values())


async def test_what_was_raised_can_be_read_by_following_its_link(served: Served) -> None:
    machine = served.schema.as_state_machine()
    followed: list[str] = []

    class Followed(machine):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]
        """Raises and reads, as the description's links say."""

        def before_call(self, case: Any) -> None:
            _make_real_body(case, served)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": served.address, "headers": served.headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            if response.status_code == 200 and "{ref}" in case.operation.path:
                followed.append(case.path_parameters["ref"])
            case.validate_response(response, checks=CHECKS)

    quick = settings(max_examples=6, stateful_step_count=5, **QUICK)
    await asyncio.to_thread(run_state_machine_as_test, Followed, settings=quick)
    assert any(ref.startswith("FT-") for ref in followed)


def _make_real_body(case: Any, served: Served) -> None:
    if isinstance(case.body, dict) and "location_id" in case.body:
        _make_real(case, served)


def test_every_status_is_described_with_an_example(served: Served) -> None:
    for path, operations in served.document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
                    assert answer["content"]["application/problem+json"]["examples"], (path, method, status)
            assert {"500", "503"} <= set(operation["responses"])
            assert operation["summary"]
            assert operation["description"]
