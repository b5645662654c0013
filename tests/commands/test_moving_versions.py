"""Moving an action to a newer version of its pathway, with real links, mails and trail."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.ask import ask_for_time, tell_barrier
from commands.newer_version import CannotMove, MovedTo, move_action
from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED, publish
from commands.submit import submit
from commands.upgrade import Standing, check_upgrade
from db.trail import verify
from domain.actors import OPERATOR, Actor
from domain.errors import LinkDead, NotAllowed, NotFound
from domain.versions import Why
from tests.cast import (
    BRIEFING,
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    approve_it,
    by_link,
    evidence_answer,
    open_step,
    sample,
    send_evidence,
    signed_in,
)

SOURCE = (SHIPPED / "care-plan-audit.yaml").read_text(encoding="utf-8")
REASON = "Handover briefings are held by the care coordinator now."
NOW = MONDAY + timedelta(days=1)


async def publish_second(cast: Cast, *changes: tuple[str, str]) -> None:
    source = SOURCE.replace("version: 1", "version: 2", 1)
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    await publish(cast.office, OPERATOR, read_pathway(source), MONDAY, source, next_only=True)


async def begun(cast: Cast) -> UUID:
    action_id = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action_id, MONDAY)
    return action_id


async def move(cast: Cast, action_id: UUID, actor: Actor = OPERATOR, **mapping: str | None) -> MovedTo:
    said = {key.replace("_", "-"): target for key, target in mapping.items()}
    return await move_action(cast.office, actor, action_id, 2, said, REASON, NOW)


async def steps(cast: Cast, action_id: UUID) -> list[tuple[str, int, str]]:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT key, round, status FROM step WHERE action_id = :a ORDER BY opened_at, key, round")
        return [(row.key, row.round, row.status) for row in await connection.execute(query, {"a": action_id})]


async def one(cast: Cast, query: str, **values: Any) -> Any:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text(query), values)).scalar_one()


TEAM_BRIEFS = "form: briefing\n    who: team leader"


async def test_open_steps_stay_with_their_links_and_the_action_goes_on_to_its_closure(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast, ("title: Brief staff at handover", "title: Brief all staff"))
    links = await one(cast, "SELECT array_agg(id ORDER BY id) FROM link WHERE revoked_at IS NULL")
    mails = await one(cast, "SELECT count(*) FROM message")
    done = await move(cast, action_id)
    assert (done.was, done.to) == (1, 2)
    assert await one(cast, "SELECT array_agg(id ORDER BY id) FROM link WHERE revoked_at IS NULL") == links
    assert await one(cast, "SELECT count(*) FROM message") == mails
    assert await one(cast, "SELECT title FROM step WHERE key = 'briefing'") == "Brief all staff"
    await send_evidence(cast, action_id, "care-plans", NOW)
    await send_evidence(cast, action_id, "briefing", NOW)
    await sample(cast, action_id, True, NOW)
    await approve_it(cast, action_id, NOW)
    assert await one(cast, "SELECT status FROM action") == "closed – monitoring"


async def test_the_trail_says_from_where_to_where_by_whom_and_why(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast, ("key: briefing", "key: handover"))
    await move(cast, action_id, signed_in(cast.manager), briefing="handover")
    words = await one(cast, "SELECT words FROM trail_entry WHERE what = 'moved to another pathway version'")
    assert words == {
        "version": [1, 2],
        "map": {"briefing": "handover"},
        "reason": REASON,
        "stays": ["care-plans", "handover"],
    }
    actor = await one(cast, "SELECT actor_id FROM trail_entry WHERE what = 'moved to another pathway version'")
    assert actor == cast.manager
    async with cast.office.engine.connect() as connection:
        assert (await verify(connection))[1] is None


async def test_moving_twice_moves_once(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast)
    assert (await move(cast, action_id)).moved is not None
    again = await move(cast, action_id)
    assert (again.moved, again.to) == (None, 2)
    assert await one(cast, "SELECT count(*) FROM trail_entry WHERE what = 'moved to another pathway version'") == 1


async def test_a_step_that_is_sent_back_moves_with_its_past(cast: Cast) -> None:
    action_id = await begun(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, False, MONDAY)
    await publish_second(cast, ("key: care-plans", "key: plans"))
    await move(cast, action_id, care_plans="plans")
    assert await steps(cast, action_id) == [
        ("accept", 1, "settled"),
        ("briefing", 1, "settled"),
        ("briefing", 2, "open"),
        ("plans", 1, "settled"),
        ("plans", 2, "open"),
        ("sample", 1, "settled"),
    ]
    assert await one(cast, "SELECT returned_keys FROM step WHERE key = 'sample'") == ["plans", "briefing"]
    await send_evidence(cast, action_id, "plans", NOW)
    await send_evidence(cast, action_id, "briefing", NOW)
    await sample(cast, action_id, True, NOW)


async def test_a_step_for_another_role_goes_to_its_holder_and_the_old_link_ends(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast, (TEAM_BRIEFS, "form: briefing\n    who: care coordinator"))
    step = await open_step(cast, action_id, "briefing")
    old = await by_link(cast, step)
    await move(cast, action_id)
    fresh = await by_link(cast, step)
    assert (old.person_id, fresh.person_id) == (cast.team_leader, cast.owner)
    assert await one(cast, "SELECT count(*) FROM link WHERE id = :id AND revoked_at IS NOT NULL", id=old.link_id) == 1
    told = (
        "SELECT array_agg(kind || ' ' || to_address ORDER BY kind) FROM message WHERE step_id = :s AND created_at > :m"
    )
    assert await one(cast, told, s=step, m=MONDAY) == ["evidence asked oona@example.org", "reassigned tam@example.org"]
    with pytest.raises(LinkDead):
        await send_with(cast, old, step)


async def test_a_step_for_another_role_leaves_behind_what_its_holder_had_asked_for(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast, (TEAM_BRIEFS, "form: briefing\n    who: care coordinator"))
    step = await open_step(cast, action_id, "briefing")
    later, team_leader = MONDAY + timedelta(days=60), await by_link(cast, step)
    await ask_for_time(cast.office, team_leader, step, uuid4(), "Half of them are away.", later, MONDAY)
    await tell_barrier(cast.office, team_leader, step, uuid4(), "Half of them are away.", MONDAY)
    await move(cast, action_id)
    assert await one(cast, "SELECT count(*) FROM extension WHERE decided_at IS NULL OR granted") == 0
    assert await one(cast, "SELECT count(*) FROM barrier WHERE answered_at IS NULL") == 0
    await send_evidence(cast, action_id, "briefing", NOW)


async def send_with(cast: Cast, actor: Actor, step: UUID) -> None:
    answer = evidence_answer("feedback from staff and leaders", "briefing attendance", **BRIEFING)
    await submit(cast.office, actor, step, uuid4(), answer, NOW)


async def test_a_step_in_another_form_is_asked_anew_and_its_old_link_says_so(cast: Cast) -> None:
    action_id = await begun(cast)
    await publish_second(cast, (TEAM_BRIEFS, "form: evidence\n    who: team leader"))
    old = await open_step(cast, action_id, "briefing")
    await move(cast, action_id)
    assert [row for row in await steps(cast, action_id) if row[0] == "briefing"] == [
        ("briefing", 1, "void"),
        ("briefing", 2, "open"),
    ]
    assert await one(cast, "SELECT count(*) FROM link WHERE step_id = :s AND revoked_at IS NULL", s=old) == 0
    voids = "SELECT count(*) FROM trail_entry WHERE what = 'step no longer asked' AND object_id = :s"
    assert await one(cast, voids, s=old) == 1


async def test_what_would_change_a_meaning_is_refused_and_nothing_moves(cast: Cast) -> None:
    action_id = await begun(cast)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await publish_second(cast, (TEAM_BRIEFS, "form: briefing\n    who: care coordinator"))
    before = await steps(cast, action_id)
    with pytest.raises(CannotMove, match="by care coordinator instead of team leader") as refusal:
        await move(cast, action_id)
    assert [stop.why for stop in refusal.value.stops] == [Why.MEANING]
    assert await steps(cast, action_id) == before
    pinned = "SELECT version FROM pathway_version WHERE id = (SELECT pathway_version_id FROM action)"
    assert await one(cast, pinned) == 1


async def test_a_version_that_is_not_there_is_said_so(cast: Cast) -> None:
    action_id = await begun(cast)
    with pytest.raises(NotFound, match="has no version 2"):
        await move(cast, action_id)


@pytest.mark.parametrize("who", ["owner", "team_leader", "deputy", "outsider"])
async def test_only_who_answers_for_pathways_here_moves_an_action(cast: Cast, who: str) -> None:
    action_id = await begun(cast)
    await publish_second(cast)
    with pytest.raises(NotAllowed):
        await move(cast, action_id, signed_in(getattr(cast, who)))


async def standings(cast: Cast) -> list[Standing]:
    return [standing async for standing in check_upgrade(cast.office, NOW)]


async def test_an_upgrade_check_says_what_is_safe_and_what_needs_a_map_and_changes_nothing(cast: Cast) -> None:
    free, mapped = await begun(cast), await begun(cast)
    await send_evidence(cast, free, "briefing", MONDAY)
    assert {(one.move, one.problem, one.changes) for one in await standings(cast)} == {("newest", None, ())}
    await publish_second(
        cast, ("key: care-plans", "key: plans"), ("who: deputy manager\n    due", "who: quality lead\n    due")
    )
    found = await standings(cast)
    assert [one.move for one in found] == ["map", "map"]
    assert found[0].words[0].startswith("“Update each affected care plan” is open, and version 2 has no step")
    await move(cast, mapped, care_plans="plans")
    assert [one.move for one in await standings(cast)] == ["map", "newest"]


async def test_an_action_that_this_code_cannot_read_is_named_and_stops_no_other(cast: Cast) -> None:
    broken, _ = await begun(cast), await begun(cast)
    async with cast.office.engine.begin() as connection:
        await connection.execute(
            text("UPDATE step SET key = 'weigh-in' WHERE action_id = :a AND status = 'open' AND key = 'briefing'"),
            {"a": broken},
        )
    problems = [one.problem for one in await standings(cast)]
    assert problems[1] is None
    assert "weigh-in" in (problems[0] or "")
