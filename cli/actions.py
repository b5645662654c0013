"""`followthrough actions`: what is open, and how one action stands."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.flags import AnAction, ForPrograms
from cli.running import in_office, show
from commands.office import Office
from db.plain_lists import action_with_steps, list_actions
from domain.errors import NotFound

app = App(name="actions")
OneStatus = Annotated[str, Parameter(help="Only those with this status, for example “in progress”.")]
app.command(
    "cli.moving:move",
    name="move",
    help="Move an action to a newer version of its pathway, where no answer would change its meaning.",
)
app.command("cli.ending:cancel_", name="cancel", help="End an action that will not be done.")
app.command("cli.ending:supersede_", name="supersede", help="End an action because another takes its place.")


@app.command(name="list")
def list_(
    *,
    status: OneStatus = "",
    json: ForPrograms = False,
) -> None:
    """Every action, or those with one status."""

    async def work(office: Office) -> list[dict[str, Any]]:
        async with office.engine.connect() as connection:
            return await list_actions(connection, status)

    found = in_office(work)
    if json:
        show(found)
        return
    for one in found:
        due = f"due {one['due_at']:%-d %B %Y}" if one["due_at"] else "no due date"
        print(f"{one['ref']}  {one['status']:<20}  {due:<24}  {one['owner'] or 'no owner'}  {one['title']}")


@app.command(name="show")
def show_(ref: AnAction, *, json: ForPrograms = False) -> None:
    """One action: its facts and every step."""

    async def work(office: Office) -> dict[str, Any]:
        async with office.engine.connect() as connection:
            one = await action_with_steps(connection, ref)
        if one is None:
            raise NotFound(f"There is no action {ref}. See “followthrough actions list”.")
        return one

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
