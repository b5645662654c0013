"""A tracker that has grown, filled in bulk: many homes, open actions at every stage, and others that closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.office import Office, utc_now
from commands.pathways import publish_shipped
from commands.people import Holds, add_location, add_person
from domain.actors import OPERATOR
from domain.vocabulary import Role

OPEN, CLOSED, HOMES, OWNERS = 100_000, 50_000, 50, 2_000
ALL = OPEN + CLOSED

# Keys that grow with what they count, as real ones do: {kind} tells the tables apart.
KEY = (
    "CAST(left(lpad(to_hex(1700000000000 + {n}), 12, '0'), 8) || '-'"
    " || right(lpad(to_hex(1700000000000 + {n}), 12, '0'), 4) || '-7000-8000-{kind}' AS uuid)"
)


def key(kind: int, n: str = "n") -> str:
    return KEY.format(n=f"({n})", kind=f"{kind:012x}")


EVERY = f"generate_series(1, {ALL}) AS n"
OF_HOME = "(SELECT id FROM home WHERE number = n % :homes)"
OF_OWNER = "(SELECT id FROM somebody WHERE number = n % :owners)"
FILL = (
    "CREATE TEMP TABLE home AS SELECT id, row_number() OVER (ORDER BY name) - 1 AS number FROM location",
    "CREATE TEMP TABLE somebody AS SELECT id, row_number() OVER (ORDER BY email = 'owner@example.org' DESC, id) - 1"
    " AS number FROM person WHERE name LIKE 'Owner%'",
    "CREATE UNIQUE INDEX ON home (number)",
    "CREATE UNIQUE INDEX ON somebody (number)",
    "ANALYZE home",
    "ANALYZE somebody",
    f"""
INSERT INTO finding (id, location_id, source, theme, theme_key, summary, found_on, external_ref, created_at)
SELECT {key(1)}, {OF_HOME}, (ARRAY['audit', 'incident', 'complaint', 'feedback'])[1 + n % 4], t.theme, t.theme,
       n % 12 || ' of 12 people at risk had no weight recorded in the last 30 days, says round ' || n,
       CAST(:now AS timestamptz)::date - n % 300, 'INC-' || n, :now
FROM {EVERY} CROSS JOIN LATERAL (SELECT (ARRAY['nutrition', 'falls', 'medicines', 'hand hygiene', 'dignity'])[1 + n / 7
    % 5] AS theme) t""",
    f"""
INSERT INTO action (id, ref, finding_id, location_id, pathway_version_id, title, what_will_change, outcome_test, risk,
    closure_criteria, strength, status, cycle, owner_id, due_at, original_due_at, defined_by, defined_at, created_at,
    updated_at)
SELECT {key(2)}, 'FT-2026-' || lpad(n::text, 6, '0'), {key(1)}, {OF_HOME},
       (SELECT id FROM pathway_version WHERE key = 'care-plan-audit'), 'Weekly weights ' || n,
       'Each person at risk in unit ' || n % 40 || ' is weighed weekly and the weight is in the plan.',
       'Ten sampled plans have a weight.', (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4],
       'Plans updated and sampled.', (ARRAY['strong', 'intermediate', 'weak'])[1 + n % 3],
       CASE WHEN n > :open THEN (ARRAY['closed – monitoring', 'sustained'])[1 + n % 2]
            ELSE (ARRAY['in progress', 'in progress', 'in progress', 'in progress', 'evidence submitted', 'returned',
                        'sample audit', 'awaiting approval', 'awaiting acceptance', 'draft'])[1 + n / 11 % 10] END,
       1, {OF_OWNER}, CAST(:now AS timestamptz) + (n % 400 - 100) * interval '6 hours',
       CAST(:now AS timestamptz) + (n % 400 - 130) * interval '6 hours', NULL, :now, :now, :now
FROM {EVERY}""",
    f"""
INSERT INTO cycle (id, action_id, number, opened_at, closed_at)
SELECT {key(3)}, {key(2)}, 1, :now, CASE WHEN n > :open THEN CAST(:now AS timestamptz) END FROM {EVERY}""",
    f"""
INSERT INTO step (id, action_id, cycle, key, round, control, form, title, role, assignee_id, status, outcome, opened_at,
    due_at, original_due_at, settled_at, settled_by)
SELECT {key(4)}, {key(2)}, 1, 'accept', 1, 'assign', 'acceptance', 'Accept or decline this action', 'owner',
       {OF_OWNER}, 'settled', 'accepted', :now, :now, :now, :now, {OF_OWNER} FROM {EVERY}""",
    f"""
INSERT INTO step (id, action_id, cycle, key, round, control, form, title, role, assignee_id, status, opened_at, due_at,
    original_due_at)
SELECT {key(5)}, {key(2)}, 1, 'care-plans', 1, 'evidence', 'evidence', 'Update each affected care plan',
       'care coordinator', {OF_OWNER}, 'open', CAST(:now AS timestamptz) - n % 90 * interval '1 day',
       CAST(:now AS timestamptz) + (n % 400 - 100) * interval '6 hours', :now
FROM generate_series(1, {OPEN}) AS n""",
    f"""
INSERT INTO escalation (id, action_id, step_id, rung, role, must_answer, asked_id, told, due_when_fired, expected_at,
    fired_at)
SELECT {key(6)}, {key(2)}, {key(5)}, 2, 'registered manager', true, {OF_OWNER}, '[]', :now, :now, :now
FROM generate_series(20, {OPEN}, 20) AS n""",
    f"""
INSERT INTO closure (id, action_id, cycle, step_id, approver_id, owner_id, rationale, outcome, snapshot, snapshot_hash,
    closed_at)
SELECT {key(7)}, {key(2)}, 1, {key(4)}, :lead, {OF_OWNER}, 'It was shown.', '{{}}', '{{}}', '\\x00', :now
FROM generate_series({OPEN + 1}, {ALL}) AS n""",
    f"""
INSERT INTO trail_entry (seq, at, identified_by, action_id, object_type, object_id, what, version, words_digest,
    previous_hash, hash)
SELECT 1000 + n, CAST(:now AS timestamptz) - ({2 * ALL} - n) * interval '10 seconds', 'system', {key(2, "1 + n / 2")},
       'action', {key(2, "1 + n / 2")}, 'status changed', '1', '\\x00', '\\x00', '\\x00'
FROM generate_series(1, {2 * ALL - 2}) AS n""",
    "DROP TABLE home, somebody",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """What the questions need to know of it. `since` is an hour and a half before the newest change."""

    home: UUID
    lead: UUID
    ref: str
    since: datetime


async def fill(office: Office) -> Filled:
    """People by the commands, everything else by the statement."""
    now = utc_now()
    await publish_shipped(office, now)
    homes = [await add_location(office, OPERATOR, f"Home {n:03}", now) for n in range(HOMES)]
    home = homes[0]
    lead = await _person(office, "Lead of all", Role.QUALITY_LEAD, None, now)
    await _person(office, "Manager of one", Role.REGISTERED_MANAGER, home, now)
    await _person(office, "Owner of some", Role.CARE_COORDINATOR, home, now)
    async with office.engine.begin() as connection:
        more = (
            f"SELECT {key(8)}, 'Owner ' || n, 'owner' || n || '@example.org', :now FROM generate_series(2, {OWNERS}) n"
        )
        await connection.execute(text(f"INSERT INTO person (id, name, email, created_at) {more}"), {"now": now})
        await _bulk(connection, {"now": now, "homes": HOMES, "owners": OWNERS, "open": OPEN, "lead": lead})
    async with office.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    return Filled(home, lead, "FT-2026-004711", now - timedelta(minutes=90))


async def _bulk(connection: AsyncConnection, values: dict[str, Any]) -> None:
    for statement in FILL:
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(text(statement), used)


async def _person(office: Office, name: str, role: Role, at: UUID | None, now: datetime) -> UUID:
    address = f"{name.split()[0].lower()}@example.org"
    return await add_person(office, OPERATOR, name, address, (Holds(role, at),), now)
