"""What must hold after any fault, one function each (I1 to I9 of the project's quality page)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cli.trail import _look as look_at_trail
from commands.office import Office, utc_now
from evidence.store import EvidenceStore
from notifications.catcher import Caught
from tests.acceptance.stack import Person, Stack, wait_for
from tests.acceptance.test_care_plan import evidence
from tests.simulator.rules import OF_ACTION, violations

FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer that was acknowledged; `file` is the hash of what came with it."""

    ref: str
    step_id: UUID
    request_id: UUID
    statement: str | None = None
    mail: Caught | None = None
    file: bytes | None = None


def rows(stack: Stack, statement: str, **values: Any) -> list[Any]:
    async def work(office: Office) -> list[Any]:
        async with office.engine.connect() as connection:
            return list((await connection.execute(text(statement), values)).all())

    return stack.in_office(work)


def settled(stack: Stack) -> None:
    """Wait until no wake and no mail is outstanding."""
    busy = (
        "SELECT (SELECT count(*) FROM action_run WHERE wake_requested_at IS NOT NULL) AS wakes,"
        " (SELECT count(*) FROM message WHERE status IN ('queued', 'sending')) AS mails"
    )

    def at_rest() -> bool:
        try:
            (row,) = rows(stack, busy)
        except Exception:  # the database may still be coming back
            return False
        return row.wakes == 0 and row.mails == 0

    wait_for(at_rest, "the stack to come to rest", 240)


def check_all(stack: Stack, sent: list[Sent], kills: int, over_at: datetime) -> None:
    i1_every_acknowledged_submission_is_there(stack, sent)
    i2_one_effect_for_each_step(stack)
    i3_one_closure_for_each_cycle_with_evidence_sample_and_approval(stack)
    i4_the_approver_had_no_other_part(stack)
    i5_each_rung_once_and_in_time(stack, over_at)
    i6_every_message_once_or_nearly(stack, kills)
    i7_the_chain_verifies(stack)
    i8_one_live_run_for_each_open_action(stack)
    i9_no_used_link_acts(stack, sent)
    what_the_simulator_watches_holds(stack)


def i1_every_acknowledged_submission_is_there(stack: Stack, sent: list[Sent]) -> None:
    kept = {row.request_id: row for row in rows(stack, "SELECT request_id, step_id, kept_as, answer FROM submission")}
    for one in sent:
        assert one.request_id in kept, f"{one.ref}: an acknowledged answer is not there"
        row = kept[one.request_id]
        assert (row.step_id, row.kept_as) == (one.step_id, "answer")
        assert one.statement is None or row.answer["statement"] == one.statement
        assert one.file is None or EvidenceStore(stack.settings.evidence_folder).is_whole(one.file), one.ref
        assert one.file is None or [file["sha256"] for file in row.answer["files"]] == [one.file.hex()], row.answer


def i2_one_effect_for_each_step(stack: Stack) -> None:
    twice = "SELECT action_id, cycle, key, round FROM step GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
    assert rows(stack, twice) == []
    answers = "SELECT step_id FROM submission WHERE kept_as = 'answer' GROUP BY 1 HAVING count(*) > 1"
    assert rows(stack, answers) == []
    unanswered = (
        "SELECT s.id FROM step s LEFT JOIN submission u ON u.step_id = s.id AND u.kept_as IN ('answer', 'withdrawn')"
        " WHERE s.status = 'settled' AND u.id IS NULL AND s.key <> 'define'"
    )
    assert rows(stack, unanswered) == []


def i3_one_closure_for_each_cycle_with_evidence_sample_and_approval(stack: Stack) -> None:
    (closed,) = rows(stack, "SELECT count(*) AS n FROM action WHERE status LIKE 'closed%'")
    closures = rows(
        stack,
        "SELECT c.action_id, c.cycle, array_agg(DISTINCT s.key || ' ' || s.outcome ORDER BY s.key || ' ' || s.outcome)"
        " FILTER (WHERE s.status = 'settled') AS rests_on FROM closure c"
        " JOIN step s ON s.action_id = c.action_id AND s.cycle = c.cycle GROUP BY c.id, 1, 2",
    )
    assert closures, "nothing was closed in the storm"
    assert len({(row.action_id, row.cycle) for row in closures}) == len(closures) == closed.n
    needed = ["accept accepted", "approval approved", "briefing submitted", "care-plans submitted", "sample passed"]
    assert [row for row in closures if row.rests_on != needed] == []


def i4_the_approver_had_no_other_part(stack: Stack) -> None:
    part = (
        "SELECT c.id FROM closure c JOIN step s ON s.action_id = c.action_id AND s.key <> 'approval'"
        " WHERE c.approver_id IN (c.owner_id, s.settled_by)"
    )
    assert rows(stack, part) == []


def what_the_simulator_watches_holds(stack: Stack) -> None:
    """The rules that simulated years are judged by, on what real processes left."""

    async def work(office: Office) -> list[str]:
        async with office.engine.connect() as connection:
            return await violations(connection, OF_ACTION, utc_now())

    assert stack.in_office(work) == []


def i5_each_rung_once_and_in_time(stack: Stack, over_at: datetime) -> None:
    """Within a minute of its time, or of the return of the service: `over_at` is when every part was at work again."""
    fired = rows(
        stack,
        "SELECT e.step_id, array_agg(e.rung ORDER BY e.fired_at, e.rung) AS rungs,"
        " max(e.fired_at - greatest(e.expected_at, CAST(:over_at AS timestamptz))) AS latest"
        " FROM escalation e GROUP BY 1",
        over_at=over_at,
    )
    assert fired
    for row in fired:
        assert row.rungs == [1, 2, 3, 4], row
        assert row.latest.total_seconds() < 60, row


def i6_every_message_once_or_nearly(stack: Stack, kills: int) -> None:
    unsent = rows(stack, "SELECT kind, status, last_error FROM message WHERE status <> 'sent'")
    assert unsent == []
    mails = [message_from_bytes(p.read_bytes()) for p in stack.settings.mail_folder.glob("*.eml")]
    ids = Counter(mail["Message-ID"] for mail in mails)
    (count,) = rows(stack, "SELECT count(*) AS n FROM message")
    assert len(ids) == count.n
    print(f"{sum(ids.values()) - len(ids)} of {len(ids)} mails came twice")
    assert sum(ids.values()) - len(ids) <= kills


def i7_the_chain_verifies(stack: Stack) -> None:
    found = stack.in_office(lambda office: look_at_trail(office, None, stack.settings.anchor_path))
    assert found.is_whole, found
    assert found.anchors > 0
    (settled_steps,) = rows(stack, "SELECT count(*) AS n FROM trail_entry WHERE what LIKE 'step settled%'")
    (steps,) = rows(stack, "SELECT count(*) AS n FROM step WHERE status = 'settled'")
    assert settled_steps.n == steps.n


def i8_one_live_run_for_each_open_action(stack: Stack) -> None:
    opened = {row.ref for row in rows(stack, "SELECT ref FROM action WHERE status NOT LIKE 'closed%'")}

    def agreed() -> bool:
        live = Counter(run["name"] for run in stack.runs() if run["state_type"] not in FINAL)
        return all(live[ref] == 1 for ref in opened)

    wait_for(agreed, "each open action to have one live run", 90)


def i9_no_used_link_acts(stack: Stack, sent: list[Sent]) -> None:
    before = rows(stack, "SELECT count(*) AS n FROM submission WHERE kept_as = 'answer'")
    for one in [one for one in sent if one.mail][:10]:
        person = Person(stack)
        assert one.mail
        person.open(one.mail)
        for page, fields in (("accept", {}), ("evidence", evidence("processes", "care plan update"))):
            person.send(f"/steps/{one.step_id}/{page}", fields)
    assert rows(stack, "SELECT count(*) AS n FROM submission WHERE kept_as = 'answer'") == before
