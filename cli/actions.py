"""`followthrough actions`: what is open, and how one action stands."""

from typing import Any

from cyclopts import App
from sqlalchemy import text

from cli.running import in_office, show
from commands.office import Office
from domain.errors import NotFound

app = App(name="actions", help="Improvement actions.")
app.command("cli.moving:move", name="move")
app.command("cli.ending:cancel_", name="cancel")
app.command("cli.ending:supersede_", name="supersede")
_LIST = text(
    "SELECT a.ref, a.status, a.title, l.name AS location, p.name AS owner, a.risk, a.due_at, a.original_due_at"
    " FROM action a LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id"
    " WHERE :status = '' OR a.status = :status ORDER BY a.ref"
)
_ONE = text(
    "SELECT a.ref, a.status, a.title, a.what_will_change, l.name AS location, p.name AS owner, a.risk, a.due_at,"
    " a.original_due_at, a.cycle, a.draft_reasons, r.waiting_for, r.waiting_until FROM action a"
    " LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id"
    " LEFT JOIN action_run r ON r.action_id = a.id WHERE a.ref = :ref"
)
_STEPS = text(
    "SELECT s.cycle, s.key, s.round, s.title, s.status, s.outcome, p.name AS with_whom, s.due_at, s.settled_at"
    " FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN person p ON p.id = s.assignee_id"
    " WHERE a.ref = :ref ORDER BY s.opened_at, s.id"
)


@app.command(name="list")
def list_(*, status: str = "", json: bool = False) -> None:
    """Every action, or those with one status."""

    async def work(office: Office) -> list[dict[str, Any]]:
        async with office.engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(_LIST, {"status": status})]

    found = in_office(work)
    if json:
        show(found)
        return
    for one in found:
        due = f"due {one['due_at']:%-d %B %Y}" if one["due_at"] else "no due date"
        print(f"{one['ref']}  {one['status']:<20}  {due:<24}  {one['owner'] or 'no owner'}  {one['title']}")


@app.command(name="show")
def show_(ref: str, *, json: bool = False) -> None:
    """One action: its facts and every step."""

    async def work(office: Office) -> dict[str, Any]:
        async with office.engine.connect() as connection:
            row = (await connection.execute(_ONE, {"ref": ref})).one_or_none()
            if row is None:
                raise NotFound(f"There is no action {ref}. See “followthrough actions list”.")
            steps = [dict(step._mapping) for step in await connection.execute(_STEPS, {"ref": ref})]
            return {**row._mapping, "steps": steps}

    found = in_office(work)
    if json:
        show(found)
        return
    print(f"{found['ref']}  {found['title']}\n{found['status']}, cycle {found['cycle']}, {found['location']}")
    print(f"Owner: {found['owner'] or 'nobody yet'}. Waiting for: {found['waiting_for'] or 'not yet known'}.")
    for reason in found["draft_reasons"]:
        print(f"  still to say: {reason}")
    for step in found["steps"]:
        how = step["outcome"] or step["status"]
        print(f"  {step['title']} (round {step['round']}): {how}, with {step['with_whom'] or 'nobody'}")
