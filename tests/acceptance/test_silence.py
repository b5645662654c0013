"""Silence climbs the ladder: every rung once, in order, each to its person; the answer sets a revised date."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from sqlalchemy import text

from commands.define import define
from commands.office import Office, utc_now
from commands.pathways import publish, read_pathway
from domain.actors import OPERATOR
from tests.acceptance.stack import ROOT, Person, Stack, wait_for
from tests.cast import Cast, a_definition
from tests.cast import signed_in as acting

RUNGS = text(
    "SELECT e.rung, e.fired_at, e.expected_at, p.email FROM escalation e"
    " JOIN action a ON a.id = e.action_id LEFT JOIN person p ON p.id = e.asked_id"
    " WHERE a.ref = :ref ORDER BY e.fired_at"
)
DATES = text("SELECT s.due_at, s.original_due_at FROM step s JOIN action a ON a.id = s.action_id WHERE a.ref = :ref")


def in_seconds() -> str:
    """The general pathway with a ladder that a test can watch."""
    ladder = [
        {"after": "2 seconds", "tell": ["owner", "deputy manager"]},
        {"after": "4 seconds", "answer": "registered manager"},
        {"after": "6 seconds", "answer": "quality lead"},
        {"after": "8 seconds", "answer": "nominated individual"},
    ]
    general = yaml.safe_load((ROOT / "pathways" / "general.yaml").read_text())
    general |= {"key": "in-seconds", "ladders": dict.fromkeys(("low", "medium", "high", "critical"), ladder)}
    general["assign"]["accept_within"] = "1 second"
    return yaml.safe_dump(general)


def test_every_rung_fires_once_in_order_and_the_answer_sets_a_date(
    stack: Stack, cast: Cast, signed_in: dict[str, Person]
) -> None:
    async def begin(office: Office) -> str:
        now = utc_now()
        await publish(office, OPERATOR, read_pathway(in_seconds()), now)
        definition = a_definition(cast, pathway="in-seconds", due_at=now + timedelta(days=5), title="Silence")
        return (await define(office, acting(cast.quality_lead), definition, now)).ref

    def rungs() -> list[Any]:
        async def work(office: Office) -> list[Any]:
            async with office.engine.connect() as connection:
                return list((await connection.execute(RUNGS, {"ref": ref})).all())

        return stack.in_office(work)

    ref = stack.in_office(begin)
    wait_for(lambda: len(rungs()) == 4, "all four rungs", 60)
    fired = rungs()
    assert [row.rung for row in fired] == [1, 2, 3, 4]
    assert [row.email for row in fired[1:]] == ["mina@example.org", "quill@example.org", "nia@example.org"]
    assert all((row.fired_at - row.expected_at).total_seconds() < 60 for row in fired)
    for address in ("oona", "dara"):
        stack.mail_to(f"{address}@example.org", f"{ref}: late")
    mail = stack.mail_to("mina@example.org", f"{ref}: escalated to you")
    page = signed_in["mina"].open(mail)
    path = re.search(r'action="(/escalations/[0-9a-f-]+)"', page.text)
    assert path, page.text[:3000]
    nothing = signed_in["mina"].send(path[1], {"kind": "revised date"})
    assert nothing.status_code == 422
    revised = datetime.now(UTC) + timedelta(days=9)
    answer = {
        "risk_now": "Two people are still losing weight slowly.",
        "interim_control": "The nurse on shift checks food charts twice a day.",
        "kind": "revised date",
        "revised_due-day": str(revised.day),
        "revised_due-month": str(revised.month),
        "revised_due-year": str(revised.year),
    }
    assert signed_in["mina"].send(path[1], answer).status_code == 200

    async def dates(office: Office) -> Any:
        async with office.engine.connect() as connection:
            return (await connection.execute(DATES, {"ref": ref})).one()

    found = stack.in_office(dates)
    assert found.due_at.date() == revised.date()
    assert found.original_due_at < datetime.now(UTC)
    assert len(rungs()) == 4
