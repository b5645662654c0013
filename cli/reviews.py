"""`followthrough reviews`: which weekly reviews are coming, waiting, late, sent or missed."""

from typing import Any

from cyclopts import App

from cli.flags import ForPrograms
from cli.running import in_office, show
from commands.office import Office, utc_now
from db.review_lists import list_reviews

app = App(name="reviews")


@app.command(name="list")
def list_(*, json: ForPrograms = False) -> None:
    """The reviews of every location, newest week first."""

    async def work(office: Office) -> list[dict[str, Any]]:
        async with office.engine.connect() as connection:
            return [dict(row._mapping) for row in await list_reviews(connection)]

    found, now = in_office(work), utc_now()
    if json:
        show(found)
        return
    for one in found:
        late = one["status"] == "open" and one["due_at"] < now
        when = f"opens {one['opens_at']:%-d %B %Y, %H:%M} UTC" if one["status"] == "planned" else ""
        filled = f"{one['filled']} of {one['actions']} filled in" if one["actions"] else when
        status = "late" if late else one["status"]
        print(f"{one['week']:%-d %B %Y}  {one['location']}  {status}  {one['person'] or 'nobody'}  {filled}")
    if not found:
        print("No review is planned yet. The worker plans them within a minute of starting.")
