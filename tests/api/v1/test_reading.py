"""What a system reads: how actions stand, by role and date; names and words only where its key is for them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from commands.office import utc_now
from domain.connecting import Purpose
from tests.api.house import House, accepted, new_action
from tests.api.v1.conftest import System, a_finding, a_system

NAMES = ("Oona", "Fabricott", "Tam", "Inventby", "Dara", "Mockley", "Mina", "Pretendall", "Quill", "example.org")


async def every(system: System, **filters: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await system.http.get("actions", params=filters | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        cursor = page.json()["next"]
        if cursor is None:
            return found


async def test_actions_are_listed_within_filters(house: House) -> None:
    system, refs = await a_system(house), house.refs
    assert {item["ref"] for item in await every(system)} == set(refs.values())
    assert [item["ref"] for item in await every(system, status="draft")] == [refs["draft"]]
    assert [item["ref"] for item in await every(system, overdue="true")] == [refs["late"]]
    assert refs["late"] not in {item["ref"] for item in await every(system, overdue="false")}
    assert len(await every(system, location=str(house.cast.location))) == len(refs)
    assert await every(system, external_ref="none of ours") == []
    [late] = await every(system, overdue="true")
    assert (late["control"], late["status"], late["is_overdue"]) == ("evidence", "in progress", True)
    await system.http.aclose()


async def test_a_closed_action_is_told_with_its_steps_closure_and_re_audits(house: House) -> None:
    system = await a_system(house, Purpose.READ_STATUS)
    told = (await system.http.get(f"actions/{house.refs['closed']}")).json()
    assert (told["status"], told["control"]) == ("closed – monitoring", "sustain")
    assert [step["key"] for step in told["steps"]][:1] == ["accept"]
    assert {"owner", "deputy manager", "registered manager"} <= {step["role"] for step in told["steps"]}
    assert len(told["closures"][0]["fingerprint"]) == 64
    assert told["re_audits"]
    assert told["due_at"] == told["original_due_at"]
    late = (await system.http.get(f"actions/{house.refs['late']}")).json()
    assert [(one["rung"], one["must_answer"]) for one in late["escalations"]] == [(1, False), (2, True)]
    await system.http.aclose()


async def test_no_name_and_no_word_of_anybody_without_the_purpose(house: House) -> None:
    plain = await a_system(house, Purpose.READ_STATUS, Purpose.READ_TRAIL)
    named = await a_system(house)
    for stage in house.refs:
        for path in (f"actions/{house.refs[stage]}", f"actions/{house.refs[stage]}/trail"):
            answer = await plain.http.get(path)
            assert answer.status_code == 200
            assert not any(name in answer.text for name in NAMES), path
            assert "weighed" not in answer.text, path
    told = (await named.http.get(f"actions/{house.refs['closed']}")).json()
    assert told["words"]["owner"] == "Oona Fabricott"
    assert told["closures"][0]["measured"].startswith("92 %")
    trail = (await named.http.get(f"actions/{house.refs['closed']}/trail")).json()["items"]
    assert {"Quill Imaginer", "Oona Fabricott"} <= {entry["actor"] for entry in trail}
    for system in (plain, named):
        await system.http.aclose()


async def test_pages_stay_as_they_are_while_actions_come_in_and_change(bare: House, system: System) -> None:
    now = utc_now()
    before = [str((await system.post("findings", a_finding(bare))).json()["ref"]) for _ in range(7)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await system.http.get("actions", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["ref"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
        if len(seen) < 8:
            await system.post("findings", a_finding(bare))
            await new_action(bare, f"meanwhile {len(seen)}", now)
        async with bare.engine.begin() as connection:
            await connection.execute(text("UPDATE action SET updated_at = now() WHERE ref = :ref"), {"ref": seen[0]})
    assert seen[:7] == before
    assert len(seen) == len(set(seen)) == 7 + 4


async def test_a_cursor_belongs_to_its_key_and_its_filters(bare: House, system: System) -> None:
    for _ in range(3):
        await system.post("findings", a_finding(bare))
    other = await a_system(bare, name="Another system")
    cursor = (await system.http.get("actions", params={"limit": 1})).json()["next"]
    flipped = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    assert (await system.http.get("actions", params={"limit": 2, "cursor": cursor})).status_code == 200
    for who, params in (
        (other, {"cursor": cursor}),
        (system, {"cursor": cursor, "status": "draft"}),
        (system, {"cursor": flipped}),
        (system, {"cursor": cursor[:20]}),
    ):
        refused = await who.http.get("actions", params=params)
        assert refused.status_code == 422, params
        assert refused.json()["errors"][0]["parameter"] == "cursor"
    await other.http.aclose()


async def test_as_of_of_one_look_finds_what_changed_by_the_next(bare: House, system: System) -> None:
    old = utc_now() - timedelta(days=3)
    quiet = await new_action(bare, "quiet", old)
    first = (await system.http.get("actions")).json()
    assert [item["ref"] for item in first["items"]] == [bare.refs["quiet"]]
    await accepted(bare, "busy", utc_now())
    changed = await every(system, updated_since=first["as_of"])
    assert [item["ref"] for item in changed] == [bare.refs["busy"]]
    assert datetime.fromisoformat(changed[0]["changed_at"]) >= datetime.fromisoformat(first["as_of"])
    assert await every(system, updated_since=(old - timedelta(seconds=1)).isoformat(), status="sustained") == []
    assert quiet


async def test_the_trail_is_read_in_pages_with_the_hashes_that_chain_it(house: House) -> None:
    system, address = await a_system(house, Purpose.READ_TRAIL), f"actions/{house.refs['closed']}/trail"
    whole = (await system.http.get(address, params={"limit": 200})).json()
    assert whole["next"] is None
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await system.http.get(address, params={"limit": 4} | ({"cursor": cursor} if cursor else {}))).json()
        seen += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert seen == whole["items"]
    assert {entry["what"] for entry in seen} >= {"defined", "status changed"}
    assert all(len(entry["hash"]) == 64 for entry in seen)
    await system.http.aclose()


async def test_pathways_are_told_with_their_steps(house: House) -> None:
    system = await a_system(house, Purpose.RAISE)
    told = {one["key"]: one for one in (await system.http.get("pathways")).json()["items"]}
    assert {"care-plan-audit", "general"} <= set(told)
    assert [step["control"] for step in told["care-plan-audit"]["steps"]][-1] == "close"
    await system.http.aclose()
