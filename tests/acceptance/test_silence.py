"""Silence climbs the ladder: every rung once, in order, each to its person; the answer sets a revised date."""

from datetime import UTC, datetime, timedelta

import yaml

from commands.define import define
from commands.office import Office, utc_now
from commands.pathways import publish, read_pathway
from domain.actors import OPERATOR
from tests.acceptance.stack import ROOT, Person, Stack, wait_for
from tests.acceptance.story import RISKS, answer_with_a_date, rows
from tests.cast import Cast, a_definition
from tests.cast import signed_in as acting

RUNGS = (
    "SELECT e.rung, e.fired_at, e.expected_at, p.email FROM escalation e"
    " JOIN action a ON a.id = e.action_id LEFT JOIN person p ON p.id = e.asked_id"
    " WHERE a.ref = :ref ORDER BY e.fired_at"
)
DATES = "SELECT s.due_at, s.original_due_at FROM step s JOIN action a ON a.id = s.action_id WHERE a.ref = :ref"


def in_seconds() -> str:
    """The general pathway with a ladder that a test can watch."""
    ladder = [
        {"after": "2 seconds", "tell": ["owner", "deputy manager"]},
        {"after": "4 seconds", "answer": "registered manager"},
        {"after": "6 seconds", "answer": "quality lead"},
        {"after": "8 seconds", "answer": "nominated individual"},
    ]
    general = yaml.safe_load((ROOT / "pathways" / "general.yaml").read_text())
    general |= {"key": "in-seconds", "ladders": dict.fromkeys(RISKS, ladder)}
    general["assign"]["accept_within"] = "1 second"
    return yaml.safe_dump(general)


async def _begun(office: Office, cast: Cast) -> str:
    """An action that nobody will accept."""
    now = utc_now()
    await publish(office, OPERATOR, read_pathway(in_seconds()), now)
    definition = a_definition(cast, pathway="in-seconds", due_at=now + timedelta(days=5), title="Silence")
    return (await define(office, acting(cast.quality_lead), definition, now)).ref


def test_every_rung_fires_once_in_order_and_the_answer_sets_a_date(
    stack: Stack, cast: Cast, signed_in: dict[str, Person]
) -> None:
    ref = stack.in_office(lambda office: _begun(office, cast))
    wait_for(lambda: len(rows(stack, RUNGS, ref=ref)) == 4, "all four rungs", 60)
    fired = rows(stack, RUNGS, ref=ref)
    assert [row.rung for row in fired] == [1, 2, 3, 4]
    assert [row.email for row in fired[1:]] == ["mina@example.org", "quill@example.org", "nia@example.org"]
    assert all((row.fired_at - row.expected_at).total_seconds() < 60 for row in fired)
    for address in ("oona", "dara"):
        stack.mail_to(f"{address}@example.org", f"{ref}: late")

    revised = datetime.now(UTC) + timedelta(days=9)
    page = signed_in["mina"].open(stack.mail_to("mina@example.org", f"{ref}: escalated to you"))
    answer_with_a_date(signed_in["mina"], page, revised)

    [step] = rows(stack, DATES, ref=ref)
    assert step.due_at.date() == revised.date()
    assert step.original_due_at < datetime.now(UTC)
    assert len(rows(stack, RUNGS, ref=ref)) == 4
