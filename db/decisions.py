"""What a person reads before they decide: on what is late, on more time, on a barrier, on who does a step."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.people import MAY_OWN, SIGNS_IN
from db.scope import MAY_SEE, Viewer
from domain.saying import say_date

_ABOUT = """
       s.id AS step_id, s.title AS step_title, s.due_at, s.original_due_at, s.opened_at, s.status AS step_status,
       s.assignee_id, s.form, a.id AS action_id, a.ref, a.title AS action_title, a.due_at AS action_due_at,
       a.location_id, coalesce(l.name, 'no location yet') AS location,
       a.original_due_at AS action_original_due_at, f.summary AS why, p.name AS person
"""
_JOINS = """
JOIN action a ON a.id = s.action_id JOIN finding f ON f.id = a.finding_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = s.assignee_id
"""
_QUERIES = {
    "escalation": text(f"""
        SELECT e.rung, e.role, e.asked_id AS asked, e.answered_at, w.name AS answered_by, v.name AS answered_for,
               k.name AS asked_name, c.name AS asked_for, e.answer_kind, e.overtaken_because,
               e.risk_now, e.interim_control, e.support, e.revised_due_at, t.name AS given_to,
               {_ABOUT}
        FROM escalation e JOIN step s ON s.id = e.step_id {_JOINS} LEFT JOIN person w ON w.id = e.answered_by
        LEFT JOIN person t ON t.id = e.reassigned_to LEFT JOIN person k ON k.id = e.asked_id
        LEFT JOIN person c ON c.id = e.asked_for_id LEFT JOIN person v ON v.id = e.answered_for_id
        WHERE e.id = :id AND e.must_answer AND (:viewer IN (e.asked_id, e.asked_for_id) OR {MAY_SEE})
    """),
    "extension": text(f"""
        SELECT x.reason, x.wanted_due_at, x.decider_id AS asked, x.decided_at AS answered_at, x.granted,
               x.revised_due_at, coalesce(x.decision_reason, 'The step was given to somebody else.') AS answer,
               coalesce(w.name, q.name) AS answered_by, v.name AS answered_for, k.name AS asked_name,
               c.name AS asked_for, q.name AS asker, {_ABOUT}
        FROM extension x JOIN step s ON s.id = x.step_id {_JOINS} JOIN person q ON q.id = x.asked_by
        LEFT JOIN person w ON w.id = x.decided_by LEFT JOIN person k ON k.id = x.decider_id
        LEFT JOIN person c ON c.id = x.decider_for_id LEFT JOIN person v ON v.id = x.decided_for_id
        WHERE x.id = :id AND (:viewer IN (x.decider_id, x.decider_for_id) OR {MAY_SEE})
    """),
    "barrier": text(f"""
        SELECT b.barrier, b.asked_id AS asked, b.answered_at,
               coalesce(b.answer, 'the step was given to somebody else.') AS answer,
               w.name AS answered_by, v.name AS answered_for, k.name AS asked_name,
               c.name AS asked_for, q.name AS asker, {_ABOUT}
        FROM barrier b JOIN step s ON s.id = b.step_id {_JOINS} JOIN person q ON q.id = b.told_by
        LEFT JOIN person w ON w.id = b.answered_by LEFT JOIN person k ON k.id = b.asked_id
        LEFT JOIN person c ON c.id = b.asked_for_id LEFT JOIN person v ON v.id = b.answered_for_id
        WHERE b.id = :id AND (:viewer IN (b.asked_id, b.asked_for_id) OR {MAY_SEE})
    """),
    "support": text(f"""
        SELECT NULL AS answered_at, s.assignee_id AS asked, p.name AS asked_name, c.name AS asked_for,
               b.reasons AS barrier, q.name AS asker, {_ABOUT}
        FROM step s {_JOINS} LEFT JOIN person c ON c.id = s.assigned_for_id
        LEFT JOIN step b ON b.action_id = s.action_id AND b.cycle = s.cycle
          AND b.round = s.round AND b.key = 'accept' LEFT JOIN person q ON q.id = b.settled_by
        WHERE s.id = :id AND s.form = 'support' AND {MAY_SEE}
    """),
    "owner": text(f"""
        SELECT NULL AS answered_at, NULL AS asked, NULL AS asked_for, n.reasons AS declined, q.name AS declined_by,
               u.answer ->> 'suggestion' AS suggestion, {_ABOUT}
        FROM step s {_JOINS} LEFT JOIN LATERAL (
            SELECT b.id, b.reasons, b.settled_by FROM step b
            WHERE b.action_id = s.action_id AND b.cycle = s.cycle AND b.key = 'accept' AND b.outcome = 'declined'
            ORDER BY b.settled_at DESC LIMIT 1) n ON true
        LEFT JOIN person q ON q.id = n.settled_by
        LEFT JOIN submission u ON u.step_id = n.id AND u.kept_as = 'answer'
        WHERE s.id = :id AND {MAY_SEE}
    """),
    "step": text(
        f"SELECT NULL AS answered_at, NULL AS asked, NULL AS asked_for, {_ABOUT} FROM step s {_JOINS}"
        f" WHERE s.id = :id AND {MAY_SEE}"
    ),
}
# Every date that somebody gave this step after the first, in the order they were given.
_DATES = text("""
SELECT given_at, due, how FROM (
    SELECT x.decided_at AS given_at, x.revised_due_at AS due, 'more time granted' AS how FROM extension x
    WHERE x.step_id = :step AND x.granted
    UNION ALL
    SELECT e.answered_at, e.revised_due_at, 'escalation answered' FROM escalation e
    WHERE e.step_id = :step AND e.answer_kind <> 'overtaken' AND e.revised_due_at IS NOT NULL
) given ORDER BY given_at
""")
_SUGGESTED = text("SELECT answer ->> 'suggestion' FROM submission WHERE step_id = :step AND kept_as = 'answer'")
_EARLIER = text("SELECT count(*) FROM extension WHERE step_id = :step AND decided_at IS NOT NULL")
_PEOPLE = text(f"""
SELECT p.id, p.name, ab.ends_on AS away_until, c.name AS cover,
       EXISTS (SELECT 1 FROM step b JOIN action a ON a.id = b.action_id AND a.cycle = b.cycle
               WHERE a.id = CAST(:action AS uuid) AND b.key = 'accept' AND b.outcome = 'declined'
                 AND p.id IN (b.assignee_id, b.assigned_for_id, b.settled_by)) AS declined
FROM person p
LEFT JOIN absence ab ON ab.person_id = p.id AND :day BETWEEN ab.starts_on AND ab.ends_on AND ab.cancelled_at IS NULL
LEFT JOIN person c ON c.id = ab.cover_id
WHERE p.left_at IS NULL AND (NOT :accounts OR {SIGNS_IN})
  AND {MAY_OWN}
  AND (CAST(:roles AS text[]) IS NULL OR EXISTS (
      SELECT 1 FROM role_assignment d WHERE d.person_id = p.id AND d.role = ANY(CAST(:roles AS text[]))
        AND (d.location_id = :location OR d.location_id IS NULL)
        AND d.starts_on <= :day AND (d.ends_on IS NULL OR d.ends_on >= :day)))
ORDER BY declined, p.name, p.id
""")


async def load_decision(connection: AsyncConnection, what: str, key: UUID, viewer: Viewer) -> Row[Any] | None:
    """One escalation, extension, barrier, choice of an owner or step, where this viewer was asked or may see it."""
    return (await connection.execute(_QUERIES[what], {"id": key, **viewer.scope})).one_or_none()


async def dates_given(connection: AsyncConnection, step_id: UUID) -> Sequence[Row[Any]]:
    """The dates that a step was given after its original one, oldest first."""
    return (await connection.execute(_DATES, {"step": step_id})).all()


async def suggested_owner(connection: AsyncConnection, step_id: UUID) -> str | None:
    """Whom somebody who declined thinks that an action may belong to, in their words."""
    return (await connection.execute(_SUGGESTED, {"step": step_id})).scalar_one_or_none()


async def earlier_extensions(connection: AsyncConnection, step_id: UUID) -> int:
    """How often more time was asked for and decided on before."""
    return (await connection.execute(_EARLIER, {"step": step_id})).scalar_one()


async def people_to_ask(
    connection: AsyncConnection,
    location_id: UUID | None,
    day: date,
    *,
    owns: UUID | None = None,
    signs_in: bool = False,
    roles: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """Who may be given something to do at a location: (key, name), by name; with what speaks against them today.

    `owns` is the action they would own: whoever declined it comes last, and is said to have. `signs_in` leaves out
    who has no account to do it with; `roles` whoever holds none of them there.
    """
    held = None if roles is None else sorted(roles)
    bound = {"location": location_id, "day": day, "action": owns, "accounts": signs_in, "roles": held}
    found = await connection.execute(_PEOPLE, bound)
    return [(str(person.id), _named(person)) for person in found]


def _named(person: Row[Any]) -> str:
    notes = ["declined this action"] if person.declined else []
    if person.away_until:
        covered = f", {person.cover} covers" if person.cover else ", nobody covers"
        notes.append(f"away until {say_date(person.away_until)}{covered}")
    return f"{person.name} ({'; '.join(notes)})" if notes else person.name
