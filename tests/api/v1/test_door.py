"""Who is let in: keys alone, within their location and purpose, not too often, and with a body of a reasonable size."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.app import create_app
from commands.api_keys import make_key, revoke_key
from commands.office import utc_now
from commands.people import Holds, add_person
from domain.actors import OPERATOR, Actor
from domain.connecting import Purpose
from domain.errors import Invalid, NotAllowed
from domain.vocabulary import Identified, Role
from settings import Settings
from tests.api.house import House, anybody, new_action
from tests.api.v1.conftest import System, a_finding, a_system, an_action

PROBLEM = "application/problem+json"


async def elm_court(house: House) -> UUID:
    async with house.engine.connect() as connection:
        return (await connection.execute(text("SELECT id FROM location WHERE name = 'Elm Court'"))).scalar_one()


async def test_only_a_key_that_works_lets_anybody_in(house: House, browsers: dict[str, httpx.AsyncClient]) -> None:
    system, now = await a_system(house), utc_now()
    assert (await system.http.get("actions")).status_code == 200
    for scheme in ("", "Basic ", "Bearer ftk_", "Bearer  ", "Token "):
        wrong = await system.http.get("actions", headers={"Authorization": scheme + system.token[:-1]})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "key-unknown")
        assert wrong.headers["www-authenticate"].startswith("Bearer realm=")
    with_session = await browsers["administrator"].get("/api/v1/actions")
    assert with_session.status_code == 401
    sent = await browsers["administrator"].post("/api/v1/findings", json=a_finding(house))
    assert sent.status_code == 401
    async with house.engine.begin() as connection:
        gone = text("UPDATE api_key SET created_at = :then, expires_at = :gone WHERE id = :id")
        bound = {"id": system.key_id, "then": now - timedelta(days=9), "gone": now - timedelta(seconds=1)}
        await connection.execute(gone, bound)
    assert (await system.http.get("actions")).json()["code"] == "key-expired"
    for _ in range(2):
        await revoke_key(house.cast.office, OPERATOR, system.key_id, now)
    assert (await system.http.get("actions")).json()["code"] == "key-revoked"
    async with house.engine.connect() as connection:
        ended = text("SELECT count(*) FROM trail_entry WHERE what = 'API key revoked' AND object_id = :id")
        assert (await connection.execute(ended, {"id": system.key_id})).scalar_one() == 1
    await system.http.aclose()


ROUTES = [
    # A route, and the one purpose that opens it; none where any key does.
    ("POST", "findings", Purpose.RAISE),
    ("POST", "actions", Purpose.DEFINE),
    ("GET", "actions", Purpose.READ_STATUS),
    ("GET", "actions/{open}", Purpose.READ_STATUS),
    ("GET", "actions/{open}/trail", Purpose.READ_TRAIL),
    ("GET", "locations", None),
    ("GET", "pathways", None),
]


async def test_each_purpose_opens_its_routes_and_no_other(house: House) -> None:
    for purpose in Purpose:
        system = await a_system(house, purpose)
        for method, path, needed in ROUTES:
            address = path.replace("{open}", house.refs["open"])
            # An empty body: whoever may send it is told what is missing, and nothing changes.
            empty: dict[str, Any] = {"json": {}, "headers": {"Idempotency-Key": "k"}}
            answer = await system.http.request(method, address, **(empty if method == "POST" else {}))
            may = needed in (None, purpose)
            expected = (422 if method == "POST" else 200) if may else 403
            assert answer.status_code == expected, (purpose, method, path)
            if expected == 403:
                assert answer.json()["code"] == "purpose-missing"
        await system.http.aclose()


async def test_a_key_of_one_location_knows_nothing_of_another(house: House) -> None:
    elsewhere, here = await elm_court(house), house.cast.location
    system = await a_system(house, location=elsewhere)
    assert [place["name"] for place in (await system.http.get("locations")).json()["items"]] == ["Elm Court"]
    assert (await system.http.get("actions")).json()["items"] == []
    assert (await system.http.get("actions", params={"location": str(here)})).json()["items"] == []
    for path in (f"actions/{house.refs['open']}", f"actions/{house.refs['open']}/trail", "actions/FT-1999-0001"):
        answer = await system.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
        assert answer.json()["detail"] == "There is nothing here, or it is not yours to see."
    for place in (str(here), str(uuid4())):
        for path, body in (("findings", a_finding(house)), ("actions", an_action(house))):
            refused = await system.post(path, body | {"location_id": place})
            assert (refused.status_code, refused.json()["code"]) == (403, "location-out-of-scope")
    await system.http.aclose()


WRONG_REQUESTS = [
    ("GET", "nothing", {}, 404, "not-found"),
    ("DELETE", "actions", {}, 405, "method-not-allowed"),
    ("PUT", "findings", {}, 405, "method-not-allowed"),
    ("GET", "actions/FT-2026-0001%00", {}, 404, "not-found"),
    ("GET", "actions?limit=201", {}, 422, "invalid"),
    ("GET", "actions?limit=some", {}, 422, "invalid"),
    ("GET", "actions?statuss=draft", {}, 422, "invalid"),
    ("GET", "actions?status=gone", {}, 422, "invalid"),
    ("GET", "actions?updated_since=yesterday", {}, 422, "invalid"),
    ("GET", "actions?updated_since=1700000000", {}, 422, "invalid"),
    ("GET", "actions?updated_since=2026-11-25T09:00:00", {}, 422, "invalid"),
    ("GET", "actions?cursor=made-up", {}, 422, "invalid"),
    ("GET", "actions?cursor=%E2%82%AC", {}, 422, "invalid"),
    ("GET", "actions?external_ref=%00", {}, 422, "invalid"),
    ("POST", "findings", {"json": {}}, 400, "malformed"),
    ("POST", "findings", {"json": {}, "headers": {"Idempotency-Key": "two words"}}, 400, "malformed"),
    ("POST", "findings", {"json": {}, "headers": {"Idempotency-Key": "x" * 201}}, 400, "malformed"),
    ("POST", "findings", {"content": b"a=b", "headers": {"Content-Type": "text/plain"}}, 415, "not-json"),
    ("POST", "findings", {"content": b"a=b"}, 415, "not-json"),
    ("POST", "findings", {"data": {"summary": "a form"}}, 415, "not-json"),
    ("POST", "findings", {"json": {}, "headers": {"Content-Encoding": "gzip"}}, 415, "not-json"),
    ("POST", "findings", {"json": {"summary": "x" * 70_000}}, 413, "too-large"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"), WRONG_REQUESTS, ids=lambda value: str(value)[:40]
)
async def test_every_wrong_request_gets_its_problem(
    house: House, method: str, path: str, more: dict[str, object], status: int, code: str
) -> None:
    system = await a_system(house)
    answer = await system.http.request(method, path, **more)  # pyright: ignore[reportArgumentType]
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told = answer.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:followthrough:problem:{code}")
    assert told["title"]
    assert told["detail"].endswith((".", "?"))
    if status == 405:
        assert answer.headers["allow"]
    await system.http.aclose()


BROKEN = [b"", b"{", b"[" * 30_000, b'{"summary": "\xff"}', b"\x00", b'{"summary": NaN, }']


async def test_a_body_that_is_no_json_is_malformed(house: House) -> None:
    system = await a_system(house)
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    for content in BROKEN:
        answer = await system.http.post("findings", content=content, headers=headers)
        assert answer.status_code in (400, 422), content[:20]
        assert answer.headers["content-type"] == PROBLEM
    await system.http.aclose()


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(house: House) -> None:
    system, sent = await a_system(house), 0

    async def endless() -> object:
        nonlocal sent
        while sent < 10_000:
            sent += 1
            yield b" " * 1000

    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await system.http.post("findings", content=endless(), headers=headers)  # pyright: ignore[reportArgumentType]
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    await system.http.aclose()


async def test_other_versions_are_not_there(house: House) -> None:
    async with anybody(house) as browser:
        for path in ("/api/v2/actions", "/api/", "/api/v1", "/api/v1/actions/"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), path
        well = await browser.get("/api/v1/health")
        assert (well.status_code, well.json()["status"]) == (200, "ok")


async def test_a_key_used_too_often_waits_and_others_do_not(house: House, tmp_path: Path) -> None:
    url = house.engine.url.render_as_string(hide_password=False)
    made = Settings(home=house.home, database_url=url, api_requests_each_minute=5, _env_file=None)  # pyright: ignore[reportCallIssue]
    app = create_app(made)
    keen, calm = await a_system(house), await a_system(house)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1/") as client:

        async def ask(system: System) -> httpx.Response:
            return await client.get("locations", headers={"Authorization": f"Bearer {system.token}"})

        answers = [await ask(keen) for _ in range(12)]
        limited = [answer for answer in answers if answer.status_code == 429]
        assert limited
        assert [answer.status_code for answer in answers].count(200) in (5, 10)
        assert 1 <= int(limited[0].headers["retry-after"]) <= 62
        assert limited[0].json()["code"] == "too-many-requests"
        assert (await ask(calm)).status_code == 200
        wrong = [await client.get("locations", headers={"Authorization": f"Bearer ftk_{n}"}) for n in range(70)]
        assert {answer.status_code for answer in wrong} == {401, 429}
        assert (await ask(calm)).status_code == 200
    await app.state.front.office.engine.dispose()
    for system in (keen, calm):
        await system.http.aclose()


async def test_while_the_database_is_away_it_says_so(bare: House, system: System) -> None:
    url = bare.engine.url.set(host="/nowhere", query={}).render_as_string(hide_password=False)
    app = create_app(Settings(home=bare.home, database_url=url, _env_file=None))  # pyright: ignore[reportCallIssue]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1/") as client:
        for path in ("locations", "health"):
            answer = await client.get(path, headers={"Authorization": f"Bearer {system.token}"})
            assert (answer.status_code, answer.json()["code"]) == (503, "away"), answer.text
            assert answer.headers["retry-after"]
    await app.state.front.office.engine.dispose()


async def test_a_failure_of_ours_is_a_problem_that_tells_nothing_of_the_inside(bare: House, system: System) -> None:
    ref = (await system.post("findings", a_finding(bare))).json()["ref"]
    async with bare.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE escalation RENAME TO mislaid"))
    failed = await system.http.get(f"actions/{ref}")
    assert (failed.status_code, failed.headers["content-type"]) == (500, PROBLEM)
    assert failed.json()["code"] == "broken"
    assert "escalation" not in failed.text


async def test_an_administrator_gives_keys_for_their_own_locations(bare: House) -> None:
    office, now, elsewhere = bare.cast.office, utc_now(), await elm_court(bare)
    local = await add_person(
        office, OPERATOR, "Lo Calhand", "lo@example.org", (Holds(Role.ADMINISTRATOR, elsewhere),), now
    )
    actor, until = Actor(local, Identified.LOGIN), now + timedelta(days=9)
    may = frozenset({Purpose.READ_STATUS})
    assert (await make_key(office, actor, uuid4(), "Local", may, elsewhere, until, now)).token
    for place in (bare.cast.location, None):
        with pytest.raises(NotAllowed):
            await make_key(office, actor, uuid4(), "Not local", may, place, until, now)
    manager = Actor(bare.cast.manager, Identified.LOGIN)
    with pytest.raises(NotAllowed):
        await make_key(office, manager, uuid4(), "Mine", may, bare.cast.location, until, now)


async def test_a_key_needs_a_name_a_purpose_and_an_end(bare: House) -> None:
    office, now = bare.cast.office, utc_now()
    for name, may, until in (
        ("", frozenset(Purpose), now + timedelta(days=9)),
        ("x" * 81, frozenset(Purpose), now + timedelta(days=9)),
        ("System", frozenset[Purpose](), now + timedelta(days=9)),
        ("System", frozenset(Purpose), None),
        ("System", frozenset(Purpose), now),
        ("System", frozenset(Purpose), now + timedelta(days=800)),
    ):
        with pytest.raises(Invalid):
            await make_key(office, OPERATOR, uuid4(), name, may, None, until, now)
    request = uuid4()
    until = now + timedelta(days=9)
    made = await asyncio.gather(
        *(make_key(office, OPERATOR, request, "Twice", frozenset(Purpose), None, until, now) for _ in range(5))
    )
    assert sum(key.token is not None for key in made) == 1
    async with bare.engine.begin() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(text("UPDATE api_key SET purposes = ARRAY['approve everything']"))


async def test_the_token_is_nowhere_in_the_database(bare: House, system: System) -> None:
    await new_action(bare, "asked", utc_now())
    await system.post("findings", a_finding(bare))
    async with bare.engine.connect() as connection:
        tables = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for table in [row.tablename for row in tables]:
            query = text(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE :token')
            found = (await connection.execute(query, {"token": f"%{system.token[4:]}%"})).scalar_one()
            assert found == 0, table
