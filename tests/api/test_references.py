"""What CQC looks at: changed later with a reason, by those who may, and found in the tracker."""

import re
from typing import Any

from sqlalchemy import text

from commands.office import utc_now
from domain.frameworks import Reference
from tests.api.house import House, new_action, sign_in

LEARNING, GOVERNANCE = (Reference("cqc-saf", "2023.1", key) for key in ("S1", "W5"))
OLD = Reference("cqc-saf", "2019.1", "S8")


async def references(house: House) -> list[Any]:
    async with house.engine.connect() as connection:
        found = text("SELECT framework || '/' || version || '/' || statement FROM framework_reference ORDER BY place")
        return list((await connection.execute(found)).scalars())


async def change(house: House, who: str, chosen: list[Reference], was: list[Reference], **more: str) -> Any:
    browser = await sign_in(house, who)
    fields = {"references": [str(one) for one in chosen], "was": " ".join(map(str, was)), "do": "save"}
    return await browser.post(
        f"/actions/{house.refs['open']}/references", data=fields | {"reason": "Read again"} | more
    )


async def test_statements_are_changed_with_a_reason_and_twice_is_once(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(LEARNING,))
    for _ in range(2):
        answer = await change(bare, "manager", [LEARNING, GOVERNANCE], [LEARNING], reason="Audit was missing too")
        assert answer.status_code == 303
    assert await references(bare) == [str(LEARNING), str(GOVERNANCE)]
    async with bare.engine.connect() as connection:
        found = text("SELECT words FROM trail_entry WHERE what = 'framework references changed'")
        [words] = (await connection.execute(found)).scalars()
    assert words["reasons"] == "Audit was missing too"
    assert words["references"] == [[str(LEARNING)], [str(LEARNING), str(GOVERNANCE)]]
    page = await (await sign_in(bare, "manager")).get(f"/actions/{bare.refs['open']}")
    assert "Well-led: Governance, management and sustainability (SAF 2023.1)" in page.text
    assert "Framework references changed: Audit was missing too" in page.text


async def test_without_a_reason_or_with_an_unknown_statement_nothing_changes(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(LEARNING,))
    silent = await change(bare, "manager", [], [LEARNING], reason=" ")
    assert (silent.status_code, "Say why this changes" in silent.text) == (422, True)
    unknown = await change(bare, "manager", [LEARNING, OLD], [LEARNING])
    assert (unknown.status_code, "is not a statement of a framework" in unknown.text) == (422, True)
    assert await references(bare) == [str(LEARNING)]


async def test_what_somebody_else_chose_meanwhile_stays(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(LEARNING,))
    await change(bare, "quality_lead", [LEARNING, GOVERNANCE], [LEARNING])
    await change(bare, "manager", [], [LEARNING])
    assert await references(bare) == [str(GOVERNANCE)]


async def test_a_reference_to_an_older_version_stays_as_it_was_chosen(bare: House) -> None:
    action = await new_action(bare, "open", utc_now())
    async with bare.engine.begin() as connection:
        kept = text(
            "INSERT INTO framework_reference (action_id, framework, version, statement, place, chosen_at)"
            " VALUES (:id, 'cqc-saf', '2019.1', 'S8', 0, now())"
        )
        await connection.execute(kept, {"id": action})
    browser = await sign_in(bare, "manager")
    page = await browser.get(f"/actions/{bare.refs['open']}/references")
    assert re.findall(r'value="([^"]+)" checked', page.text) == [str(OLD)]
    assert "Chosen from an earlier version" in page.text
    await change(bare, "manager", [OLD, LEARNING], [OLD])
    assert await references(bare) == [str(OLD), str(LEARNING)]


async def test_only_those_who_may_define_there_change_them(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(LEARNING,))
    for who, status in (("owner", 403), ("inspector", 403), ("outsider", 404), ("key_worker", 404)):
        assert (await change(bare, who, [], [LEARNING])).status_code == status, who
    assert await references(bare) == [str(LEARNING)]


async def test_the_tracker_finds_actions_by_statement_and_by_strength(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(LEARNING,))
    weak = "Remind all staff about weekly weights."
    await new_action(bare, "weak", utc_now(), title="Weekly weights", what_will_change=weak, references=(GOVERNANCE,))
    browser, outsider = await sign_in(bare, "manager"), await sign_in(bare, "outsider")
    for query, stages in (
        ("?statement=cqc-saf/S1", {"open"}),
        ("?statement=cqc-saf/W5", {"weak"}),
        ("?statement=cqc-saf/S2", set()),
        ("?statement=/", set()),
        ("?strength=weak", {"weak"}),
    ):
        page = (await browser.get(f"/tracker{query}")).text
        assert set(re.findall(r'href="/actions/([^"#/]+)"', page)) == {bare.refs[stage] for stage in stages}, query
    assert "SAF 2023.1: Learning culture" in (await browser.get("/tracker")).text
    assert "Learning culture" not in (await outsider.get("/tracker")).text
