"""Where too few people can agree, pages say who is missing and what helps, and a step for nobody is never silent."""

from contextlib import aclosing

from sqlalchemy import text

from commands.office import utc_now
from domain.vocabulary import Risk
from tests.api.house import House, evidenced, sign_in
from tests.cast import open_step, sample


async def test_the_approval_and_the_action_say_who_is_missing_and_what_to_do(bare: House) -> None:
    now = utc_now()
    action = await evidenced(bare, "critical", now, risk=Risk.CRITICAL)
    async with aclosing(await sign_in(bare, "manager")) as manager:
        async with bare.engine.begin() as connection:
            gone = "DELETE FROM role_assignment WHERE role IN ('quality lead', 'nominated individual')"
            await connection.execute(text(gone))
        await sample(bare.cast, action, True, now)
        step = await open_step(bare.cast, action, "approval")
        deciding = (await manager.get(f"/steps/{step}/approval")).text
        shown = (await manager.get(f"/actions/{bare.refs['critical']}")).text
        overview = (await manager.get("/overview")).text
    assert "2 of 3 must agree at critical risk" in deciding
    assert "nobody can be asked as quality lead and nominated individual" in deciding
    assert "Give somebody the role, or give that step to a person who had no part in the action." in deciding
    assert "Nobody here may do it as quality lead. Give the role to somebody" in shown
    assert "2 of these: “Decide whether the action can close”" in shown
    assert "Nobody yet" in overview
