"""`followthrough trail`: is the record whole?"""

import sys

from cyclopts import App

from cli.running import in_office, show
from commands.office import Office
from db.trail import Fault
from db.trail import verify as verify_chain

app = App(name="trail", help="The audit trail.")


@app.command
def verify(*, json: bool = False) -> None:
    """Check the whole chain; names the first bad entry and exits with 1."""

    async def work(office: Office) -> tuple[int, Fault | None]:
        async with office.engine.connect() as connection:
            return await verify_chain(connection)

    count, fault = in_office(work)
    if json:
        bad = {"seq": fault.seq, "reason": fault.reason} if fault else None
        show({"entries_that_hold": count, "first_bad": bad})
    elif fault:
        print(f"Entry {fault.seq} does not hold: {fault.reason}. The {count} before it do.")
    else:
        print(f"All {count} entries hold.")
    if fault:
        sys.exit(1)
